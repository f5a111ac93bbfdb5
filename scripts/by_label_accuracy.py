"""Results of the study `label_accuracy`: the harm by the share of wrong labels and by which rows have them.

    scotoma run label_accuracy --workers 2
    python scripts/by_label_accuracy.py label_accuracy --store store --figure label-accuracy.svg

Prints two Markdown tables with 95 % intervals over replicates: every arm against the originals, and pairs of
arms that differ in one thing. The study makes no claim about the second table.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Literal

import polars as pl

from charts import changes_chart
from scotoma.arms import Arm
from scotoma.arms.noise_matched import NoiseMatched
from scotoma.basics.words import with_interval
from scotoma.experiment import plan
from scotoma.results import results
from scotoma.statistics.intervals import LEVEL, Estimate, t_interval
from scotoma.store.store import Store
from scotoma.study.file import load_study

#: Test, cell and measure of each column.
PLACES = {
    "d'": ("microworld", "all", "d_prime"),
    "blind spot": ("microworld", "all/non-entailment", "accuracy"),
    "task": ("general", "all", "accuracy"),
}
_TEXTS: tuple[Literal["original", "synthetic"], ...] = ("original", "synthetic")
_ERRORS_BY: tuple[Literal["label", "heuristic"], ...] = ("label", "heuristic")
#: Values by arm and replicate.
Values = Mapping[str, Mapping[int, float]]


def main() -> None:
    """Prints both tables, draws the figure."""
    options = _options()
    planned = plan(load_study(options.study, replicates=options.replicates))
    study_results = results(planned, Store(options.store), on_record=False)
    values = {name: _values(study_results.measures, place) for name, place in PLACES.items()}
    noisy = [arm for arm in planned.study.arms if isinstance(arm, NoiseMatched)]
    original = next(arm.name for arm in planned.study.arms if arm.kind == "original")
    print(f"| texts | errors by | true labels | {' | '.join(PLACES)} |\n|{'---|' * (3 + len(PLACES))}")
    for arm in noisy:
        _print(arm.texts, arm.errors_by, f"{arm.label_accuracy:g}", *_against(original, arm.name, values))
    print(
        f"\n| what differs | in common | true labels | {' | '.join(PLACES)} |\n|{'---|' * (3 + len(PLACES))}"
    )
    for what, elsewhere, accuracy, one, other in _pairs(noisy, planned.study.arms):
        _print(what, elsewhere, accuracy, *_against(other, one, values))
    if options.figure:
        _draw(noisy, original, values["d'"]).save(str(options.figure))


def _pairs(noisy: Sequence[NoiseMatched], arms: Sequence[Arm]) -> Iterator[tuple[str, str, str, str, str]]:
    """Arms that differ in one thing: what differs, what they share, the label accuracy, and both names."""
    named = {(arm.texts, arm.errors_by, f"{arm.label_accuracy:g}"): arm.name for arm in noisy}
    accuracies = sorted({accuracy for _, _, accuracy in named})
    for texts, accuracy in product(_TEXTS, accuracies):
        one, other = (named[texts, by, accuracy] for by in ("heuristic", "label"))
        yield "errors by heuristic, not label", f"{texts} texts", accuracy, one, other
    for by, accuracy in product(_ERRORS_BY, accuracies):
        one, other = (named[texts, by, accuracy] for texts in ("synthetic", "original"))
        yield "synthetic texts, not original", f"errors by {by}", accuracy, one, other
    written = next(arm.name for arm in arms if arm.kind == "synthetic")
    by_lot = named["synthetic", "heuristic", accuracies[0]]
    yield "the generator's own errors, not random ones", "same label accuracy", accuracies[0], written, by_lot


def _values(measures: pl.DataFrame, place: tuple[str, str, str]) -> Values:
    by_arm: dict[str, dict[int, float]] = {}
    test, cell, measure = place
    chosen = measures.filter(test=test, cell=cell, measure=measure)
    for arm, replicate, value in chosen.select("arm", "replicate", "value").iter_rows():
        by_arm.setdefault(arm, {})[replicate] = value
    return by_arm


def _difference(one: str, other: str, values: Values) -> Estimate:
    both = sorted(values[one].keys() & values[other].keys())
    return t_interval([values[one][at] - values[other][at] for at in both], level=LEVEL)


def _against(reference: str, arm: str, values: Mapping[str, Values]) -> list[str]:
    changes = (_difference(arm, reference, values[name]) for name in PLACES)
    return [with_interval(one.mean, one.low, one.high) for one in changes]


def _print(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def _draw(noisy: list[NoiseMatched], original: str, values: Values) -> Any:
    """d' against originals by label accuracy, with a line for each kind of text and of errors."""
    rows = []
    for arm in noisy:
        change = _difference(arm.name, original, values)
        series = f"{arm.texts} texts, errors by {arm.errors_by}"
        interval = {"mean": change.mean, "low": change.low, "high": change.high}
        rows.append({"at": arm.label_accuracy or 0.0, "series": series, **interval})
    titles = {"x_title": "share of true labels", "y_title": "change of d' against original data"}
    return changes_chart(rows, **titles, aside=0.004).properties(width=420, height=280)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", help="name of the study, or a file of a study with the same arms")
    parser.add_argument("--store", type=Path, default=Path("store"))
    parser.add_argument("--replicates", type=int, help="replaces the study's number")
    parser.add_argument("--figure", type=Path, help="SVG or PNG file to draw")
    return parser.parse_args()


if __name__ == "__main__":
    main()

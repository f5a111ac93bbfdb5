"""The tables of a report as plain text cells, which the page and the terminal both print."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from scotoma.basics.words import mean_and_sd, number, p_value, signed, with_interval
from scotoma.blindspots import BlindSpot
from scotoma.measures import MEASURES, OVER_LABELS
from scotoma.measures.measuring import FLOOR
from scotoma.results.focus import focus
from scotoma.results.results import Results
from scotoma.results.samples import first_alone
from scotoma.statistics.intervals import LEVEL, t_interval


@dataclass(frozen=True)
class Table:
    """A caption, column names and rows of text. The first `n_names` columns name the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_names: int = 2

    @property
    def key(self) -> int:
        """The column to keep in sight while the others scroll."""
        return self.columns.index("arm") if "arm" in self.columns else self.n_names - 1


class Spreads:
    """Mean and sd over replicates of every measure, looked up by model, test, cell and measure."""

    def __init__(self, measures: pl.DataFrame) -> None:
        keys = ["start", "arm", "test", "cell", "measure"]
        grouped = measures.group_by(keys).agg(mean=pl.col("value").mean(), sd=pl.col("value").std())
        self._found = {row[:5]: row[5:] for row in grouped.select(*keys, "mean", "sd").iter_rows()}

    def text(self, start: str, arm: str, test: str, cell: str, measure: str) -> str:
        """`.850 ± .012`; an accuracy of at most 2 % is called on the floor; empty if not measured."""
        if (start, arm, test, cell, measure) not in self._found:
            return ""
        mean, sd = self._found[start, arm, test, cell, measure]
        on_floor = measure.startswith("accuracy") and mean is not None and mean <= FLOOR
        return mean_and_sd(mean, sd, digits=_digits(measure)) + (" (floor)" if on_floor else "")


def headline(results: Results, blindspot: BlindSpot) -> Table:
    """Task beside blind spot, for every model, and the two contrasts in the blind spot."""
    spreads, (target_label, other) = Spreads(results.measures), blindspot.labels
    cell, measure = focus(results.study, blindspot)
    places = [
        *((f"{test} accuracy", (test, "all", "accuracy")) for test in results.general),
        (f"{target_label} accuracy", (blindspot.name, f"all/{target_label}", "accuracy")),
        (f"{other} accuracy", (blindspot.name, f"all/{other}", "accuracy")),
        (f"{other} log-odds", (blindspot.name, f"all/{other}", "log_odds")),
        ("AUC", (blindspot.name, "all", "auc")),
    ]
    differences = _differences(results.contrasts, blindspot.name, cell, measure)
    rows = []
    for start, arm in _models(results):
        values = [spreads.text(start, arm, *place) for _, place in places]
        against = [differences.get((start, arm, reference), "") for reference in ("start", "original")]
        rows.append((start, arm_label(arm), *values, *against))
    caption = (
        f"{blindspot.title}: mean ± sd over replicates. The last two columns are differences in "
        f"{MEASURES[measure].title} on {cell}, paired by replicate, with 95 % intervals."
    )
    columns = ("start", "arm", *(name for name, _ in places), "against start", "against original")
    return Table(caption, columns, tuple(rows))


def general(results: Results) -> list[Table]:
    """Every general test set by both 2-way rules, and by what weighs labels and groups alike."""
    measures = ("accuracy", "accuracy_2way", "accuracy_2way_sum", "auc", *OVER_LABELS)
    places = {test: [("all", measure, measure) for measure in measures] for test in results.general}
    return [_by_model(results, test, f"{test}: mean ± sd over replicates.", places[test]) for test in places]


def cells(results: Results, blindspot: BlindSpot) -> list[Table]:
    """Each heuristic by label: accuracy by both rules, log-odds; AUC by heuristic; what weighs all alike."""
    of_heuristics = results.measures.filter(pl.col("test") == blindspot.name, pl.col("heuristic") != "")
    is_split = pl.col("label") != ""
    split, both_labels = (
        of_heuristics.filter(chosen)["cell"].unique(maintain_order=True).to_list()
        for chosen in (is_split, ~is_split)
    )
    kinds = (("accuracy", split), ("accuracy_sum", split), ("log_odds", split), ("auc", both_labels))
    over_labels = _by_model(
        results,
        blindspot.name,
        f"{blindspot.title}, all rows, every label and group alike: mean ± sd over replicates.",
        [("all", measure, measure) for measure in OVER_LABELS],
    )
    by_cell = [
        _by_model(
            results,
            blindspot.name,
            f"{blindspot.title}, {MEASURES[measure].title} by cell: mean ± sd over replicates.",
            [(cell, measure, cell) for cell in chosen],
        )
        for measure, chosen in kinds
    ]
    return [*by_cell, over_labels]


def subcases(results: Results, blindspot: BlindSpot) -> Table:
    """Accuracy in every subcase, one column per model."""
    return _by_place(results, blindspot, "subcase")


def templates(results: Results, blindspot: BlindSpot) -> Table:
    """Accuracy in every sentence template, one column per model."""
    return _by_place(results, blindspot, "template")


def _by_place(results: Results, blindspot: BlindSpot, kind: str) -> Table:
    spreads, models = Spreads(results.measures), _models(results)
    measures = results.measures.filter(pl.col("test") == blindspot.name, pl.col(kind) != "")
    places = measures.select("cell", kind, "label").unique(maintain_order=True)
    rows = tuple(
        (
            f"{place}/{label}" if label else place,
            *(spreads.text(*model, blindspot.name, cell, "accuracy") for model in models),
        )
        for cell, place, label in places.iter_rows()
    )
    columns = (kind, *(f"{start} · {arm_label(arm)}" for start, arm in models))
    return Table(
        f"{blindspot.title}, accuracy by {kind}: mean ± sd over replicates.", columns, rows, n_names=1
    )


def differences(results: Results, test: str) -> Table:
    """Every contrast on the cells of a test set that are not subcases or templates."""
    chosen = results.contrasts.filter(
        pl.col("test") == test,
        pl.col("heuristic") != "",
        ~pl.col("measure").str.ends_with("_sum"),
    )
    rows = tuple(
        (
            row["start"],
            row["arm"],
            row["reference"],
            row["cell"],
            row["measure"],
            with_interval(row["mean"], row["low"], row["high"], digits=_digits(row["measure"])),
            number(row["sd"], digits=_digits(row["measure"])),
            str(row["replicates"]),
            row["reason"],
        )
        for row in chosen.iter_rows(named=True)
    )
    columns = (
        "start",
        "arm",
        "against",
        "cell",
        "measure",
        "moved by [95 % interval]",
        "sd",
        "replicates",
        "remark",
    )
    return Table(f"{test}: differences paired by replicate.", columns, rows, n_names=5)


def traits(results: Results, blindspot: BlindSpot) -> Table:
    """What the rows have in common on which WORSE arms lost answers."""
    rows = tuple(
        (
            row["start"],
            row["arm"],
            row["reference"],
            row["trait"] or f"nothing, of {row['looked_at']:,} traits",
            "" if row["n"] is None else f"{row['n']:,}",
            *("" if row["n"] is None else signed(row[name]) for name in ("change", "elsewhere", "beyond")),
            "" if row["n"] is None else p_value(row["p"]),
        )
        for row in results.traits.filter(pl.col("test") == blindspot.name).iter_rows(named=True)
    )
    caption = (
        "What lost answers of WORSE arms have in common: change in accuracy on rows with the trait, and "
        "elsewhere on rows of the same label; each without the rows of those above it. Words, overlap, "
        "negation and length were looked at. Exploratory, as it was found by searching: claim it in another "
        "study, on other rows."
    )
    columns = ("start", "arm", "against", "trait", "rows", "change", "elsewhere", "beyond", "p")
    return Table(f"{blindspot.title}. {caption}", columns, rows, n_names=4)


def flips(results: Results, blindspot: BlindSpot) -> Table:
    """How many answers each arm lost and gained, in the mean over replicates."""
    table_rows = (
        results.flips.filter(pl.col("test") == blindspot.name)
        .group_by("start", "arm", "reference", "cell", maintain_order=True)
        .agg(pl.col("kept", "lost", "gained", "missed", "negative_flip_rate", "churn").mean())
    )
    rows = tuple(
        (
            row["start"],
            row["arm"],
            row["reference"],
            row["cell"],
            *(number(row[name], digits=1) for name in ("kept", "lost", "gained", "missed")),
            number(row["negative_flip_rate"]),
            number(row["churn"]),
        )
        for row in table_rows.iter_rows(named=True)
    )
    columns = (
        "start",
        "arm",
        "against",
        "cell",
        "kept",
        "lost",
        "gained",
        "missed",
        "negative flips",
        "churn",
    )
    caption = (
        f"{blindspot.title}: answers right before and after (kept), lost, gained and missed, mean over "
        f"replicates; negative flips are the share of rows lost. Their ids are in flips.parquet."
        f"{first_alone(results.study)}"
    )
    return Table(caption, columns, rows, n_names=4)


def noise(results: Results, test: str) -> Table:
    """How far each measure moved when nothing that should matter had changed."""
    chosen = results.noise.filter(pl.col("test") == test, pl.col("heuristic") != "")
    rows = tuple(
        (
            row["start"],
            row["arm"],
            row["repetition"],
            row["cell"],
            row["measure"],
            number(row["sd"], digits=_digits(row["measure"])),
            number(row["sd_high"], digits=_digits(row["measure"])),
            number(row["largest"], digits=_digits(row["measure"])),
            str(row["pairs"]),
        )
        for row in chosen.iter_rows(named=True)
    )
    columns = ("start", "arm", "changed", "cell", "measure", "noise", "at most (95 %)", "largest", "pairs")
    caption = f"{test}: root mean square of the changes when nothing that should matter was changed."
    return Table(caption, columns, rows, n_names=5)


def _by_model(results: Results, test: str, caption: str, places: Sequence[tuple[str, str, str]]) -> Table:
    """One row per model, one column per (cell, measure, column name)."""
    spreads = Spreads(results.measures)
    rows = tuple(
        (
            start,
            arm_label(arm),
            *(spreads.text(start, arm, test, cell, measure) for cell, measure, _ in places),
        )
        for start, arm in _models(results)
    )
    return Table(caption, ("start", "arm", *(name for _, _, name in places)), rows)


def _differences(
    contrasts: pl.DataFrame, test: str, cell: str, measure: str
) -> dict[tuple[str, str, str], str]:
    """(start, arm, `start` or `original`) -> `-.062 [-.090, -.034]`."""
    chosen = contrasts.filter(pl.col("test") == test, pl.col("cell") == cell, pl.col("measure") == measure)
    digits = _digits(measure)
    return {
        (row["start"], row["arm"], row["against"]): with_interval(
            row["mean"], row["low"], row["high"], digits=digits
        )
        for row in chosen.iter_rows(named=True)
    }


def _models(results: Results) -> list[tuple[str, str]]:
    """(start, arm) of everything that has been measured, in the plan's order."""
    return list(
        dict.fromkeys(
            (model.start, model.arm)
            for model in results.models
            if model.sha256 is not None and not model.repetition
        )
    )


def arm_label(name: str) -> str:
    """An arm as a table names it."""
    return "start itself" if name == "none" else name


def paired(before: dict[int, float], after: dict[int, float]) -> str:
    """`-.062 [-.090, -.034]`: the mean difference over the replicates that have both; empty without any."""
    both = sorted(before.keys() & after.keys())
    interval = t_interval([after[one] - before[one] for one in both], level=LEVEL)
    return with_interval(interval.mean, interval.low, interval.high) if both else ""


def _digits(measure: str) -> int:
    return 2 if measure == "log_odds" else 3

"""The results of a study that has run, for a document: arms and claims as Markdown, figures as SVG.

    scotoma run causes --workers 2
    python scripts/finding.py causes --figures causes differences-microworld --out docs/figures

docs/findings.md uses these. Verdicts are on the study's own claims, judged together.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

import polars as pl

from scotoma.basics.words import number, with_interval
from scotoma.experiment import plan
from scotoma.report.figures import figures, svg
from scotoma.report.tables.effects import causes
from scotoma.results import results
from scotoma.results.focus import focus
from scotoma.results.results import Results
from scotoma.statistics.intervals import LEVEL, t_interval
from scotoma.store.store import Store
from scotoma.study.file import load_study


def main() -> None:
    """Prints the tables and draws the requested figures."""
    options = _options()
    planned = plan(load_study(options.study, replicates=options.replicates))
    study_results = results(planned, Store(options.store), on_record=False)
    print_table(_COLUMNS, _arms(study_results))
    print()
    print_table(_CLAIM_COLUMNS, _claims(study_results))
    for table in causes(study_results):
        print()
        print_table(table.columns, table.rows)
    figure_list, stem = figures(study_results), Path(options.study).stem
    for name in options.figures:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / f"{stem}-{name}.svg").write_text(
            svg(figure_list[name], on_white=True), encoding="utf8"
        )


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table in Markdown. It escapes nothing, because the texts are the project's own."""
    for cells in (columns, ["---"] * len(columns), *rows):
        print(f"| {' | '.join(cells)} |")


_COLUMNS = (
    "start",
    "arm",
    "task, against originals",
    "blind spot, against the start",
    "against originals",
    "against synthetic data",
    "replicates",
    "verdict",
)


def _arms(results: Results) -> list[tuple[str, ...]]:
    """Every arm except the original one, on the first general test set and in the claims' cell."""
    spot = results.study.blindspots[0]
    task = (results.general[0], "all", "accuracy")
    place = (spot.name, *focus(results.study, spot))
    words = {
        (one.start, one.arm): one.word
        for one in results.judgements
        if one.reference.startswith("original")
        and (one.claim.blindspot, one.claim.cell, one.claim.measure) == place
        and not one.claim.beyond
    }
    rows: list[tuple[str, ...]] = []
    for start, arm in _names(results):
        cost, own, other = (
            _contrast(results, start, arm, where, against_start=against)
            for where, against in ((task, False), (place, True), (place, False))
        )
        beyond = _against_synthetic(results, start, arm, place)
        rows.append((start, arm, cost[0], own[0], other[0], beyond, other[1], words.get((start, arm), "")))
    return rows


_CLAIM_COLUMNS = ("models", "claim", "reference", "arm", "difference", "verdict")


def _claims(results: Results) -> Iterator[tuple[str, ...]]:
    """Changes on the task, then every claim with the mean levels of both models over replicates."""
    of_tasks = results.contrasts.filter(
        pl.col("test").is_in(results.general),
        pl.col("measure").is_in(["accuracy", "d_prime"]),
        pl.col("reference") != "start",
        cell="all",
    )
    for row in of_tasks.iter_rows(named=True):
        change = with_interval(row["mean"], row["low"], row["high"])
        yield row["arm"], f"{row['measure']} on {row['test']}", "", "", change, ""
    for one in results.judgements:
        levels = (number(fmean(side)) if side else "" for side in (one.before, one.after))
        change = with_interval(one.interval.mean, one.interval.low, one.interval.high)
        yield one.subject, one.claim.place, *levels, change, f"{one.word} (margin {number(one.claim.margin)})"


def _against_synthetic(results: Results, start: str, arm: str, where: tuple[str, str, str]) -> str:
    """Difference to the plain synthetic arm, paired by replicate; empty for that arm itself."""
    test, cell, measure = where
    chosen = results.measures.filter(start=start, test=test, cell=cell, measure=measure)
    plain = [name for name in chosen["arm"].unique() if name.startswith("synthetic") and "@" not in name]
    if len(plain) != 1 or arm.startswith("synthetic"):
        return ""
    synthetic_values = chosen.filter(arm=plain[0]).select("replicate", reference="value")
    paired = chosen.filter(arm=arm).join(synthetic_values, on="replicate").drop_nulls(["value", "reference"])
    change = t_interval((paired["value"] - paired["reference"]).to_list(), level=LEVEL)
    return with_interval(change.mean, change.low, change.high)


def _names(results: Results) -> Iterator[tuple[str, str]]:
    chosen = results.contrasts.filter(~pl.col("arm").str.starts_with("original"))
    yield from chosen.select("start", "arm").unique(maintain_order=True).iter_rows()


def _contrast(
    results: Results, start: str, arm: str, where: tuple[str, str, str], *, against_start: bool
) -> tuple[str, str]:
    """The mean change and the number of replicates."""
    test, cell, measure = where
    rows = results.contrasts.filter(
        (pl.col("reference") == "start") == against_start,
        start=start,
        arm=arm,
        test=test,
        cell=cell,
        measure=measure,
    ).to_dicts()
    if not rows:
        return "", ""
    return with_interval(*(rows[0][name] for name in ("mean", "low", "high"))), str(rows[0]["replicates"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", help="a study file, or a bundled study's name")
    parser.add_argument("--store", type=Path, default=Path("store"))
    parser.add_argument("--replicates", type=int, help="replaces the study's number")
    parser.add_argument(
        "--figures", nargs="*", default=[], metavar="NAME", help="names as in the report's folder"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/figures"))
    return parser.parse_args()


if __name__ == "__main__":
    main()

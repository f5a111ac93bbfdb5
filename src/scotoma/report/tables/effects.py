"""Tables of how an effect grows with a share, and of what explains it."""

from scotoma.basics.words import percent, with_interval
from scotoma.report.tables.models import Table
from scotoma.results.results import Results


def doses(results: Results) -> Table:
    """Every arm of every curve against the original arm of its size."""
    rows = tuple(
        (
            row["start"],
            row["arm"],
            row["kind"],
            f"{row['share']:g}",
            f"{row['measure']} on {row['test']} {row['cell']}",
            with_interval(row["mean"], row["low"], row["high"]),
            str(row["replicates"]),
            row["verdict"] or "no claim",
        )
        for row in results.doses.iter_rows(named=True)
    )
    columns = (
        "start",
        "arm",
        "share of",
        "share",
        "where",
        "moved by [95 % interval]",
        "replicates",
        "verdict",
    )
    caption = (
        "By the share of rows that are not original: differences from the original arm of the same size."
    )
    return Table(caption, columns, rows, n_names=5)


def causes(results: Results) -> list[Table]:
    """What synthetic data did and what was found to explain it, a table for each size."""
    table_rows = []
    for part in results.causes.partition_by("n", maintain_order=True):
        rows = tuple(
            (
                row["start"],
                f"{row['measure']} on {row['test']} {row['cell']}",
                row["part"],
                f"{row['arm']} - {row['reference']}",
                with_interval(row["mean"], row["low"], row["high"]),
                "" if row["share"] is None else percent(round(row["share"], 2)),
                str(row["replicates"]),
                row["reason"],
            )
            for row in part.iter_rows(named=True)
        )
        table_rows.append(Table(_caption(results, part["n"][0]), _COLUMNS, rows, n_names=4))
    return table_rows


_COLUMNS = (
    "start",
    "where",
    "part",
    "compared",
    "moved by [95 % interval]",
    "of the total",
    "replicates",
    "remark",
)


def _caption(results: Results, n: int) -> str:
    study = results.study
    heuristic = study.heuristic
    association = (
        f" Association is how often {heuristic.predicate.rule(study.task.fields).sentence} within each "
        "label; repaired means as often as in the original data, which may be less or more."
        if heuristic is not None
        else ""
    )
    labels = (
        "the true ones"
        if study.labeller == "exact"
        else "those of a classifier that has seen more original data, and may be wrong too"
    )
    return (
        f"What explains the difference, {n} rows: paired by replicate, 95 % t intervals. Taken away, as in "
        "originals, repaired: the change when this is done to synthetic data; put in: the change when it is "
        "done to original data. What is left is diversity, style and the rest. Repaired labels are "
        f"{labels}.{association} The parts need not add up. A share of the total is a ratio of means without "
        "an interval of its own, given only where the total's interval excludes 0; above 100 % or below 0 %, "
        "something else works in the opposite direction."
    )

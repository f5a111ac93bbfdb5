"""What drifts from round to round, as a table."""

from statistics import fmean, stdev

from scotoma.basics.words import mean_and_sd
from scotoma.report.tables.models import Table, paired
from scotoma.results.results import Results


def drift(results: Results) -> Table:
    """Every quantity by round, and how far it went from the first round to the last, paired by replicate."""
    last = results.study.n_rounds
    numbers = range(last + 1)
    by_row: dict[tuple[str, str, str], dict[int, dict[int, float]]] = {}
    for row in results.rounds.iter_rows(named=True):
        of = by_row.setdefault((row["start"], row["source"], row["quantity"]), {})
        of.setdefault(row["round"], {})[row["replicate"]] = row["value"]
    rows = tuple(
        (
            *names,
            *(_spread(of.get(number, {})) for number in numbers),
            paired(of.get(1, {}), of.get(last, {})),
        )
        for names, of in by_row.items()
    )
    columns = (
        "start",
        "source",
        "quantity",
        "original data",
        *(f"round {number}" for number in numbers[1:]),
        f"round 1 to {last}",
    )
    caption = (
        "What drifts from round to round: mean ± sd over replicates; the last column is paired by replicate, "
        "with 95 % intervals. Arms are models trained on rows of that round; a pool is all that was written "
        "in it and passed the screen."
    )
    return Table(caption, columns, rows, n_names=3)


def _spread(values: dict[int, float]) -> str:
    known = list(values.values())
    return mean_and_sd(fmean(known), stdev(known) if len(known) > 1 else None) if known else ""

"""Draws that change one thing about data: how labels go with a predicate, or how often labels are wrong."""

from collections.abc import Mapping, Sequence

import polars as pl

from scotoma.arms.selection.taking import Asked, equal_shares, in_turn, take
from scotoma.basics.errors import ScotomaError


def rates(labels: pl.Series, holds: pl.Series) -> dict[str, float]:
    """Share of rows on which a predicate holds, by label.

    Args:
        labels: Label of each row.
        holds: Whether the predicate holds on each row.
    """
    table = pl.DataFrame({"label": labels, "holds": holds})
    return dict(table.group_by("label").agg(pl.col("holds").mean()).iter_rows())


def reweighted(
    rows: pl.DataFrame,
    holds: pl.Series,
    wanted: Mapping[str, float],
    labels: Sequence[str],
    n: int,
    asked: Asked,
) -> pl.DataFrame:
    """Rows in which a predicate goes with the labels as it does elsewhere.

    Within each label it holds in the required share of rows, to the nearest row. The lowest ranks are taken.

    Args:
        rows: Ranked rows.
        holds: Whether the predicate holds on them.
        wanted: Required share of rows on which it holds, by label.
        labels: Over which n is shared out equally.
        n: Number of rows.
        asked: Names the arm and its rows in messages.

    Raises:
        ScotomaError: too few rows of a kind, or a label whose share is not known.
    """
    rows = rows.with_columns(holds=holds)
    parts = []
    for label, n_label in zip(labels, equal_shares(n, len(labels)), strict=True):
        if label not in wanted:
            raise unknown_rate(label, asked)
        turns = in_turn({True: wanted[label], False: 1 - wanted[label]}, n_label)
        for kind, word in ((True, "holds"), (False, "does not hold")):
            which = f" on which the predicate {word}"
            parts.append(take(rows, label, turns.count(kind), asked, pl.col("holds") == kind, which))
    return pl.concat(parts).drop("holds")


def unknown_rate(label: str, asked: Asked) -> ScotomaError:
    """Says that originals of a label are lacking whose share is to be kept."""
    return ScotomaError(
        f"{asked.arm}: no original example is labelled {label!r}, so its share is not known",
        remedy="Give training data with every label.",
    )


def noise_matched(
    originals: pl.DataFrame, pool: pl.DataFrame, labels: Sequence[str], n: int, asked: Asked
) -> pl.DataFrame:
    """Original rows whose labels are made wrong as often, and in the same directions, as a generator's.

    For each written label, rows are drawn whose own labels are shared out as the true labels are among the
    pool's rows with that written label, to the nearest row; then all of them get the written label. A row
    has one written label whatever n is, so a smaller draw lies inside a larger one.

    Args:
        originals: Ranked original rows; their labels are taken to be true.
        pool: Columns `written` and `true`; rows without a true label are left out beforehand.
        labels: Labels of the task; n is shared out equally over them as written labels.
        n: Number of rows.
        asked: Names the arm and its rows in messages.

    Raises:
        ScotomaError: too few originals of a label, or a label that the generator never wrote.
    """
    confusion = _confusion(pool, labels, asked)
    parts = [originals.clear().with_columns(written=pl.lit("", pl.String))]
    for true in labels:
        given = {written: confusion[written][true] for written in labels}
        of_label = originals.filter(pl.col("label") == true).sort("rank")
        if any(given.values()):
            turns = pl.Series(in_turn(given, of_label.height), dtype=pl.String)
            parts.append(of_label.with_columns(written=turns))
    assigned = pl.concat(parts)
    drawn = []
    for written, n_label in zip(labels, equal_shares(n, len(labels)), strict=True):
        due = in_turn(confusion[written], n_label)
        for true in labels:
            which = f", to be labelled {written!r}"
            fits = pl.col("written") == written
            drawn.append(take(assigned, true, due.count(true), asked, fits, which))
    return pl.concat(drawn).with_columns(label="written").drop("written")


def _confusion(pool: pl.DataFrame, labels: Sequence[str], asked: Asked) -> dict[str, dict[str, float]]:
    """Share of each true label among the rows with a written label."""
    found = {}
    for written in labels:
        true = pool.filter(pl.col("written") == written)["true"]
        if true.is_empty():
            raise ScotomaError(
                f"{asked.arm}: no screened synthetic row labelled {written!r} has a true label, so how "
                "often that label is wrong is not known",
                remedy="Give more candidates_per_label.",
            )
        found[written] = {label: int((true == label).sum()) / true.len() for label in labels}
    return found

"""Which heuristic a row tests, where it does not say so itself: the first whose predicate holds."""

from collections.abc import Mapping, Sequence

import polars as pl

from scotoma.blindspots.predicates.heuristic import RowPredicate
from scotoma.blindspots.predicates.rules import ask, check_words


def tagged(
    table: pl.DataFrame, select: Mapping[str, RowPredicate], fields: Sequence[str], name: str
) -> pl.DataFrame:
    """The rows on which a predicate holds, each with the first such heuristic.

    Args:
        table: Rows with the texts.
        select: Predicates by heuristic, in order.
        fields: Names of the texts, in order.
        name: Name of the table, for messages.

    Raises:
        ScotomaError: a predicate fails on a row, its code does not work, or it is about words and the texts
            do not tell them apart.
    """
    tag: pl.Expr = pl.lit("")
    for heuristic, predicate in reversed(list(select.items())):
        rule = predicate.rule(fields)
        check_words(rule, table, fields, name)
        holds = ask(rule, table, fields, name)
        tag = pl.when(pl.Series(holds, dtype=pl.Boolean)).then(pl.lit(heuristic)).otherwise(tag)
    return table.with_columns(heuristic=tag).filter(pl.col("heuristic") != "")

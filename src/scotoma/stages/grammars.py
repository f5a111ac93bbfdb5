"""Rows that a grammar writes, and what is known of them before it has written any."""

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from scotoma.basics.records import Example, to_table
from scotoma.study.settings.sources import MicroworldDraw, Source
from scotoma.worlds.hans import check_capacity
from scotoma.worlds.hans import generate as generate_hans
from scotoma.worlds.microworld import blindspot_set, counter_pairs, draw_pairs, draw_texts, marked_set


class Grammar(NamedTuple):
    """What writes general data, by number, dial, seed and part, and a blind spot, by number and seed."""

    general: Callable[[int, float, int, str], list[Example]]
    blindspot: Callable[[int, int], list[Example]]


PAIRS, SENTIMENT = Grammar(draw_pairs, blindspot_set), Grammar(draw_texts, marked_set)

#: Rows of general data that are drawn for a sketch: every grammar has its two or three labels in turn.
_IN_TURN = 6


def draw_rows(source: Source, fields: tuple[str, ...], seed: int) -> pl.DataFrame:
    """The rows of a source that is a grammar.

    Raises:
        ScotomaError: the grammar does not have that many.
    """
    if source.hans is not None:
        return to_table(generate_hans(source.hans.n_per_subcase, seed), fields)
    draw, grammar = _draw_of(source)
    if draw.part == "blindspot":
        return to_table(grammar.blindspot(draw.n, seed), fields)
    if draw.part == "counter":
        return to_table(counter_pairs(draw.n, seed), fields)
    assert draw.dial is not None
    return to_table(grammar.general(draw.n, draw.dial, seed, draw.part), fields)


def sketch_rows(source: Source, fields: tuple[str, ...]) -> pl.DataFrame:
    """As many rows as the grammar will write, with their labels, heuristics and subcases.

    The texts of a few rows stand for all, and ids are numbers.

    Raises:
        ScotomaError: the grammar does not have that many.
    """
    if source.hans is not None:
        check_capacity(source.hans.n_per_subcase)
        smaller = source.model_copy(update={"hans": source.hans.model_copy(update={"n_per_subcase": 1})})
        return _numbered([draw_rows(smaller, fields, 0)] * source.hans.n_per_subcase)
    draw, _ = _draw_of(source)
    n = 1 if draw.part == "blindspot" else min(draw.n, _IN_TURN)
    smaller = source.model_copy(update={_name_of(source): draw.model_copy(update={"n": n})})
    rows = draw_rows(smaller, fields, 0)
    if draw.part == "blindspot":
        return _numbered([rows] * draw.n)
    return _numbered([rows] * -(-draw.n // n)).head(draw.n)


def _numbered(parts: list[pl.DataFrame]) -> pl.DataFrame:
    rows = pl.concat(parts)
    return rows.with_columns(id=pl.int_range(rows.height).cast(pl.String))


def _name_of(source: Source) -> str:
    return "microworld" if source.microworld is not None else "sentiment"


def _draw_of(source: Source) -> tuple[MicroworldDraw, Grammar]:
    if source.microworld is not None:
        return source.microworld, PAIRS
    assert source.sentiment is not None
    return source.sentiment, SENTIMENT

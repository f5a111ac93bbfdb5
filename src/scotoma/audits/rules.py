"""The predicates of an audit: each a question with a yes or no for every row.

| name | holds where |
|---|---|
| overlap_whitespace, overlap_word, subsequence | see `scotoma.blindspots.predicates.overlap` |
| constituent | the hypothesis is a subtree of the premise's parse, if the file has one |
| low_overlap | at most a third of the hypothesis's different words stand in the premise |
| negation | a negation word stands in the hypothesis |
| short_hypothesis, long_hypothesis | it has at most, or more, words than a third, or two thirds, of rows |

With a single text, the predicates about two texts are not available and the rest read that text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.audits.constituents import hypothesis_is_constituent
from scotoma.blindspots.predicates.overlap import PREDICATES, words
from scotoma.blindspots.predicates.rules import CONSTITUENT, Rule, ask, text_rules, the
from scotoma.blindspots.predicates.scripts import are_divided, characters_as_words, without_words

#: A column of answers, or why there is none.
Flags = NDArray[np.bool_] | str

#: What McCoy et al. 2019 call the overlap heuristics: they say the task's target label.
OVERLAP_RULES = (*PREDICATES, CONSTITUENT)
BUILT_IN = (*OVERLAP_RULES, "low_overlap", "negation", "short_hypothesis", "long_hypothesis")


@dataclass(frozen=True, slots=True)
class Lengths:
    """Bounds of short and long, in words of the last text.

    Attributes:
        short: At most this many words is short: the lowest count that a third of rows do not exceed.
        long: More than this many words is long: the lowest count that two thirds of rows do not exceed.
        taken_from: `reference` or `data`: whose tertiles they are.
    """

    short: int
    long: int
    taken_from: Literal["reference", "data"]


def tertiles(texts: pl.Series, taken_from: Literal["reference", "data"]) -> Lengths:
    """The tertiles of the texts' lengths in words."""
    lengths = np.sort(np.array([len(words(text)) for text in texts], dtype=np.int64))
    low, high = (int(lengths[-(-lengths.size * part // 3) - 1]) for part in (1, 2))
    return Lengths(low, high, taken_from)


def built_in_rules(lengths: Lengths, fields: Sequence[str]) -> list[Rule]:
    """All built-in predicates but the one that needs a parse."""
    last, short, long = fields[-1], lengths.short, lengths.long
    return [
        *text_rules(fields),
        Rule(
            "short_hypothesis",
            f"{the(last)} has at most {short} words",
            "last",
            lambda text: len(words(text)) <= short,
            needs_words=True,
        ),
        Rule(
            "long_hypothesis",
            f"{the(last)} has more than {long} words",
            "last",
            lambda text: len(words(text)) > long,
            needs_words=True,
        ),
    ]


def answers(table: pl.DataFrame, fields: Sequence[str], rules: Sequence[Rule], name: str) -> dict[str, Flags]:
    """Every rule's answers over a table, and the constituent rule's, in the order of the report.

    Args:
        table: Rows with the fields.
        fields: Columns of text, in order.
        rules: The built-in ones first.
        name: Name of the table, for messages.

    Raises:
        ScotomaError: a rule fails on a row, or answers neither True nor False.
    """
    texts = table[fields[-1]]
    script = without_words(texts.to_list())
    no_words = f"{script} is written without spaces, so that its words cannot be told apart" if script else ""
    by_character = characters_as_words(texts.to_list()) and not are_divided(texts.to_list())
    no_spaces = no_words or ("the texts have no spaces between words" if by_character else "")
    found: dict[str, Flags] = {}
    for rule in rules:
        about_words = no_words if rule.needs_words else ""
        missing = no_spaces if rule.name == "overlap_whitespace" else about_words
        found[rule.name] = missing or _answer(table, fields, rule, name)
    parsed = hypothesis_is_constituent(table, fields[-1]) if len(fields) > 1 else _one_text()
    found[CONSTITUENT] = parsed
    order = [*BUILT_IN, *(rule.name for rule in rules if rule.name not in BUILT_IN)]
    return {name: found[name] for name in order}


def _answer(table: pl.DataFrame, fields: Sequence[str], rule: Rule, name: str) -> Flags:
    if rule.reads == "pair" and len(fields) < 2:
        return _one_text()
    return ask(rule, table, fields, name)


def _one_text() -> str:
    return "the task has a single text"

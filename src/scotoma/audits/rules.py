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
from scotoma.audits.surface import Overlap, negated
from scotoma.audits.texts import Texts
from scotoma.blindspots.predicates.overlap import PREDICATES, words
from scotoma.blindspots.predicates.rules import CONSTITUENT, Rule, ask, text_rules, the
from scotoma.blindspots.predicates.scripts import (
    are_divided,
    characters_as_words,
    sample_of_texts,
    without_words,
)

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


def tertiles(texts: Texts, taken_from: Literal["reference", "data"]) -> Lengths:
    """The tertiles of the last texts' lengths in words."""
    lengths = np.sort(texts.words[texts.fields[-1]].counts)
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


def answers(
    table: pl.DataFrame,
    texts: Texts,
    overlap: Overlap | None,
    rules: Sequence[Rule],
    lengths: Lengths,
    name: str,
) -> dict[str, Flags]:
    """Every rule's answers over a table, and the constituent rule's, in the order of the report.

    Args:
        table: Rows with the fields.
        texts: The fields, taken apart.
        overlap: Of the first and the last text; None of a single one.
        rules: The built-in ones first.
        lengths: Bounds of short and long.
        name: Name of the table, for messages.

    Raises:
        ScotomaError: a rule fails on a row, or answers neither True nor False.
    """
    fields = texts.fields
    last = sample_of_texts(table[fields[-1]])
    script = without_words(last)
    no_words = f"{script} is written without spaces, so that its words cannot be told apart" if script else ""
    by_character = characters_as_words(last) and not are_divided(last)
    no_spaces = no_words or ("the texts have no spaces between words" if by_character else "")
    at_once = _built_in(texts, overlap, lengths)
    answers_by_rule: dict[str, Flags] = {}
    for rule in rules:
        about_words = no_words if rule.needs_words else ""
        missing = no_spaces if rule.name == "overlap_whitespace" else about_words
        if missing:
            answers_by_rule[rule.name] = missing
        else:
            answers_by_rule[rule.name] = (
                at_once[rule.name] if rule.name in at_once else ask(rule, table, fields, name)
            )
    parsed = hypothesis_is_constituent(table, fields[-1]) if len(fields) > 1 else _one_text()
    answers_by_rule[CONSTITUENT] = parsed
    order = [*BUILT_IN, *(rule.name for rule in rules if rule.name not in BUILT_IN)]
    return {name: answers_by_rule[name] for name in order}


def _built_in(texts: Texts, overlap: Overlap | None, lengths: Lengths) -> dict[str, Flags]:
    """The answers of the built-in rules by name, what their tests say row by row."""
    n_words = texts.words[texts.fields[-1]].counts
    return {
        "overlap_whitespace": overlap.whitespace if overlap else _one_text(),
        "overlap_word": overlap.word if overlap else _one_text(),
        "subsequence": overlap.subsequence if overlap else _one_text(),
        "low_overlap": overlap.low if overlap else _one_text(),
        "negation": negated(texts),
        "short_hypothesis": n_words <= lengths.short,
        "long_hypothesis": n_words > lengths.long,
    }


def _one_text() -> str:
    return "the task has a single text"

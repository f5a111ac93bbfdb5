"""Is the hypothesis a whole constituent of the premise's parse? Only where the file brings a parse.

Both forms of the official MultiNLI, SNLI and HANS files are read: Penn Treebank brackets
`(ROOT (S (NP (DT The) ...` and binary brackets `( ( The actor ) ( slept . ) )`. Nothing is parsed
here and nothing guessed: one row without a readable parse, and the predicate is not available.
"""

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.blindspots.predicates.overlap import words

#: Columns that may hold the premise's parse; the first one found is read.
PARSE_COLUMNS = ("premise_parse", "sentence1_parse", "premise_binary_parse", "sentence1_binary_parse")

_TOKEN = re.compile(r"\(|\)|[^\s()]+")
# Brackets as the treebank writes them: punctuation, not words.
_BRACKETS = re.compile(r"^-[LR][RSC]B-$")


class NotAParse(ValueError):
    """A text is not a bracketed parse."""


def constituents(parse: str) -> set[str]:
    """The constituents of a bracketed parse, each as its words' letters without spaces.

    Without spaces, because a treebank writes `do n't` where the sentence has `don't`.

    Raises:
        NotAParse: the brackets do not close, or there is no bracket at all.
    """
    labelled = re.search(r"\([^\s()]", parse) is not None
    leaves: list[str] = []
    opened: list[int] = []
    phrases: set[str] = set()
    after_bracket = False
    for token in _TOKEN.findall(parse):
        if token == "(":
            opened.append(len(leaves))
        elif token == ")":
            if not opened:
                raise NotAParse("a bracket closes that was never opened")
            phrases.add("".join(leaves[opened.pop() :]))
        elif not opened:
            raise NotAParse("a word is outside all brackets")
        elif not (labelled and after_bracket):
            leaves.append("" if _BRACKETS.match(token) else _letters(token))
        after_bracket = token == "("
    if opened or not phrases:
        raise NotAParse("a bracket is never closed" if opened else "there are no brackets")
    # A leaf is a constituent too; the binary form puts no brackets around it.
    return (phrases | set(leaves)) - {""}


def is_constituent(parse: str, hypothesis: str) -> bool:
    """Whether the hypothesis has words and they are a complete subtree of the premise's parse.

    The whole premise is one of its constituents.

    Source: the constituent heuristic of McCoy et al. 2019, table 1.
    """
    letters = _letters(hypothesis)
    return bool(letters) and letters in constituents(parse)


def hypothesis_is_constituent(table: pl.DataFrame, hypothesis: str) -> NDArray[np.bool_] | str:
    """The predicate over a table, or why it is not available.

    Args:
        table: Rows with one of PARSE_COLUMNS, or without.
        hypothesis: Name of the column of hypotheses.
    """
    column = next((name for name in PARSE_COLUMNS if name in table.columns), None)
    if column is None:
        return f"there is no column with the premise's parse ({', '.join(PARSE_COLUMNS)})"
    flags = np.zeros(table.height, dtype=np.bool_)
    for row, (parse, text) in enumerate(zip(table[column], table[hypothesis], strict=True)):
        try:
            flags[row] = is_constituent(parse, text) if isinstance(parse, str) else _no_parse()
        except NotAParse as error:
            return f"row {row + 1} of column {column!r} holds no readable parse: {error}"
    return flags


def _no_parse() -> bool:
    raise NotAParse("it is not text")


def _letters(text: str) -> str:
    return "".join(words(text)).replace("'", "")

"""The predicates of an audit: each a question with a yes or no for every row.

| name | holds where |
|---|---|
| overlap_whitespace, overlap_word, subsequence | see `scotoma.blindspots.predicates` |
| constituent | the hypothesis is a subtree of the premise's parse, if the file has one |
| low_overlap | at most a third of the hypothesis's different words stand in the premise |
| negation | a negation word stands in the hypothesis |
| short_hypothesis, long_hypothesis | it has at most, or more, words than a third, or two thirds, of rows |

With a single text, the predicates about two texts are not available and the rest read that text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.audit.constituents import hypothesis_is_constituent
from scotoma.blindspots.predicates import PREDICATES, has_low_overlap, words
from scotoma.errors import ScotomaError

#: A column of answers, or why there is none.
Flags = NDArray[np.bool_] | str

CONSTITUENT = "constituent"
#: What McCoy et al. 2019 call the overlap heuristics: they say the task's target label.
OVERLAP_RULES = (*PREDICATES, CONSTITUENT)
BUILT_IN = (*OVERLAP_RULES, "low_overlap", "negation", "short_hypothesis", "long_hypothesis")

#: Source: the four of Gururangan et al. 2018, table 4 (no, never, nobody, nothing), and their kin.
NEGATIONS = frozenset(
    ("no", "not", "never", "nobody", "nothing", "none", "neither", "nor", "nowhere", "cannot")
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A predicate over rows.

    Attributes:
        name: As it stands in the report.
        sentence: When it holds, to follow the words "where".
        reads: `pair` (first and last field), `last`, `all`, or the name of one field.
        test: Takes the texts it reads, in order; answers True or False.
    """

    name: str
    sentence: str
    reads: Literal["pair", "last", "all"] | str
    test: Callable[..., object]


def is_negated(text: str) -> bool:
    """Whether a negation word stands in the text, or a word that ends in n't."""
    return any(word in NEGATIONS or word.endswith("n't") for word in words(text))


@dataclass(frozen=True, slots=True)
class Lengths:
    """Where short ends and long begins, in words of the last text.

    Attributes:
        short: At most this many words is short: the lowest count that a third of rows do not exceed.
        long: More than this many is long: likewise for two thirds.
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
    first, last = fields[0], fields[-1]
    pairs = {
        "overlap_whitespace": f"every token of the {last} stands in the {first}, punctuation and all",
        "overlap_word": f"every word of the {last} stands in the {first}",
        "subsequence": f"the {last} stands in the {first} word for word",
    }
    low = f"at most a third of the {last}'s words stand in the {first}"
    short, long = lengths.short, lengths.long
    return [
        *(Rule(name, pairs[name], "pair", test) for name, test in PREDICATES.items()),
        Rule("low_overlap", low, "pair", has_low_overlap),
        Rule("negation", f"the {last} has a negation word", "last", is_negated),
        Rule(
            "short_hypothesis",
            f"the {last} has at most {short} words",
            "last",
            lambda text: len(words(text)) <= short,
        ),
        Rule(
            "long_hypothesis",
            f"the {last} has more than {long} words",
            "last",
            lambda text: len(words(text)) > long,
        ),
    ]


def answers(table: pl.DataFrame, fields: Sequence[str], rules: Sequence[Rule], name: str) -> dict[str, Flags]:
    """Every rule's answers over a table, and the constituent rule's, in the order of the report.

    Args:
        table: With the fields.
        fields: Columns of text, in order.
        rules: The built-in ones first.
        name: Of the table, for messages.

    Raises:
        ScotomaError: a rule fails on a row, or answers neither True nor False.
    """
    found = {rule.name: _answer(table, fields, rule, name) for rule in rules}
    parsed = hypothesis_is_constituent(table, fields[-1]) if len(fields) > 1 else _one_text()
    found[CONSTITUENT] = parsed
    order = [*BUILT_IN, *(rule.name for rule in rules if rule.name not in BUILT_IN)]
    return {name: found[name] for name in order}


def _answer(table: pl.DataFrame, fields: Sequence[str], rule: Rule, name: str) -> Flags:
    if rule.reads == "pair" and len(fields) < 2:
        return _one_text()
    read = {"pair": (fields[0], fields[-1]), "last": fields[-1:], "all": fields}.get(
        rule.reads, (rule.reads,)
    )
    flags = np.zeros(table.height, dtype=np.bool_)
    for row, texts in enumerate(zip(*(table[field] for field in read), strict=True)):
        try:
            answer = rule.test(*texts)
        except Exception as error:  # the user's own code may raise anything
            raise _failed(rule, name, row, f"raised {type(error).__name__}: {error}") from error
        if not isinstance(answer, bool | np.bool_):
            raise _failed(rule, name, row, f"answered {_shown(answer)}, which is neither True nor False")
        flags[row] = answer
    return flags


def _failed(rule: Rule, name: str, row: int, what: str) -> ScotomaError:
    return ScotomaError(
        f"predicate {rule.name!r} {what}",
        where=f"{name}, row {row + 1}",
        remedy="Mend the predicate: it must answer True or False for every row.",
    )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _one_text() -> str:
    return "the task has a single text"

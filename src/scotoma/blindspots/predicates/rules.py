"""Rules: a predicate, and which of a row's texts it reads.

| name | holds where |
|---|---|
| overlap_whitespace, overlap_word, subsequence | see `scotoma.blindspots.predicates.overlap` |
| low_overlap | at most a third of the last text's different words stand in the first |
| high_overlap | at least two thirds of them do |
| negation | a negation word stands in the last text |
| constituent | the last text is a whole clause inside the first, by the micro-world's parser |
| every_row | always: a test file whose rows all test one heuristic |
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scotoma.basics.errors import ScotomaError, shown
from scotoma.blindspots.predicates.overlap import PREDICATES, has_high_overlap, has_low_overlap, is_negated
from scotoma.blindspots.predicates.scripts import sample_of_texts, without_words
from scotoma.worlds.microworld import NotASentence, is_constituent, parse

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rule:
    """A predicate over rows.

    Attributes:
        name: Name of the rule in the report.
        sentence: When it holds, to follow the words "where".
        reads: `pair` (first and last field), `last`, `all`, or the name of one field.
        test: Takes the texts it reads, in order; answers True or False.
        needs_words: Whether it compares or counts words, which some scripts do not tell apart.
    """

    name: str
    sentence: str
    reads: Literal["pair", "last", "all"] | str
    test: Callable[..., object]
    needs_words: bool = False


def check_words(rule: Rule, table: "pl.DataFrame", fields: Sequence[str], name: str) -> None:
    """Refuses a rule about words where the texts do not tell words apart.

    Args:
        rule: To be asked.
        table: With the fields.
        fields: Columns of text, in order.
        name: Name of the table, for messages.

    Raises:
        ScotomaError: most of the last texts are in such a script.
    """
    script = without_words(sample_of_texts(table[fields[-1]])) if rule.needs_words else ""
    if script:
        raise ScotomaError(
            f"predicate {rule.name!r} is about words, and the texts are {script}, written without spaces: "
            "their words cannot be told apart",
            where=name,
            remedy="Put spaces between the words first, as a program for that language does, or use regex or "
            "code.",
        )


def ask(rule: Rule, table: "pl.DataFrame", fields: Sequence[str], name: str) -> "NDArray[np.bool_]":
    """The rule's answer for every row.

    Args:
        rule: A rule that can be asked of these fields.
        table: Rows with the fields.
        fields: Columns of text, in order.
        name: Name of the table, for messages.

    Raises:
        ScotomaError: it fails on a row, or answers neither True nor False.
    """
    import numpy as np

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
            raise _failed(rule, name, row, f"answered {shown(answer)}, which is neither True nor False")
        flags[row] = answer
    return flags


def _failed(rule: Rule, name: str, row: int, what: str) -> ScotomaError:
    return ScotomaError(
        f"predicate {rule.name!r} {what}",
        where=f"{name}, row {row + 1}",
        remedy="Fix the predicate: it must answer True or False for every row.",
    )


def the(field: str) -> str:
    """A field in a sentence: `the hypothesis`, and `sentence2` as it is."""
    return f"the {field}" if field.isalpha() else field


def text_rules(fields: Sequence[str]) -> tuple[Rule, ...]:
    """The built-in rules that need the texts alone, of any task."""
    first, last = the(fields[0]), the(fields[-1])
    pairs = {
        "overlap_whitespace": f"every token of {last} occurs in {first}, including punctuation",
        "overlap_word": f"every word of {last} occurs in {first}",
        "subsequence": f"{last} occurs in {first} word for word",
    }
    low = f"at most a third of {last}'s words occur in {first}"
    return (
        *(Rule(name, pairs[name], "pair", test, needs_words=True) for name, test in PREDICATES.items()),
        Rule("low_overlap", low, "pair", has_low_overlap, needs_words=True),
        Rule("negation", f"{last} has a negation word", "last", is_negated, needs_words=True),
    )


#: Only for tasks whose texts the micro-world's parser reads.
CONSTITUENT = "constituent"
#: Only for choosing the rows of a test file.
EVERY_ROW = "every_row"


def study_rules(fields: Sequence[str]) -> dict[str, Rule]:
    """The built-in rules that a study file may name."""
    first, last = the(fields[0]), the(fields[-1])
    inside = f"{last} is a whole clause inside {first}"
    most = f"at least two thirds of {last}'s words occur in {first}"
    rules = (
        *text_rules(fields),
        Rule("high_overlap", most, "pair", has_high_overlap, needs_words=True),
        Rule(CONSTITUENT, inside, "pair", _is_clause_inside),
        Rule(EVERY_ROW, "there is a row", "all", lambda *_: True),
    )
    return {rule.name: rule for rule in rules}


def _is_clause_inside(premise: str, hypothesis: str) -> bool:
    try:
        return is_constituent(parse(premise), parse(hypothesis))
    except NotASentence:  # a generator may write anything
        return False

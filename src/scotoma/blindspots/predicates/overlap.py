"""Does a text obey a surface heuristic? Overlap in two forms, contiguity, negation.

The two overlap rules differ by their words. The **whitespace** rule is the published one: a word
keeps the punctuation it is written with, so `left.` is not `left`, and on matched MultiNLI it
finds full overlap in 1.55 % of entailments. The **word** rule compares bare words and finds 6.06 %.
Measure with both; they select different rows.

| text | whitespace rule | word rule |
|---|---|---|
| punctuation | only a bare `.` `?` `!` is dropped | dropped, save an apostrophe within a word |
| case | lower-cased | lower-cased |
| empty hypothesis | overlaps: no token is missing | does not: there is no evidence of overlap |
| repeated words | counted once | counted once |

Words of every script: a combining mark (a vowel sign of Hindi, a point of Arabic or Hebrew) belongs to the
word it is written in. Chinese and Japanese have no spaces between words; there each character is a word, as
Unicode's word breaks have it (UAX 29). `scripts.py` beside this file has the scripts
in which that cannot be.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    import polars as pl

Predicate = Callable[[str, str], bool]

_BARE_MARKS = frozenset(".?!")
# Letters and digits of any script; an underscore is punctuation. An apostrophe, straight or
# curly (made straight first), stays inside a word: don't and dont are two words.
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# For Latin letters and punctuation alone: five times faster.
_LATIN = re.compile(r"[\u0000-\u02ff\u1e00-\u1eff\u2010-\u203a\u20a0-\u20cf]*")
# The same with marks inside words, joiners between them, and a character of Chinese or Japanese for a word.
_PART = (
    r"(?:(?![\p{Han}\p{Hiragana}])[\p{L}\p{N}])(?:(?![\p{Han}\p{Hiragana}])[\p{L}\p{N}\p{M}\u200c\u200d])*"
)
_WORD_OF_ANY_SCRIPT = regex.compile(rf"[\p{{Han}}\p{{Hiragana}}]\p{{M}}*|{_PART}(?:'{_PART})*")

#: Source: the four of Gururangan et al. 2018, table 4 (no, never, nobody, nothing), and their kin.
NEGATIONS = frozenset(
    ("no", "not", "never", "nobody", "nothing", "none", "neither", "nor", "nowhere", "cannot")
)

#: Share of a hypothesis's words in its premise up to which overlap is low.
LOW_OVERLAP = 1 / 3
#: The share from which on it is high.
HIGH_OVERLAP = 2 / 3


def whitespace_tokens(text: str) -> list[str]:
    """Lower-cased tokens between white space, without those that are exactly `.`, `?` or `!`."""
    return [token for token in text.lower().split() if token not in _BARE_MARKS]


def words(text: str) -> list[str]:
    """Lower-cased words without punctuation, in order.

    Composed and decomposed accents, and straight and curly apostrophes, give the same word.
    """
    text = text.lower()
    if text.isascii():
        return _WORD.findall(text)
    text = unicodedata.normalize("NFC", text).replace("’", "'")
    if _LATIN.fullmatch(text):
        return _WORD.findall(text)
    matches: list[str] = _WORD_OF_ANY_SCRIPT.findall(text)
    return matches


def overlaps_whitespace(premise: str, hypothesis: str) -> bool:
    """Whether every token of the hypothesis occurs in the premise, as published.

    Source: the overlap rule of Zhang and Pavlick 2025.
    """
    return set(whitespace_tokens(hypothesis)) <= set(whitespace_tokens(premise))


def overlaps_word(premise: str, hypothesis: str) -> bool:
    """Whether the hypothesis has words and every one of them occurs in the premise."""
    hypothesis_words = words(hypothesis)
    return bool(hypothesis_words) and set(hypothesis_words) <= set(words(premise))


def overlap_share(premise: str, hypothesis: str) -> float | None:
    """Share of the hypothesis's different words that stand in the premise; None without words."""
    hypothesis_words = set(words(hypothesis))
    return len(hypothesis_words & set(words(premise))) / len(hypothesis_words) if hypothesis_words else None


def has_low_overlap(premise: str, hypothesis: str) -> bool:
    """Whether at most a third of the hypothesis's words stand in the premise.

    Source: the reverse overlap bias of Rajaee et al. 2022; the threshold is ours.
    """
    share = overlap_share(premise, hypothesis)
    return share is not None and share <= LOW_OVERLAP


def has_high_overlap(premise: str, hypothesis: str) -> bool:
    """Whether at least two thirds of the hypothesis's words occur in the premise; the threshold is ours."""
    share = overlap_share(premise, hypothesis)
    return share is not None and share >= HIGH_OVERLAP


def is_subsequence(premise: str, hypothesis: str) -> bool:
    """Whether the hypothesis has words and they stand in the premise side by side, in order.

    Contiguous, as the subsequence heuristic of HANS has it. Whoever passes also overlaps by word.
    """
    hypothesis_words, premise_words = words(hypothesis), words(premise)
    # A word holds no space, so a match between spaces is a match of whole words.
    return bool(hypothesis_words) and f" {' '.join(hypothesis_words)} " in f" {' '.join(premise_words)} "


def is_negated(text: str) -> bool:
    """Whether a negation word stands in the text, or a word that ends in n't."""
    return any(word in NEGATIONS or word.endswith("n't") for word in words(text))


def holds(predicate: Predicate, premises: Iterable[str], hypotheses: Iterable[str]) -> "pl.Series":
    """The predicate over columns of texts, row by row: booleans of the same length.

    100,000 MultiNLI pairs take a second or two, so there is one path and one answer, not a second
    tokeniser in a table engine.
    """
    import polars as pl

    pairs = zip(premises, hypotheses, strict=True)
    return pl.Series(
        "holds", [predicate(premise, hypothesis) for premise, hypothesis in pairs], dtype=pl.Boolean
    )


#: The predicates by the names that reports and audits use.
PREDICATES: dict[str, Predicate] = {
    "overlap_whitespace": overlaps_whitespace,
    "overlap_word": overlaps_word,
    "subsequence": is_subsequence,
}

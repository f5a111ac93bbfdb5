"""What counts as no answer: one rule for every format of predictions.

A row has no answer where nothing stands (empty, null, NaN, `-`, -1), where a harness or a scorer found
nothing, and where several answers stand in place of one. A word that is merely not known is no such row: it
is an error.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from scotoma.basics.errors import shown
from scotoma.comparisons.files.labels import LabelWords
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.label_words import bare, say_unknown

#: How programs write that there is nothing, beside what has neither a letter nor a digit.
_NOTHING = frozenset({"-1", "nan", "none", "null", "<na>", "n/a", "na", "[invalid]"})
_BETWEEN = re.compile(r"\s*[,;/|&+]\s*|\s+(?:and|or)\s+", re.IGNORECASE)
_N_SHOWN = 5


@dataclass(frozen=True)
class NoAnswer:
    """Stands for the answer of a row that has none.

    Attributes:
        instead: Contents in its place, in words: `no score by match; completion 'It depends.'`.
    """

    instead: str


def is_missing(value: object) -> bool:
    """Whether a cell is empty: null, NaN, an empty text or `-`."""
    is_nan = isinstance(value, float) and value != value
    return value is None or is_nan or (isinstance(value, str) and value.strip() in ("", "-"))


def several(text: str) -> list[str]:
    """The different answers that stand in a text, as in `A, B` or `neutral or contradiction`."""
    return list(dict.fromkeys(part for part in _BETWEEN.split(text.strip()) if part))


def is_no_answer(word: object, labels: LabelWords) -> bool:
    """Whether what stands in place of an answer is none."""
    if is_missing(word) or isinstance(word, NoAnswer) or labels.is_silent(word):
        return True
    if isinstance(word, list):
        return len({labels.meaning(part) or str(part) for part in word}) != 1
    if labels.meaning(word) is not None:
        return False
    text = bare(word)
    if text in _NOTHING or not any(map(str.isalnum, text)):
        return True
    parts = several(str(word))
    return len(parts) > 1 and all(labels.meaning(part) for part in parts)


def read_answers(
    words: Sequence[object], numbers: Sequence[int], labels: LabelWords, faults: Faults
) -> list[str | None]:
    """The label that each row predicts, None where there is no answer.

    Args:
        words: Answers as they appear in the file.
        numbers: Line or row number of each word in the file.
        labels: Meanings of words.
        faults: Collects words that are not known.
    """
    single = [_single(word, labels) for word in words]
    labels_read = labels.meanings(single)
    unknown = [
        label is None and not is_no_answer(word, labels)
        for word, label in zip(single, labels_read, strict=True)
    ]
    unknown_words = list(compress(zip(numbers, single, strict=True), unknown))
    say_unknown(unknown_words, "predicted label", faults, labels.remedy)
    return ["" if is_unknown else label for label, is_unknown in zip(labels_read, unknown, strict=True)]


def _single(word: object, labels: LabelWords) -> object:
    """The answer of a list in which there is but one."""
    if not isinstance(word, list) or is_no_answer(word, labels):
        return word
    return word if isinstance(word[0], list | dict) else word[0]


def refuse_unanswered(words: Sequence[object], numbers: Sequence[int], n_rows: int, faults: Faults) -> None:
    """Refuses rows without an answer.

    Args:
        words: Values in these rows.
        numbers: Line or row numbers of these rows in the file.
        n_rows: Number of rows in the file.
        faults: Says where the file is.

    Raises:
        ScotomaError: there are such rows; tells how many, the first few, and which option leaves them out.
    """
    if not words:
        return
    first = [
        f"{faults.unit} {number} ({_description(word)})"
        for number, word in list(zip(numbers, words, strict=True))[:_N_SHOWN]
    ]
    more = f" and {len(words) - _N_SHOWN:,} more" if len(words) > _N_SHOWN else ""
    have = "rows has" if len(words) == 1 else "rows have"
    remedy_for_some = "Predict them, or give --partial to leave out rows without an answer."
    remedy = (
        remedy_for_some
        if len(words) < n_rows
        else "Check what the model wrote, or which column has its answers."
    )
    faults.fail(f"{len(words):,} of {n_rows:,} {have} no answer: {', '.join(first)}{more}", remedy)


def _description(word: object) -> str:
    if isinstance(word, NoAnswer):
        return word.instead
    return shown(", ".join(map(str, word)) if isinstance(word, list) else word)

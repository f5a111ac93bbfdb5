"""Which of a task's labels a word or an integer in a label column means."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scotoma.basics.errors import nearest, shown
from scotoma.basics.words import counted
from scotoma.tasks.reading.class_names import ClassName
from scotoma.tasks.reading.faults import Faults

#: Most words that a message lists.
_N_SHOWN = 5

#: Stands for no gold label.
NO_LABEL = "-"

_INTEGER = re.compile(r"[+-]?[0-9]+")
_WHOLE = re.compile(r"([+-]?[0-9]+)\.0+")


def bare(word: object) -> str:
    """A label up to its spelling: case, a final full stop, `_` or a space for `-`, and `1.0` for `1`."""
    text = str(word).strip()
    if integer := _WHOLE.fullmatch(text):  # a column of integers with a gap is written as floats
        return integer.group(1)
    return text.rstrip(".").strip().casefold().replace("_", "-").replace(" ", "-")


@dataclass(frozen=True)
class _Meaning:
    """A label, or None for no gold label; and the code that was read by the task's order, if it was."""

    label: str | None
    guessed: str = ""


class LabelReader:
    """Reads a label column as a task's labels.

    The user's meanings come first; then the labels themselves, whatever their case or spelling; then
    integers, by the order of the task's labels, if the user gave no integer a meaning and no label is an
    integer itself. `-` and -1 stand for no gold label.

    Args:
        labels: The task's, in the order of their integers.
        meanings: The user's words or integers to labels, or to `-` for rows to leave out.
        faults: Says where the column is.
        schema_first: Whether the names in the file's schema hold where `meanings` gives their integers other
            labels, as they may be meant for another column; if not, that is refused.

    Attributes:
        codes: Integers that were read by the order of the task's labels, to these labels.

    Raises:
        ScotomaError: `meanings` leads to a label that the task does not have.
    """

    def __init__(
        self,
        labels: Sequence[str],
        meanings: Mapping[str, str],
        faults: Faults,
        *,
        schema_first: bool = False,
    ) -> None:
        self.codes: dict[str, str] = {}
        self._labels, self._faults, self._schema_first = labels, faults, schema_first
        self._chosen = {
            theirs.strip(): _label_or_none(theirs, ours, labels, faults) for theirs, ours in meanings.items()
        }
        self._chosen_bare = _unambiguous(self._chosen)
        self._own = {NO_LABEL: None} | {label: label for label in labels}
        self._own_bare = _unambiguous(self._own)
        self._has_integers = any(map(is_integer, labels))
        self._reads_codes = not self._has_integers and not any(
            is_integer(bare(theirs)) for theirs in meanings
        )

    def read(self, values: Sequence[object], numbers: Sequence[int]) -> list[str | None]:
        """The label of each value, None for no gold label; how codes were read goes to the notes.

        Args:
            values: Values as they appear in the column.
            numbers: The line or row of each, for faults.

        Raises:
            ScotomaError: integers leave out a label of the task, so that their order is not certain.
        """
        meaning_of: dict[tuple[type, object], _Meaning | None] = {}
        unknown: list[tuple[int, object]] = []
        read: list[str | None] = []
        codes: Counter[str] = Counter()
        for value, number in zip(values, numbers, strict=True):
            key = type(value), value if isinstance(value, str | int | float) else id(value)
            if key not in meaning_of:
                meaning_of[key] = self._meaning(value)
            meaning = meaning_of[key]
            if meaning is None:
                unknown.append((number, value))
            elif meaning.guessed:
                codes[meaning.guessed] += 1
            read.append(meaning.label if meaning else None)
        self._say_unknown(unknown)
        if codes:
            self._say_codes(codes)
        self._say_names(value for _, value in meaning_of)
        return read

    def _say_unknown(self, unknown: Sequence[tuple[int, object]]) -> None:
        """Reports unknown words by row; words that recur are another set of labels, and reported once."""
        for number, value in unknown:
            if advice := _instead_of_a_word(value):
                self._faults.add(number, f"label {shown(value)} is not known", advice)
        words = [(number, value) for number, value in unknown if not _instead_of_a_word(value)]
        say_unknown(words, "label", self._faults, self._remedy)

    def meaning(self, value: object) -> str | None:
        """The label that a value means; None where it means none."""
        meaning = self._meaning(value)
        return meaning.label if meaning else None

    def is_known(self, value: object) -> bool:
        """Whether a value means a label, or that there is none."""
        return self._meaning(value) is not None

    def _meaning(self, value: object) -> _Meaning | None:
        if not isinstance(value, str | int | float):
            return None
        if isinstance(value, bool):  # a word, and no code
            value = str(value).lower()
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
        if text in self._chosen or bare(text) in self._chosen_bare:
            return _Meaning(self._chosen[text] if text in self._chosen else self._chosen_bare[bare(text)])
        if text in self._own or bare(text) in self._own_bare:
            label = self._own[text] if text in self._own else self._own_bare[bare(text)]
            self._check_class(value, label)
            return _Meaning(label)
        if isinstance(value, ClassName) and value.code in self._chosen_bare:
            return _Meaning(self._chosen_bare[value.code])
        return self._by_order(bare(text)) if is_integer(bare(text)) else None

    def _by_order(self, code: str) -> _Meaning | None:
        place = int(code) if len(code) < 10 else -2  # an index does not have thousands of digits
        if place == -1 and not self._has_integers:
            return _Meaning(None)
        if self._reads_codes and 0 <= place < len(self._labels):
            return _Meaning(self._labels[place], guessed=str(place))
        return None

    def _check_class(self, value: object, label: str | None) -> None:
        """Refuses the user's word on a code that the file's own schema contradicts."""
        if self._schema_first or not isinstance(value, ClassName):
            return
        if self._chosen_bare.get(value.code, label) == label:
            return
        self._faults.fail(
            f"labels says that {value.code} is {self._chosen_bare[value.code]}, but the file's own schema "
            f"says that {value.code} is {value}",
            f"Leave {value.code} out of labels; or, if the schema is wrong, say what its names mean, such as "
            f"{value}={self._chosen_bare[value.code]}.",
        )

    def _say_codes(self, codes: Mapping[str, int]) -> None:
        by_code = sorted(codes, key=int)
        listed = ", ".join(f"{code} as {self._labels[int(code)]} ({codes[code]:,})" for code in by_code)
        missing = [label for place, label in enumerate(self._labels) if str(place) not in codes]
        if missing:
            options = ",".join(f"{code}=LABEL" for code in by_code)
            self._faults.fail(
                f"labels are the integers {', '.join(by_code)}, and in the order of the task's labels "
                f"({', '.join(self._labels)}) none would be {' or '.join(missing)}: their meaning is unclear",
                f"Give their meaning with labels, such as {options}.",
            )
        self.codes = {code: self._labels[int(code)] for code in by_code}
        self._faults.notes.append(
            f"Labels are integers, read in the order of the task's labels: {listed}. If the file has another "
            "order, say so with labels."
        )

    def _say_names(self, values: Iterable[object]) -> None:
        names = {value.code: str(value) for value in values if isinstance(value, ClassName)}
        if names:
            listed = ", ".join(f"{code} = {names[code]}" for code in sorted(names, key=int))
            self._faults.notes.append(f"Labels are integers, named in the file's schema: {listed}.")

    def _remedy(self, values: Sequence[object]) -> str:
        known = f"Known labels: {', '.join(self._labels)}"
        if self._reads_codes:
            known += f"; or 0 to {len(self._labels) - 1} in that order, -1 or - for no gold label"
        if self._chosen:
            known += f"; labels knows {', '.join(self._chosen)}"
        words = list(dict.fromkeys(map(_spelled, values)))
        nameable = [word for word in words if 0 < len(word) <= 30 and not set(word) & set("=,\n")] or ["WORD"]
        options = ",".join(f"{word}=LABEL" for word in nameable[:_N_SHOWN])
        return (
            f"{known}. Say what another word means with --labels {options}; in a study file, with `labels:` "
            "of the source."
        )


def say_unknown(
    unknown: Sequence[tuple[int, object]],
    what: str,
    faults: Faults,
    remedy: Callable[[Sequence[object]], str],
) -> None:
    """Reports words that mean no label: by row; if one recurs, as another set of labels, once.

    Args:
        unknown: Number of its line or row, and each word.
        what: What the words stand for, such as `label`.
        faults: Collects the faults.
        remedy: What to do about some words.
    """
    words: dict[str, list[int]] = {}
    for number, value in unknown:
        words.setdefault(shown(value), []).append(number)
    if all(len(numbers) == 1 for numbers in words.values()):
        advice = remedy([value for _, value in unknown])
        for number, value in unknown:
            faults.add(number, f"{what} {shown(value)} is not known", advice)
        return
    listed = [f"{word} in {counted(len(numbers), 'row')}" for word, numbers in words.items()]
    more = [f"{len(listed) - _N_SHOWN} more"] if len(listed) > _N_SHOWN else []
    faults.add(
        min(numbers[0] for numbers in words.values()),
        f"the file has {what}s that are not known: {', '.join([*listed[:_N_SHOWN], *more])}",
        remedy([value for _, value in unknown]),
    )


def _spelled(value: object) -> str:
    text = str(value).strip() if isinstance(value, str | int) else ""
    return text.lower() if isinstance(value, bool) else text


def _instead_of_a_word(value: object) -> str:
    """What to do about something in a label column that is no word; empty for a word."""
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return f"Write {NO_LABEL} where there is no gold label, or leave these rows out of the file."
    if isinstance(value, list | dict):
        return f"Say where in it the label is with columns, such as label=COLUMN{place_inside(value)}."
    return ""


#: Names under which programs write a label or an answer inside an object.
_WORDS_IN = ("label", "content", "text")


def place_inside(value: list[object] | dict[str, object]) -> str:
    """How to name the place of a word inside a list or an object, such as `[0].label`."""
    place = ""
    inside: object = value
    while isinstance(inside, list | dict) and inside:
        if isinstance(inside, list):
            place, inside = f"{place}[0]", inside[0]
        else:
            name = next((name for name in _WORDS_IN if name in inside), next(iter(inside)))
            place, inside = f"{place}.{str(name)[:30]}", inside[name]
    return place or (".NAME" if isinstance(value, dict) else "[0]")


def _label_or_none(theirs: str, ours: str, labels: Sequence[str], faults: Faults) -> str | None:
    if ours in labels:
        return ours
    if ours != NO_LABEL:
        faults.fail(
            f"labels: {theirs!r} is mapped to {ours!r}, which is not a label here",
            f"{nearest(ours, labels)} {NO_LABEL!r} leaves the row out.",
        )
    return None


def _unambiguous(meanings: Mapping[str, str | None]) -> dict[str, str | None]:
    """The words by their bare form, but for forms that two words of different meaning share."""
    by_form: dict[str, set[str | None]] = {}
    for word, label in meanings.items():
        by_form.setdefault(bare(word), set()).add(label)
    return {form: labels.pop() for form, labels in by_form.items() if len(labels) == 1}


def is_integer(word: str) -> bool:
    """Whether a label or a word for one is an integer."""
    return _INTEGER.fullmatch(word.strip()) is not None

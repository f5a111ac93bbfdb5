"""Which columns of a file are texts and which is the label, where no known task says so."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scotoma.tasks.reading.class_names import ClassName
from scotoma.tasks.reading.columns import TAGS
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import Record
from scotoma.tasks.reading.known_shapes import how_to_name
from scotoma.tasks.reading.label_words import NO_LABEL, bare
from scotoma.tasks.reading.paths import ABSENT, value_of
from scotoma.tasks.task import is_taken

#: A column with more values than this does not count as a label; nor does one whose values hardly recur.
_MOST_GUESSED = 20
_FEWEST_ROWS_A_LABEL = 3
#: A column that is called or said to be the label may have more, but it is a text or a number from here on.
_MOST_LABELS = 200

#: Pairs and texts as such files name them; where one is there whole, other columns are beside the point.
_TEXTS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("text",),
    ("sentence",),
)
_LABELS = ("label", "gold_label", "gold", "label_text")
_IDS = ("id", "pairID", "idx", "index")
#: Of a file whose own names cannot be a task's: one text, two texts.
_FIELDS = (("text",), ("first", "second"))

#: Several words, or a word that is not ASCII: Chinese and Japanese have no spaces, and ids are ASCII.
_IS_WORDED = re.compile(r"\S\s+\S|[^\W\d_\x00-\x7f]")


@dataclass(frozen=True)
class OwnColumns:
    """What a file holds.

    Attributes:
        columns: Fields of the task, in order, and `label`, each to the file's name for it.
        labels: Labels in the column, in the order of their integers or of the alphabet.
    """

    columns: dict[str, str]
    labels: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the task."""
        return tuple(name for name in self.columns if name != "label")


@dataclass
class _Column:
    """What is known of one column.

    Attributes:
        n: Number of values.
        n_worded: How many of them are several words.
        is_text: Whether all of them are text.
        is_single: Whether none of them is a list or a mapping.
        words: Up to one more than may be labels, by their bare form.
        codes: Integers of those that the file's schema names.
    """

    n: int = 0
    n_worded: int = 0
    is_text: bool = True
    is_single: bool = True
    words: dict[str, str] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def add(self, value: object) -> None:
        if value is None or value is ABSENT or value != value:
            return
        self.n += 1
        self.is_text = self.is_text and isinstance(value, str)
        self.n_worded += isinstance(value, str) and _IS_WORDED.search(value) is not None
        if not isinstance(value, str | int | float):
            self.is_single = False
            return
        word = _as_label(value)
        if word not in ("", NO_LABEL) and len(self.words) <= _MOST_LABELS:
            self.words.setdefault(bare(word), word)
            if isinstance(value, ClassName):
                self.codes[word] = int(value.code)

    @property
    def may_be_label(self) -> bool:
        n_distinct = len(self.words)
        recurs = self.n >= _FEWEST_ROWS_A_LABEL * n_distinct
        return self.is_single and recurs and 2 <= n_distinct <= _MOST_GUESSED

    @property
    def may_be_text(self) -> bool:
        return self.is_text and 2 * self.n_worded > self.n and not self.may_be_label

    def labels(self) -> tuple[str, ...]:
        if self.codes:  # what else stands there, such as -1, is no label
            return tuple(sorted(self.codes, key=lambda word: self.codes[word]))
        words = list(self.words.values())
        # More digits than a column of integers holds are a word, which int() may refuse to read.
        if all(re.fullmatch(r"-?[0-9]{1,19}", word) for word in words):
            return tuple(sorted(words, key=int))
        return tuple(sorted(words))


def own_columns(records: Iterable[Record], chosen: Mapping[str, str], faults: Faults) -> OwnColumns:
    """The columns of a file that a task of one's own is to have.

    Args:
        records: Rows of the file.
        chosen: What the user says: names of texts and `label`, to columns of the file or places in them; its
            texts are all that there are.
        faults: Says where the file is.

    Raises:
        ScotomaError: no column, or more than one choice of columns, may be the label or the texts.
    """
    known: dict[str, _Column] = {}
    n = 0
    for n, record in enumerate(records, start=1):
        if n == 1:
            known = {name: _Column() for name in (*record, *filter(None, chosen.values()))}
        for name, column in known.items():
            column.add(value_of(record, name))
    faults.raise_if_any()
    if not n:
        faults.fail("there are no rows", "Name a file with labelled examples.")
    label = _label(known, chosen, faults)
    texts = _texts(known, chosen, label, faults)
    labels = known[label].labels()
    if not (labels or known[label].is_single):
        faults.fail(
            f"column {label!r} holds lists or objects, and a row of a task has one label",
            f"Say where in it the label is with --columns, such as label={label}[0] or label={label}.NAME. "
            "If a row has several labels, make a task for each of them.",
        )
    if not 2 <= len(labels) <= _MOST_LABELS:
        many = f"more than {_MOST_LABELS}" if len(labels) > _MOST_LABELS else len(labels) or "no"
        different = "label" if len(labels) == 1 else "different labels"
        faults.fail(
            f"column {label!r} has {many} {different}; a task has 2 to {_MOST_LABELS}",
            "Say which column is the label with --columns label=NAME.",
        )
    return OwnColumns({**texts, "label": label}, labels)


def _label(known: Mapping[str, _Column], chosen: Mapping[str, str], faults: Faults) -> str:
    if "label" in chosen:
        return _chosen_column("label", chosen, known, faults)
    free = [name for name in known if name not in (*_IDS, *TAGS) and name not in chosen.values()]
    named = [name for name in free if name in _LABELS]
    candidates = named or [name for name in free if known[name].may_be_label]
    if len(candidates) > 1:
        faults.fail(
            f"columns {_listed(candidates)} may each be the label",
            f"Say which one with --columns label={candidates[0]}.",
        )
    single = [name for name in free if len(known[name].words) == 1 and known[name].is_single]
    if not candidates and single:
        (value,) = known[single[0]].words.values()
        faults.fail(
            f"every row has {value!r} in column {single[0]!r}; training data need at least two labels",
            "Add rows of the other labels, or say which other column is the label with --columns label=NAME.",
        )
    if not candidates:
        faults.fail(
            f"no column looks like a label (2 to {_MOST_GUESSED} values that recur); "
            f"the file has {_listed(known)}",
            how_to_name(["label"], list(known)).replace("with columns", "with --columns"),
        )
    return candidates[0]


def _texts(
    known: Mapping[str, _Column], chosen: Mapping[str, str], label: str, faults: Faults
) -> dict[str, str]:
    """The task's name for each text, to the file's."""
    own = {name: column for name, column in chosen.items() if name not in ("label", "id", *TAGS)}
    if own:
        return {name: _chosen_column(name, chosen, known, faults) for name in own}
    free = [name for name in known if name not in (label, *_IDS, *TAGS, *chosen.values())]
    usual = next((list(texts) for texts in _TEXTS if set(texts) <= set(free)), [])
    candidates = usual or [name for name in free if known[name].may_be_text]
    if len(candidates) > len(_FIELDS):
        faults.fail(
            f"columns {_listed(candidates)} may each be a text, and a task of more than two must be named",
            "Say which ones with --columns, such as "
            f"first={candidates[0]},second={candidates[1]},label={label}.",
        )
    if not candidates:
        faults.fail(
            f"no column looks like a text (several words in most rows); the file has {_listed(known)}",
            how_to_name(["text"], list(known)).replace("with columns", "with --columns"),
        )
    are_names = all(re.fullmatch(r"[^\W\d]\w*", name) and not is_taken(name) for name in candidates)
    fields: Sequence[str] = candidates if are_names else _FIELDS[len(candidates) - 1]
    return dict(zip(fields, candidates, strict=True))


def _chosen_column(name: str, chosen: Mapping[str, str], known: Mapping[str, _Column], faults: Faults) -> str:
    """The column that the user chose.

    Raises:
        ScotomaError: no row has it.
    """
    column = chosen[name]
    if not known[column].n:
        others = [one for one in known if one not in chosen.values()]
        faults.fail(
            f"the file has no {column!r} for {name}; it has {_listed(others)}",
            "Correct --columns.",
        )
    return column


def _as_label(value: object) -> str:
    """A value as a label is written: `true`, `1` for `1.0`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return bare(text) if re.fullmatch(r"[+-]?[0-9]+\.0+", text) else text


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name[:40]) for name in list(names)[:20])

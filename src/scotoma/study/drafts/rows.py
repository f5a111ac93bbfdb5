"""The files of a draft: read as a study reads them, and how many rows its trainings may take."""

import itertools
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.stages.check_splits import plain_texts
from scotoma.study.settings.sources import spell_out_source
from scotoma.tasks.reading.checking import Reading, check_records
from scotoma.tasks.reading.columns import find_columns
from scotoma.tasks.reading.hub import is_folder
from scotoma.tasks.reading.paths import head
from scotoma.tasks.reading.sources import source_of
from scotoma.tasks.task import Task

#: Most rows of a start and of an arm that a draft takes: more cost more, and a person may want that.
_MOST_IN_START, _MOST_IN_ARM = 10_000, 5_000
#: A generator's candidates for each row of the arm: not all are whole, or say the label they were asked for.
_CANDIDATES = 3
_FEWEST_TOKENS, _MOST_TOKENS = 32, 512


@dataclass(frozen=True)
class Rows:
    """A file that was read.

    Attributes:
        place: Path, `bundled:NAME` or `hub:NAME:SPLIT`, as it was given.
        columns: Names of texts and label, to the file's.
        beside: Names of an id or of tags that the user named otherwise, to the file's.
        meanings: The file's words to labels.
        reading: Its rows.
    """

    place: str
    columns: Mapping[str, str]
    beside: Mapping[str, str]
    meanings: Mapping[str, str]
    reading: Reading

    def described(self) -> str:
        """The columns, rows and labels, in a sentence."""
        texts = ", ".join(_named(ours, theirs) for ours, theirs in self.columns.items() if ours != "label")
        label = _named("label", self.columns["label"])
        by_label = self.reading.table["label"].value_counts(sort=True).sort("label").rows()
        counts = ", ".join(f"{word} ({n:,} rows)" for word, n in by_label)
        left_out = "".join(f"; left out: {n:,} ({why})" for why, n in self.reading.dropped.items())
        if len(self.columns) > 2:
            texts = f"texts {texts}"
        elif "text" not in self.columns:
            texts = f"text {texts}"
        sentence = f"{self.place}: {texts}; {label}: {counts}{left_out}."
        return " ".join([sentence, *self.reading.notes])

    def source(self, folder: Path) -> dict[str, Any]:
        """As a study file in this folder names it."""
        source = {
            **spell_out_source(path_from(folder, self.place)),
            "columns": {**self.columns, **self.beside},
        }
        return {**source, "labels": dict(self.meanings)} if self.meanings else source


@dataclass(frozen=True)
class Sizes:
    """Numbers of rows; None where the training data are still to be named.

    Attributes:
        start: Original rows of the start.
        arm: Rows of each arm.
        candidates: Rows to generate for each label.
        max_new_tokens: Tokens of the longest row that a generator may write.
    """

    start: int | None = None
    arm: int | None = None
    candidates: int | None = None
    max_new_tokens: int = 128


def path_from(folder: Path, place: str) -> str:
    """A path as a file in a folder names it; what is no path as it is."""
    kind, colon, rest = place.partition(":")
    if colon and kind in ("bundled", "pypi"):
        return place
    if kind == "hub":
        name, _, split = rest.rpartition(":")
        return f"hub:{path_from(folder, name)}:{split}" if is_folder(rest) else place
    return place if os.path.isabs(place) or place.startswith("~") else os.path.relpath(place, folder)


def read_rows(
    place: str,
    fields: Sequence[str],
    labels: Sequence[str],
    *,
    columns: Mapping[str, str],
    meanings: Mapping[str, str],
    drop_repeated: bool = False,
    symmetric: bool = False,
) -> Rows:
    """The rows of a file, every one checked.

    Args:
        place: Path, `bundled:NAME` or `hub:NAME:SPLIT`.
        fields: The task's texts.
        labels: Labels that may stand there.
        columns: Our names to the file's, where the file has them; names in common use are known.
        meanings: The file's words to labels.
        drop_repeated: Whether to drop every copy of a row that occurs more than once.
        symmetric: Whether a pair is the same as its mirror.

    Raises:
        ScotomaError: a column, a label or a row is wrong.
    """
    source = source_of(place)
    faults = source.faults()
    records = source.records(faults)
    first = next(records, None)
    header = list(first[1]) if first else []
    chosen = columns_present(columns, header)
    columns_found = find_columns(header, fields, chosen, faults) if first else {}
    reading = check_records(
        itertools.chain([first] if first else [], records),
        faults,
        name=source.stem,
        fields=fields,
        labels=labels,
        columns=chosen,
        meanings=meanings,
        drop_repeated=drop_repeated,
        symmetric=symmetric,
    )
    named = {name: columns_found.get(name, "") for name in (*fields, "label")}
    beside = {name: theirs for name, theirs in chosen.items() if name not in named}
    return Rows(place, named, beside, meanings, reading)


def columns_present(columns: Mapping[str, str], header: Collection[str]) -> dict[str, str]:
    """Those of the columns that a file has, or that the user wants left aside."""
    return {
        ours: theirs
        for ours, theirs in columns.items()
        if not theirs or theirs in header or head(theirs) in header
    }


def find_sizes(train: Rows, tests: Sequence[Rows], task: Task) -> Sizes:
    """How many rows a start and an arm can have, as many of every label.

    Raises:
        ScotomaError: there are too few rows of a label that are in no test set.
    """
    table = train.reading.table
    rows = plain_texts(table, task.fields, task.symmetric).insert_column(1, table["label"])
    for test in tests:
        other = plain_texts(test.reading.table, task.fields, task.symmetric)
        rows = rows.join(other, on=task.fields, how="anti")
    counts = {label: int((rows["label"] == label).sum()) for label in task.labels}
    scarcest = min(counts, key=lambda label: counts[label])
    n, n_labels = counts[scarcest], len(task.labels)
    if n < 2:
        raise ScotomaError(
            f"only {n} rows labelled {scarcest!r} are neither repeated nor in a test set",
            where=train.place,
            remedy="Give at least 2 of every label: one for the start checkpoint, one for the arms.",
        )
    start = min(n // 2, max(1, _MOST_IN_START // n_labels))
    arm = min(n - start, max(1, _MOST_IN_ARM // n_labels))
    return Sizes(start * n_labels, arm * n_labels, _CANDIDATES * arm, _tokens(table, task))


def _tokens(table: pl.DataFrame, task: Task) -> int:
    """A bound for the tokens of a row: few tokens are shorter than two characters."""
    length = pl.sum_horizontal(pl.col(field).str.len_chars() for field in task.fields)
    characters = int(table.select(length.max()).item()) + len(task.generator_text) + len(task.end_marker)
    return min(max(characters // 2, _FEWEST_TOKENS), _MOST_TOKENS)


def _named(ours: str, theirs: str) -> str:
    return ours if ours == theirs else f"{ours} (column {theirs})"

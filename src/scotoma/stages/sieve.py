"""What a written row must pass to be an example: one rule for what screens and for what writes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import polars as pl

from scotoma.models.endpoint import HALF_A_CHARACTER
from scotoma.study.settings.pieces import Screening
from scotoma.tasks import Rejected, Task
from scotoma.tasks.read_row import fields_given
from scotoma.tasks.reading.same_row import same_row

_Key = tuple[str, ...]


@dataclass
class Sieve:
    """Lets written rows through, one after another.

    Attributes:
        task: Task of the rows.
        rules: What is dropped.
        trained: Rows of the original training data, up to case and spacing.
        tested: Rows of the test sets, likewise.
        given: What was given of a real row that was read, by its id and field, without blanks around it.
        is_asked: Whether a server wrote the rows.
    """

    task: Task
    rules: Screening
    trained: frozenset[_Key]
    tested: frozenset[_Key]
    given: Mapping[str, Mapping[str, str]]
    is_asked: bool
    _seen: set[_Key] = field(default_factory=set, init=False)

    @classmethod
    def of(
        cls,
        task: Task,
        rules: Screening,
        corpus: pl.DataFrame,
        tests: Sequence[pl.DataFrame],
        *,
        reads: str | None,
        is_asked: bool,
    ) -> Self:
        """A sieve that holds rows against the original training data and the test sets.

        Args:
            task: Task of the rows.
            rules: What is dropped.
            corpus: The original training data.
            tests: The test sets.
            reads: What of a row of the training data was given for each row.
            is_asked: Whether a server wrote the rows.
        """

        def keys(tables: Sequence[pl.DataFrame]) -> frozenset[_Key]:
            return frozenset(
                same_row(row, task.fields, symmetric=task.symmetric)
                for table in tables
                for row in table.select(task.fields).iter_rows(named=True)
            )

        fields = fields_given(task, reads)
        given = {
            row["id"]: {field: row[field].strip() for field in fields}
            for row in (corpus.iter_rows(named=True) if fields else ())
        }
        return cls(task, rules, keys([corpus]), keys(tests), given, is_asked)

    def passed(self, text: str, label: str, read_row: str | None = None) -> dict[str, str]:
        """The texts of a row that passes, by field; later copies of it are then known as such.

        Args:
            text: The row as it was written.
            label: The label that was requested.
            read_row: Id of the real row that was read, if one was.

        Raises:
            Rejected: it does not; with the reason.
        """
        texts = self.task.parse(text, label)
        # Of a model here the mark stands for bytes that it wrote; of a server, for what was lost.
        if self.is_asked and HALF_A_CHARACTER in "".join(texts.values()):
            raise Rejected("half a character")
        texts_given = self.given.get(read_row, {}) if read_row else {}
        if any(texts[field] != was for field, was in texts_given.items()):
            raise Rejected("what it read is changed")
        key = same_row(texts, self.task.fields, symmetric=self.task.symmetric)
        if self.rules.identical == "drop" and len(key) > 1 and len(set(key)) == 1:
            raise Rejected("identical texts")
        if self.rules.leaks == "drop" and key in self.tested:
            raise Rejected("in a test set")
        if self.rules.copies == "drop" and key in self.trained:
            raise Rejected("copy of a training example")
        if self.rules.duplicates == "drop" and key in self._seen:
            raise Rejected("duplicate")
        self._seen.add(key)
        return texts

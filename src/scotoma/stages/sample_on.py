"""Lets a generator write on until enough rows of every label pass the screen.

In: the rows that it wrote at first, and what the screen holds rows against. Out: `raw.parquet`: these rows
and those that it wrote after them (see `sample`), of each label up to the row with which enough are kept; of
a server also what it was asked and answered for the latter. Costs what each further row costs.

A row is named by label and number, so what was written at first is not written again, and more rows are the
same rows and further ones. The labels are filled in turn, each against the ones before it, as the screen
reads them; so what passes here passes there.
"""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, TypeAdapter

from scotoma.basics.records import EXAMPLES, read_table
from scotoma.stages.ask_endpoint import AskEndpoint
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_rows import RowsToWrite
from scotoma.stages.sample import RAW, Raw, Sample, Writer, write_raw
from scotoma.stages.sample_prompted import SamplePrompted
from scotoma.stages.sieve import Sieve
from scotoma.store.costs import Cost
from scotoma.store.kept_lines import append_line, read_records
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.study.settings.models import Sampling, Until
from scotoma.study.settings.pieces import Screening
from scotoma.study.settings.servers import Server
from scotoma.tasks import Rejected, Task

First = Sample | SamplePrompted | AskEndpoint

#: Rows that are asked for at once. Fewer than a model writes side by side take nearly as long; after so many,
#: what was written is put on disk.
_LEAST, _MOST = 64, 4096

_WRITTEN = "written.jsonl"

#: A line there: the rows that were asked for at once.
_BATCH = TypeAdapter(Annotated[list[Raw], Field(min_length=1)])


class SampleOn(Step):
    """Raw rows, until enough of every label pass the screen or there are as many as may be.

    Attributes:
        first: The rows that were written at first.
        until: How many are to be kept, and how many may be written.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = False
    is_asked: ClassVar[bool] = False

    task: Task
    first: First
    until: Until
    screening: Screening
    corpus: ReadExamples
    tests: tuple[ReadExamples, ...]

    @property
    def reads(self) -> str | None:
        """The part of a real row that is given for each row that it writes."""
        return self.first.reads

    @property
    def round(self) -> int:
        """The round of its generator."""
        return self.first.round if isinstance(self.first, Sample) else 1

    @property
    def sampling(self) -> Sampling:
        """How it writes."""
        return self.first.sampling.model_copy(update={"until": self.until})

    @property
    def title(self) -> str:
        """Names the first rows, and how many are to be kept."""
        return f"{self.first.title}, until {self.until.kept:,} of each label are kept"

    def cost(self, forecast: Forecast) -> Cost:
        """As many further rows as there must be if all pass the screen."""
        n, first = self.first.sampling.candidates_per_label, self.first.cost(forecast)
        forecast.assume(
            "All written rows are assumed to pass the screen; if some do not, up to "
            f"{self.until.candidates:,} of each label are written."
        )
        more = self.until.kept / n - 1
        return Cost(more * first.tokens, more * first.flops, (1 + more) * first.size)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `raw.parquet`."""
        first = [Raw(*row) for row in read_table(inputs(self.first) / RAW).drop("id").rows()]
        sieve = Sieve.of(
            self.task,
            self.screening,
            read_table(inputs(self.corpus) / EXAMPLES),
            [read_table(inputs(test) / EXAMPLES) for test in self.tests],
            reads=self.reads,
            is_asked=self.is_asked,
        )
        rows: list[Raw] = []
        with self._writing(inputs, runtime, out) as write:
            for label in self.task.labels:
                rows += self._filled(label, [row for row in first if row.label == label], sieve, write)
        write_raw(rows, out)

    def _filled(self, label: str, rows: list[Raw], sieve: Sieve, write: Writer) -> list[Raw]:
        """The rows of a label, written on until enough of them pass."""
        n_kept = sum(_passes(sieve, row) for row in rows)
        while n_kept < self.until.kept and len(rows) < self.until.candidates:
            for row in write(RowsToWrite([label], self._next(len(rows), n_kept))):
                rows.append(row)
                n_kept += _passes(sieve, row)
                if n_kept == self.until.kept:
                    break
        return rows

    def _next(self, n: int, n_kept: int) -> range:
        """Numbers of the rows to write next, by the yield so far."""
        n_more = math.ceil((self.until.kept - n_kept) * n / max(n_kept, 1))
        return range(n, min(n + min(max(n_more, _LEAST), _MOST), self.until.candidates))

    @contextmanager
    def _writing(self, inputs: Callable[[Step], Path], runtime: Runtime, out: Path) -> Iterator[Writer]:
        """Writes further rows; those of an earlier attempt are not written again.

        The model is loaded once a row is wanted.
        """
        with ExitStack() as open:

            @cache
            def loaded() -> Writer:
                return open.enter_context(self.first.writing(inputs, runtime, out))

            def write(rows: RowsToWrite) -> list[Raw]:
                return loaded()(rows)

            yield write if runtime.checkpoints is None else _persisted(write, runtime.checkpoints / _WRITTEN)


class AskOn(SampleOn):
    """The same of a server."""

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    is_asked: ClassVar[bool] = True

    @property
    def endpoint(self) -> Server:
        """The server that is asked."""
        assert isinstance(self.first, AskEndpoint)
        return self.first.endpoint

    @contextmanager
    def _writing(self, inputs: Callable[[Step], Path], runtime: Runtime, out: Path) -> Iterator[Writer]:
        """What asks for further rows; answers are kept where they are asked for."""
        with self.first.writing(inputs, runtime, out) as write:
            yield write


def _passes(sieve: Sieve, row: Raw) -> bool:
    try:
        sieve.passed(row.text, row.label, row.read_row)
    except Rejected:
        return False
    return True


def _persisted(write: Writer, path: Path) -> Writer:
    """A writer whose rows are on disk before they are given, by label and first number."""
    known = _read(path)

    def remembered(request: RowsToWrite) -> list[Raw]:
        (label,), start = request.labels, request.numbers.start
        if (label, start) not in known:
            rows = write(request)
            append_line(json.dumps(rows), path)
            return rows
        return known[label, start]

    return remembered


def _read(path: Path) -> dict[tuple[str, int], list[Raw]]:
    """What was written."""
    return {(rows[0].label, rows[0].row): rows for rows in read_records(path, _batch)}


def _batch(line: bytes) -> list[Raw]:
    return _BATCH.validate_python(json.loads(line))

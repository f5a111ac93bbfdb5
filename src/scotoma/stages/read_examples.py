"""Reads one source of examples into a plain table.

In: a file, a bundled file, the hub, or a grammar. Out: `examples.parquet` (id, texts, label,
heuristic, subcase, template) and `reading.json` (rows kept, rows dropped and why). Costs seconds.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field

from scotoma.basics.errors import ScotomaError
from scotoma.basics.hub_names import HubName
from scotoma.basics.randomness import stream
from scotoma.basics.records import EXAMPLES, read_table, write_table
from scotoma.blindspots import BlindSpot
from scotoma.blindspots.checking import check_rows
from scotoma.stages.grammars import draw_rows, sketch_rows
from scotoma.stages.source_rows import N_LOOKED_AT, known_on_hub, smaller_source
from scotoma.store.costs import Cost, Rows
from scotoma.store.disk import sha256_of, sha256_of_folder
from scotoma.store.steps import Forecast, ForeseenRows, NotForeseeable, Runtime, Step
from scotoma.study.settings.base import Grown
from scotoma.study.settings.sources import Source
from scotoma.tasks.reading.bundled import bundled
from scotoma.tasks.reading.checking import Places, check_records
from scotoma.tasks.reading.examples import Reading, read_examples, read_hub
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.hub import is_folder, repository

#: Beside the rows: how many were kept and dropped, and why.
READING = "reading.json"


class ReadExamples(Step, Grown):
    """The rows of one source, checked and in one form.

    Attributes:
        symmetric: Whether a pair is the same row as its mirror, where that decides which rows stay.
        spot: The blind spot whose rows these are to be. It changes no row, so it is no part of the identity.
    """

    later: ClassVar[tuple[str, ...]] = ("symmetric",)

    version: ClassVar[int] = 2
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False

    source: Source
    fields: tuple[str, ...]
    labels: tuple[str, ...]
    repeated_pairs: Literal["keep", "drop"]
    seed: int
    symmetric: bool = False
    spot: BlindSpot | None = Field(None, exclude=True)

    @property
    def title(self) -> str:
        """Names the source."""
        return f"read {self.source_name}"

    @property
    def source_name(self) -> str:
        """The source, as messages call it."""
        source = self.source
        grammar = f"{source.origin} grammar, seed {self.seed}"
        return source.bundled or source.hub or (Path(source.file).name if source.file else grammar)

    @property
    def fetched(self) -> HubName | None:
        """The data set, where it is the hub's."""
        if not self._is_on_hub:
            return None
        return HubName("dataset", *repository((self.source.hub or "").rpartition(":")[0]))

    @property
    def _is_on_hub(self) -> bool:
        return self.source.hub is not None and not is_folder(self.source.hub)

    @property
    def is_own(self) -> bool:
        """Whether the rows are the user's, and come neither from a grammar nor with the package."""
        return not (self.source.is_grammar or self.source.bundled)

    def described(self, rows: str, dropped: Mapping[str, int], notes: Iterable[str]) -> str:
        """How the source was read, as in `train.tsv: 900 rows; left out: 2 (no gold label).`"""
        left_out = ", ".join(f"{n:,} ({reason})" for reason, n in dropped.items() if n)
        sentence = f"{self.source_name}: {rows}{f'; left out: {left_out}' if left_out else ''}."
        return " ".join([sentence, *notes])

    def cost(self, forecast: Forecast) -> Cost:
        """Size of its table on disk."""
        return Cost(size=self.rows(forecast).size)

    def rows(self, forecast: Forecast) -> Rows:
        """What is there or can be read; of a grammar some rows, and of the hub what is known of the paper's.

        Raises:
            Unknown: a data set on the hub that is not known and has not been read.
            ScotomaError: a file that cannot be read.
        """
        return forecast.once(("rows", *self._rows_named), lambda: self._some(forecast))

    @property
    def _rows_named(self) -> tuple[object, ...]:
        """What tells rows from others of their number and length, whatever the seed."""
        return (self.source.model_dump_json(),)

    def _some(self, forecast: Forecast) -> Rows:
        source, n, times = self.source, 0, 1.0
        if forecast.folder(self) is not None or not (source.is_grammar or self._is_on_hub):
            try:
                table = forecast.see(self).table
            except NotForeseeable:  # chosen by the study's own code: some of these
                table = self.whole().table
            n = table.height
        else:
            if source.hub is not None:
                n, source = known_on_hub(source.hub)
            smaller, times = smaller_source(source)
            table = self.model_copy(update={"source": smaller}).whole().table
            n = min(n or round(table.height * times), self.source.limit or sys.maxsize)
        sample = table.sample(min(N_LOOKED_AT, table.height), seed=0)
        return Rows(n, self.source.model_dump_json(), sample)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `examples.parquet` and `reading.json`."""
        reading = self._kept(self.read(), lambda step: read_table(inputs(step) / EXAMPLES))
        write_table(reading.table, out / EXAMPLES)
        counts: dict[str, object] = {"kept": reading.table.height, "dropped": reading.dropped}
        if reading.notes and not self.source.bundled:
            counts["notes"] = list(reading.notes)
        (out / READING).write_text(json.dumps(counts, indent=1) + "\n", encoding="utf8")

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """The rows; of a grammar what is known of them, of the hub only what lies on this machine.

        Raises:
            ScotomaError: the source cannot be read, or a row is at fault.
            NotForeseeable: the data set is not here, or the grammar tells nothing before it has written.
        """
        if self.source.is_grammar:
            sketch = self._as_meant(sketch_rows(self.source, self.fields))
            self.check(sketch.table)
            return ForeseenRows(sketch.table, has_texts=False, dropped=sketch.dropped)
        if self._is_on_hub:
            raise NotForeseeable("on the hub: the run fetches what is not here")
        reading = self._kept(self.read(), lambda step: see(step).rows)
        return ForeseenRows(reading.table, notes=reading.notes, dropped=reading.dropped)

    def alike(self) -> Self:
        """The same step of texts as long that are here, in place of rows of the paper's own on the hub.

        It has the key of this one, under which it is known that nothing can be seen.

        Raises:
            Unknown: the source is none of the paper's.
        """
        _, source = known_on_hub(self.source.hub or "")
        return self.model_copy(update={"source": source})

    def left_in(self, folder: Path) -> ForeseenRows:
        """What the step has left in its folder; not checked.

        Raises:
            ScotomaError, OSError, ValueError: it is not what it was.
        """
        table = read_table(folder / EXAMPLES)
        counts = json.loads((folder / READING).read_text(encoding="utf8"))
        return ForeseenRows(table, notes=tuple(counts.get("notes", ())), dropped=counts.get("dropped", {}))

    def _kept(self, reading: Reading, rows_of: Callable[[Step], pl.DataFrame]) -> Reading:
        """What stays of the rows: those that may, and no more than the limit."""
        reading = self._apart(reading, rows_of)
        table, limit = reading.table, self.source.limit
        if limit is not None and limit < table.height:
            chosen = stream(self.seed, "read", "limit").permutation(table.height)[:limit]
            table = table[sorted(chosen.tolist())]
        return replace(reading, table=table)

    def _apart(self, reading: Reading, rows_of: Callable[[Step], pl.DataFrame]) -> Reading:
        """What may be kept of the rows; `rows_of` gives those of an input step."""
        return reading

    def check(self, table: pl.DataFrame, codes: Mapping[str, str] | None = None) -> None:
        """Refuses rows that are not those of the blind spot they are read for.

        Raises:
            ScotomaError: a row names a strange heuristic, or contradicts what is known of it.
        """
        if self.spot is not None:
            problems = self._heuristics(table)
            where = self.source.file or self.title
            check_rows(self.spot, table, problems, source=self.source, codes=codes or {}, where=where)

    def _heuristics(self, table: pl.DataFrame) -> list[str]:
        """The heuristics that rows name themselves."""
        return table["heuristic"].to_list()

    def read(self) -> Reading:
        """The rows, and what was dropped.

        Raises:
            ScotomaError: the source cannot be read, a row is at fault or is none of the blind spot's.
        """
        reading = self.whole()
        self.check(reading.table, reading.codes)
        return reading

    def places(self) -> Places | None:
        """Positions of the rows in their source, for messages; None where they are not known."""
        try:
            return None if self.source.is_grammar else self.whole().places
        except (ScotomaError, OSError):
            return None

    def whole(self) -> Reading:
        """Every row of the source, whatever it tests.

        Raises:
            ScotomaError: the source cannot be read, or a row is at fault.
        """
        source, drop = self.source, self.repeated_pairs == "drop"
        if source.is_grammar:
            return self._as_meant(draw_rows(source, self.fields, self.seed))
        match source.origin:
            case "hub":
                assert source.hub is not None
                name, _, split = source.hub.rpartition(":")
                return read_hub(
                    name,
                    split,
                    fields=self.fields,
                    labels=self.labels,
                    columns=source.columns,
                    meanings=source.labels,
                    drop_repeated=drop,
                    symmetric=self.symmetric,
                )
            case _:
                path = bundled(source.bundled) if source.bundled else Path(source.file or "")
                hashed = sha256_of_folder if path.is_dir() else sha256_of
                if source.sha256 is not None and hashed(path) != source.sha256:
                    raise ScotomaError(
                        "the data file has changed since the study was planned",
                        where=str(path),
                        remedy="Put it back, or run the study again: it is planned with what is there now.",
                    )
                return read_examples(
                    path,
                    # Ids decide which rows an arm draws, and a file is known by its content alone.
                    name=source.sha256[:8] if source.file and source.sha256 else None,
                    fields=self.fields,
                    labels=self.labels,
                    columns=source.columns,
                    meanings=source.labels,
                    drop_repeated=drop,
                    symmetric=self.symmetric,
                )

    def _as_meant(self, written: pl.DataFrame) -> Reading:
        """What a grammar wrote, with its labels called as the source says."""
        if not self.source.labels:
            return Reading(written, {})
        return check_records(
            enumerate(written.iter_rows(named=True), 1),
            Faults(self.title, "row"),
            name=self.source.origin,
            fields=self.fields,
            labels=self.labels,
            columns={},
            meanings=self.source.labels,
            drop_repeated=False,
        )

"""Sources of rows: a file, a saved folder, `bundled:NAME`, `hub:NAME:SPLIT`, or a table in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.arrow_tables import decoded
from scotoma.tasks.reading.bundled import data_file
from scotoma.tasks.reading.class_names import decoders
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import Records, faults_of, read_frame, read_records, stem
from scotoma.tasks.reading.hub import PREFIX, read_split, split_stem


@dataclass(frozen=True)
class RowSource:
    """Rows by the name of the place they are in.

    Attributes:
        name: A path, `bundled:NAME`, or `hub:NAME:SPLIT` with a data set on the hub or in a folder.
    """

    name: str

    def faults(self) -> Faults:
        """Collects the faults of these rows.

        Raises:
            ScotomaError: the place is not of a known kind, or does not exist.
        """
        if self._is_hub:
            data, split = self._split()
            return Faults(f"{data}, split {split}", "row")
        return faults_of(self._path)

    def records(self, faults: Faults) -> Records:
        """The rows with their numbers.

        Raises:
            ScotomaError: the place is not there or damaged.
        """
        if self._is_hub:
            return read_split(*self._split(), faults)
        return read_records(self._path, faults)

    def frame(self, faults: Faults) -> pl.DataFrame | None:
        """The rows as texts if all lines are valid; None if they must be read one by one.

        Raises:
            ScotomaError: the place is not there or damaged.
        """
        return None if self._is_hub else read_frame(self._path, faults)

    @property
    def stem(self) -> str:
        """Prefix of ids, for rows that have none."""
        if self._is_hub:
            return split_stem(*self._split())
        return stem(self._path)

    @property
    def _is_hub(self) -> bool:
        return self.name.startswith(PREFIX)

    @property
    def _path(self) -> Path:
        return data_file(self.name)

    def _split(self) -> tuple[str, str]:
        data, _, split = self.name.removeprefix(PREFIX).rpartition(":")
        if not (data and split):
            raise ScotomaError(
                f"{self.name!r} names no split",
                remedy="Write hub:NAME:SPLIT, such as hub:nyu-mll/multi_nli:train.",
            )
        return data, split


@dataclass(frozen=True, eq=False)
class TableSource:
    """Rows of a table in memory.

    Attributes:
        name: Name of the rows in messages.
        table: The rows, with whatever columns a file might have.
        features: What `datasets` says of the columns; it gives names to the integers of class labels.
    """

    name: str
    table: pl.DataFrame
    features: Mapping[str, Any] = field(default_factory=dict)

    def faults(self) -> Faults:
        """Collects the faults of these rows."""
        return Faults(self.name, "row")

    def records(self, faults: Faults) -> Records:
        """The rows with their numbers, from 1, with class labels by their names."""
        return decoded(self.table.iter_rows(named=True), decoders(self.features), faults)

    def frame(self, faults: Faults) -> None:
        """None: cells of a table may be of any type, and are read one by one."""

    @property
    def as_it_is(self) -> pl.DataFrame | None:
        """The table; None if class labels in it must be read by their names."""
        return None if decoders(self.features) else self.table

    @property
    def stem(self) -> str:
        """Prefix of ids, for rows that have none."""
        return self.name

    def __str__(self) -> str:
        return self.name


#: Rows by the name of the place they are in, or themselves.
Place = str | Path | TableSource


def source_of(place: Place) -> RowSource | TableSource:
    """The reader of a place's rows."""
    return place if isinstance(place, TableSource) else RowSource(str(place))

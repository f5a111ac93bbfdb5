"""What every result has: frames, a record, and how it shows itself."""

import io
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from scotoma.api.words import arguments
from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import visible

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

#: Columns of a terminal, where a result is printed.
_WIDTH = 100


class Result(ABC):
    """Frames, a record, and a text; each kind of result has its own attributes beside these."""

    @property
    @abstractmethod
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Every frame of the result by its name; the same frames are attributes."""

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """Plain values for JSON, as the command prints them with `--json`."""

    @abstractmethod
    def _shown(self) -> "list[RenderableType]":
        """What the command prints."""

    @abstractmethod
    def _repr_html_(self) -> str:
        """What a notebook shows."""

    def to_pandas(self) -> "dict[str, pd.DataFrame]":
        """Every frame of `tables` as a pandas frame, by its name.

        Raises:
            ScotomaError: pandas is not installed.
        """
        try:
            return {name: frame.to_pandas() for name, frame in self.tables.items()}
        except ImportError as error:
            raise ScotomaError(
                f"a pandas frame needs {error.name or 'pandas'}, which is not installed",
                remedy="Run `pip install pandas`, or use the polars frames of `tables`.",
            ) from error

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(file=io.StringIO(), width=_WIDTH, markup=False, emoji=False, highlight=False)
        with console.capture() as printed:
            console.print(*self._shown(), sep="\n", crop=False)
        return visible(arguments(printed.get()).rstrip())

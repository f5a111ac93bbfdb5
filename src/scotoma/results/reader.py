"""Reads a study's results from a store: complete artifacts only, each table once."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from scotoma.basics.records import EXAMPLES, PREDICTIONS, read_table
from scotoma.stages.read_examples import READING
from scotoma.stages.screen import REJECTS, YIELD
from scotoma.store.steps import Step
from scotoma.store.store import Store

_REMEDY = "`scotoma run` with --remake makes it again."

#: Bytes of tables that are kept in memory; tables beyond it are read every time.
_KEPT = 2**28


class Reader(Store):
    """A store in which an artifact that was altered or half removed counts as missing.

    Ask `done` before anything is read of a step.

    Attributes:
        altered: Artifacts whose files have changed, in words.
    """

    def __init__(self, root: Path | str) -> None:
        super().__init__(root)
        self.altered: list[str] = []
        self._done: dict[str, bool] = {}
        self._tables: dict[str, pl.DataFrame] = {}
        self._free = _KEPT

    @classmethod
    def of(cls, store: Store) -> "Reader":
        """A reader of the same folder; the store itself if it is one, so that nothing is read again."""
        return store if isinstance(store, cls) else cls(store.root)

    @property
    def has_results(self) -> bool:
        """Whether any step of any study is done here."""
        return any(self.root.glob("done/*"))

    def is_there(self, step: Step) -> bool:
        """Whether the step was done here; `done` also asks whether its files are what they were."""
        return super().done(step)

    def done(self, step: Step) -> bool:
        """Whether the step's artifact is complete and unaltered since it was finished."""
        if step.key not in self._done:
            is_there = self.is_there(step)
            files = self.verify(step) if is_there else []
            if files:
                self.altered.append(f"{step.title}: {', '.join(files)} altered or missing. {_REMEDY}")
            self._done[step.key] = is_there and not files
        return self._done[step.key]

    def examples(self, step: Step) -> pl.DataFrame:
        """The rows that a step has left: originals, a pool, the data of an arm, a test set."""
        if step.key in self._tables:
            return self._tables[step.key]
        table = read_table(self.folder(step) / EXAMPLES)
        size = table.estimated_size()
        if size <= self._free:
            self._tables[step.key] = table
            self._free -= int(size)
        return table

    def predictions(self, step: Step) -> pl.DataFrame:
        """One model's answers."""
        return read_table(self.folder(step) / PREDICTIONS)

    def rejects(self, step: Step) -> pl.DataFrame:
        """What a screen dropped, with its reasons."""
        return read_table(self.folder(step) / REJECTS)

    def funnel(self, step: Step) -> dict[str, Any]:
        """How many rows came to a screen, how many it kept, and why it dropped the others."""
        return self._json(step, YIELD)

    def reading(self, step: Step) -> dict[str, Any]:
        """How a source was read: rows kept, rows dropped by reason, remarks."""
        return self._json(step, READING)

    def _json(self, step: Step, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder(step) / name).read_text(encoding="utf8"))
        return content

"""Reads one source of examples into a plain table.

In: a file, a bundled file, the hub, or a grammar. Out: `examples.parquet` (id, texts, label,
heuristic, subcase, template) and `reading.json` (rows kept, rows dropped and why). Costs seconds.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

import polars as pl

from scotoma.blindspots.hans import generate as generate_hans
from scotoma.microworld import blindspot_set, counter_pairs, draw_pairs
from scotoma.randomness import stream
from scotoma.records import to_table, write_table
from scotoma.settings import MicroworldDraw, Source
from scotoma.steps import Runtime, Step
from scotoma.tasks.bundled import bundled
from scotoma.tasks.readers import Reading, read_examples, read_hub


class ReadExamples(Step):
    """The rows of one source, checked and in one form."""

    version: ClassVar[int] = 1

    source: Source
    fields: tuple[str, ...]
    labels: tuple[str, ...]
    repeated_pairs: Literal["keep", "drop"]
    seed: int

    @property
    def title(self) -> str:
        """Names the source."""
        source = self.source
        grammar = f"{source.origin} grammar, seed {self.seed}"
        return f"read {source.bundled or source.hub or (Path(source.file).name if source.file else grammar)}"

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `examples.parquet` and `reading.json`."""
        reading = self._apart(self.read(), inputs)
        table = reading.table
        if self.source.limit is not None and self.source.limit < table.height:
            chosen = stream(self.seed, "read", "limit").permutation(table.height)[: self.source.limit]
            table = table[sorted(chosen.tolist())]
        write_table(table, out / "examples.parquet")
        counts = {"kept": table.height, "dropped": reading.dropped}
        (out / "reading.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf8")

    def _apart(self, reading: Reading, inputs: Callable[[Step], Path]) -> Reading:
        """What may be kept of the rows."""
        return reading

    def read(self) -> Reading:
        """The rows, and what was dropped."""
        source, drop = self.source, self.repeated_pairs == "drop"
        match source.origin:
            case "microworld":
                assert source.microworld is not None
                return Reading(self._draw_microworld(source.microworld), {})
            case "hans":
                assert source.hans is not None
                return Reading(to_table(generate_hans(source.hans.n_per_subcase, self.seed), self.fields), {})
            case "hub":
                assert source.hub is not None
                name, _, split = source.hub.rpartition(":")
                return read_hub(
                    name,
                    split,
                    fields=self.fields,
                    labels=self.labels,
                    columns=source.columns,
                    drop_repeated=drop,
                )
            case _:
                path = bundled(source.bundled) if source.bundled else Path(source.file or "")
                return read_examples(
                    path, fields=self.fields, labels=self.labels, columns=source.columns, drop_repeated=drop
                )

    def _draw_microworld(self, draw: MicroworldDraw) -> pl.DataFrame:
        if draw.part == "blindspot":
            return to_table(blindspot_set(draw.n, self.seed), self.fields)
        if draw.part == "counter":
            return to_table(counter_pairs(draw.n, self.seed), self.fields)
        assert draw.dial is not None
        return to_table(draw_pairs(draw.n, draw.dial, self.seed, draw.part), self.fields)

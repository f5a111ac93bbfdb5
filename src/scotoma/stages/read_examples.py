"""Reads one source of examples into a plain table.

In: a file, a bundled file, the hub, or a grammar. Out: `examples.parquet` (id, texts, label,
heuristic, subcase, template) and `reading.json` (rows kept, rows dropped and why). Costs seconds.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import polars as pl

from scotoma.blindspots.hans import generate as generate_hans
from scotoma.disk import sha256_of, sha256_of_folder
from scotoma.errors import ScotomaError
from scotoma.microworld import blindspot_set, counter_pairs, draw_pairs, draw_texts, marked_set
from scotoma.randomness import stream
from scotoma.records import Example, to_table, write_table
from scotoma.settings import MicroworldDraw, Source
from scotoma.steps import Runtime, Step
from scotoma.tasks.bundled import bundled
from scotoma.tasks.checking import check_records
from scotoma.tasks.faults import Faults
from scotoma.tasks.readers import Reading, read_examples, read_hub


class Grammar(NamedTuple):
    """What writes general data, by number, dial, seed and part, and a blind spot, by number and seed."""

    general: Callable[[int, float, int, str], list[Example]]
    blindspot: Callable[[int, int], list[Example]]


PAIRS, SENTIMENT = Grammar(draw_pairs, blindspot_set), Grammar(draw_texts, marked_set)


class ReadExamples(Step):
    """The rows of one source, checked and in one form."""

    version: ClassVar[int] = 2

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
        counts: dict[str, object] = {"kept": table.height, "dropped": reading.dropped}
        if reading.notes and not self.source.bundled:
            counts["notes"] = list(reading.notes)
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
                return self._as_meant(self._draw(source.microworld, PAIRS))
            case "sentiment":
                assert source.sentiment is not None
                return self._as_meant(self._draw(source.sentiment, SENTIMENT))
            case "hans":
                assert source.hans is not None
                return self._as_meant(
                    to_table(generate_hans(source.hans.n_per_subcase, self.seed), self.fields)
                )
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

    def _draw(self, draw: MicroworldDraw, grammar: Grammar) -> pl.DataFrame:
        if draw.part == "blindspot":
            return to_table(grammar.blindspot(draw.n, self.seed), self.fields)
        if draw.part == "counter":
            return to_table(counter_pairs(draw.n, self.seed), self.fields)
        assert draw.dial is not None
        return to_table(grammar.general(draw.n, draw.dial, self.seed, draw.part), self.fields)

"""Two models' answers to the same rows, for every arm and what it is compared with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import polars as pl

from scotoma.blindspots import BlindSpot
from scotoma.measures.cells import Cell, blindspot_cells
from scotoma.measures.rows import Rows, blindspot_rows
from scotoma.verdicts.pairs import Pair

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Evaluated

_TAGS = ("id", "gold", "heuristic", "subcase", "template")


@dataclass(frozen=True)
class PairedModels:
    """An arm and its reference on one blind spot.

    Attributes:
        start: Original examples the start had seen.
        arm: Name of the arm.
        reference: `start`, or the name of the model that it is compared with.
        blindspot: Blind spot whose rows they answer.
        pairs: One for each replicate that has both, with all their samples; `before` is the reference.
    """

    start: str
    arm: str
    reference: str
    blindspot: BlindSpot
    pairs: tuple[Pair, ...]


class Answers:
    """The answers of a study's models on its blind spots.

    All models of a study answer the same rows, so the rows, their gold labels and their cells are kept once;
    of each model 17 bytes a row.

    Args:
        blindspots: The study's.
        more: Names of models that are compared beside what is usual, and of those that each is compared with.
    """

    def __init__(self, blindspots: Sequence[BlindSpot], more: Sequence[tuple[str, str]] = ()) -> None:
        self._blindspots, self._more = blindspots, more
        self._asked: dict[str, tuple[pl.DataFrame, Mapping[str, Cell]]] = {}
        self._first: dict[str, Rows] = {}
        self._answers: dict[tuple[str, str, str], dict[int, list[Rows]]] = {}
        self._models: dict[tuple[str, str], Evaluated] = {}

    def add(self, model: "Evaluated", predictions: pl.DataFrame) -> None:
        """Takes one model's predictions; rows that other models were not asked are passed over."""
        start, arm = model.start, model.name
        self._models[start, arm] = model
        for blindspot in self._blindspots:
            part = predictions.filter(pl.col("test") == blindspot.name)
            table = part.select(_TAGS)
            if blindspot.name not in self._asked:
                cells = {cell.name: cell for cell in blindspot_cells(table, blindspot)}
                self._asked[blindspot.name] = table, cells
            if table.equals(self._asked[blindspot.name][0]):
                rows = blindspot_rows(part, blindspot).compact(self._first.get(blindspot.name))
                self._first.setdefault(blindspot.name, rows)
                by_replicate = self._answers.setdefault((blindspot.name, start, arm), {})
                by_replicate.setdefault(model.replicate, []).append(rows)

    def compared(self) -> Iterator[PairedModels]:
        """Every arm against its start, against the same amount of original data, and what else was named."""
        models = [model for model in self._models.values() if not model.repetition]
        starts = {model.start: model.name for model in models if model.arm.kind == "none"}
        originals = {
            (model.start, model.arm.n): model.name for model in models if model.arm.kind == "original"
        }
        for blindspot, model in product(self._blindspots, models):
            if model.arm.kind == "none":
                continue
            references = {"start": starts.get(model.start)}
            original = originals.get((model.start, model.arm.n))
            if original is not None and model.arm.kind != "original":
                references[original] = original
            references |= {
                other: other
                for arm, other in self._more
                if arm == model.name and (model.start, other) in self._models
            }
            for reference, name in references.items():
                pairs = () if name is None else tuple(self._pairs(blindspot.name, model, name))
                if pairs:
                    yield PairedModels(model.start, model.name, reference, blindspot, pairs)

    def _pairs(self, blindspot: str, model: "Evaluated", before: str) -> Iterator[Pair]:
        rows_before, rows_after = (self._whole(blindspot, model.start, arm) for arm in (before, model.name))
        table, cells = self._asked[blindspot]
        for replicate in sorted(rows_before.keys() & rows_after.keys()):
            (first, *others), (second, *further) = rows_before[replicate], rows_after[replicate]
            yield Pair(
                str(replicate),
                table,
                cells,
                first,
                second,
                more_before=tuple(others),
                more_after=tuple(further),
            )

    def _whole(self, blindspot: str, start: str, arm: str) -> dict[int, list[Rows]]:
        """An arm's answers in the replicates in which all its samples are there."""
        by_replicate = self._answers.get((blindspot, start, arm), {})
        n = self._models[start, arm].of_samples
        return {one: samples for one, samples in by_replicate.items() if len(samples) == n}

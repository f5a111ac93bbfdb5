"""Two models' answers to the same rows, for every arm and what it is compared with."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import polars as pl

from scotoma.blindspots import BlindSpot
from scotoma.measures.cells import Cell, blindspot_cells, general_cells
from scotoma.measures.rows import Rows, blindspot_rows, general_rows, general_rows_as
from scotoma.measures.tags import as_in
from scotoma.results.focus import on_the_task
from scotoma.study.claims import Claim
from scotoma.study.compared import claimed_pairs
from scotoma.study.study import Study
from scotoma.tasks import Task
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
        task: The same on a general test set, in a cell `all`: for each claim that goes beyond its change.
    """

    start: str
    arm: str
    reference: str
    blindspot: BlindSpot
    pairs: tuple[Pair, ...]
    task: Mapping[Claim, tuple[Pair, ...]] = field(default_factory=dict)


class Answers:
    """The answers of a study's models on its blind spots, and on the test sets that its claims go beyond.

    Args:
        study: The study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._spots = {spot.name: _OnOneTest.of_blindspot(spot) for spot in study.blindspots}
        self._tasks: dict[tuple[str, str], _OnOneTest] = {}
        self._of_claims: dict[Claim, _OnOneTest] = {}
        labels_of = {own.name: spot for spot in study.blindspots if (own := as_in(spot, study.task))}
        for claim in study.claims:
            if claim.beyond:
                cell = on_the_task(study, claim)
                kept = _OnOneTest.of_task(claim.beyond, study.task, labels_of.get(cell))
                self._of_claims[claim] = self._tasks.setdefault((claim.beyond, cell), kept)
        self._models: dict[tuple[str, str], Evaluated] = {}

    def add(self, model: "Evaluated", predictions: pl.DataFrame) -> None:
        """Takes one model's predictions; rows that other models were not asked are passed over."""
        self._models[model.start, model.name] = model
        for kept in (*self._spots.values(), *self._tasks.values()):
            kept.add(model, predictions.filter(pl.col("test") == kept.test))

    def compared(self) -> Iterator[PairedModels]:
        """Every arm against its start, against the same amount of original data, and what a claim names."""
        models = [model for model in self._models.values() if not model.repetition]
        starts = {model.start: model.name for model in models if model.arm.kind == "none"}
        originals = {
            (model.start, model.arm.n): model.name for model in models if model.arm.kind == "original"
        }
        more = claimed_pairs(self._study)
        for blindspot, model in product(self._study.blindspots, models):
            if model.arm.kind == "none":
                continue
            references = {"start": starts.get(model.start)}
            original = originals.get((model.start, model.arm.n))
            if original is not None and model.arm.kind != "original":
                references[original] = original
            references |= {
                other: other
                for arm, other in more
                if arm == model.name and (model.start, other) in self._models
            }
            for reference, name in references.items():
                before = None if name is None else self._models.get((model.start, name))
                pairs = () if before is None else tuple(self._spots[blindspot.name].pairs(before, model))
                if before is not None and pairs:
                    task = {
                        claim: tuple(kept.pairs(before, model))
                        for claim, kept in self._of_claims.items()
                        if claim.blindspot == blindspot.name
                    }
                    yield PairedModels(model.start, model.name, reference, blindspot, pairs, task)


class _OnOneTest:
    """The answers of a study's models on one test set.

    All models of a study answer the same rows, so the rows, their gold labels and their cells are kept once;
    of each model 17 bytes a row.

    Args:
        test: Name of the test set.
        read: The rows of a table of predictions.
        cells: The cells of these rows.
    """

    def __init__(
        self,
        test: str,
        read: Callable[[pl.DataFrame], Rows],
        cells: Callable[[pl.DataFrame], Iterator[Cell]],
    ) -> None:
        self.test = test
        self._read, self._cells_of = read, cells
        self._asked: pl.DataFrame | None = None
        self._cells: Mapping[str, Cell] = {}
        self._first: Rows | None = None
        self._answers: dict[tuple[str, str], dict[int, list[Rows]]] = {}

    @classmethod
    def of_blindspot(cls, spot: BlindSpot) -> "_OnOneTest":
        return cls(
            spot.name, lambda part: blindspot_rows(part, spot), lambda part: blindspot_cells(part, spot)
        )

    @classmethod
    def of_task(cls, test: str, task: Task, labels_of: BlindSpot | None) -> "_OnOneTest":
        """On a general test set, in the labels of the task or of a blind spot."""
        return cls(
            test,
            lambda part: general_rows_as(part, labels_of) if labels_of else general_rows(part, task),
            lambda part: general_cells(part, task.labels),
        )

    def add(self, model: "Evaluated", part: pl.DataFrame) -> None:
        """Takes one model's predictions, unless other models were not asked the same rows."""
        table = part.select(_TAGS)
        if self._asked is None:
            self._asked = table
            self._cells = {cell.name: cell for cell in self._cells_of(table)}
        if table.equals(self._asked):
            rows = self._read(part).compact(self._first)
            self._first = self._first or rows
            by_replicate = self._answers.setdefault((model.start, model.name), {})
            by_replicate.setdefault(model.replicate, []).append(rows)

    def pairs(self, before: "Evaluated", after: "Evaluated") -> Iterator[Pair]:
        """One for each replicate in which all samples of both are there."""
        if self._asked is None:
            return
        rows_before, rows_after = self._whole(before), self._whole(after)
        for replicate in sorted(rows_before.keys() & rows_after.keys()):
            (first, *others), (second, *further) = rows_before[replicate], rows_after[replicate]
            yield Pair(
                str(replicate),
                self._asked,
                self._cells,
                first,
                second,
                more_before=tuple(others),
                more_after=tuple(further),
            )

    def _whole(self, model: "Evaluated") -> dict[int, list[Rows]]:
        by_replicate = self._answers.get((model.start, model.name), {})
        return {one: samples for one, samples in by_replicate.items() if len(samples) == model.of_samples}

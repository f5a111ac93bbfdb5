"""Two models' answers to the same rows, for every arm and what it is compared with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from scotoma.arms.arm import REPETITION_MARK
from scotoma.blindspots import BlindSpot
from scotoma.measures import Cell, Rows, blindspot_cells, blindspot_rows
from scotoma.verdicts.pairs import Pair

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Evaluated

_TAGS = ("id", "gold", "heuristic", "subcase", "template")


@dataclass(frozen=True)
class Compared:
    """An arm and its reference on one blind spot.

    Attributes:
        start: Original examples the start had seen.
        arm: Name of the arm.
        reference: `start`, or the name of the original arm of the same size.
        blindspot: Whose rows they answer.
        pairs: One for each replicate that has both, with all their samples; `before` is the reference.
    """

    start: str
    arm: str
    reference: str
    blindspot: BlindSpot
    pairs: tuple[Pair, ...]


class Answers:
    """The answers of a study's models on its blind spots.

    All models of a study answer the same rows, so the rows and their cells are kept once.
    """

    def __init__(self, blindspots: Sequence[BlindSpot]) -> None:
        self._blindspots = blindspots
        self._asked: dict[str, tuple[pl.DataFrame, Mapping[str, Cell]]] = {}
        self._answers: dict[tuple[str, str, str], dict[int, list[Rows]]] = {}
        self._sizes: dict[tuple[str, str], int | None] = {}
        self._of_samples: dict[str, int] = {}

    def add(self, model: "Evaluated", predictions: pl.DataFrame) -> None:
        """Takes one model's predictions; rows that other models were not asked are passed over."""
        start, arm = model.start, model.name
        self._sizes[start, arm], self._of_samples[arm] = model.arm.n, model.of_samples
        for blindspot in self._blindspots:
            part = predictions.filter(pl.col("test") == blindspot.name)
            table = part.select(_TAGS)
            if blindspot.name not in self._asked:
                cells = {cell.name: cell for cell in blindspot_cells(table, blindspot)}
                self._asked[blindspot.name] = table, cells
            if table.equals(self._asked[blindspot.name][0]):
                by_replicate = self._answers.setdefault((blindspot.name, start, arm), {})
                by_replicate.setdefault(model.replicate, []).append(blindspot_rows(part, blindspot))

    def compared(self) -> Iterator[Compared]:
        """Every arm against its start and against as many originals, where both were evaluated."""
        arms = [
            (start, arm, n)
            for (start, arm), n in self._sizes.items()
            if arm != "none" and REPETITION_MARK not in arm
        ]
        for blindspot in self._blindspots:
            for start, arm, n in arms:
                references = {"start": "none"}
                if not arm.startswith("original-"):
                    references[f"original-{n}"] = f"original-{n}"
                for reference, name in references.items():
                    pairs = tuple(self._pairs(blindspot.name, start, name, arm))
                    if pairs:
                        yield Compared(start, arm, reference, blindspot, pairs)

    def _pairs(self, blindspot: str, start: str, before: str, after: str) -> Iterator[Pair]:
        ours, theirs = (self._whole(blindspot, start, arm) for arm in (before, after))
        table, cells = self._asked[blindspot]
        for replicate in sorted(ours.keys() & theirs.keys()):
            (first, *others), (second, *further) = ours[replicate], theirs[replicate]
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
        found = self._answers.get((blindspot, start, arm), {})
        return {one: samples for one, samples in found.items() if len(samples) == self._of_samples[arm]}

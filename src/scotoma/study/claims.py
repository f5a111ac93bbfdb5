"""What a study declares before its first run, to be judged."""

import math
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field, field_validator

from scotoma.basics.errors import nearest
from scotoma.blindspots import BlindSpot
from scotoma.measures import (
    CLAIMABLE,
    MEASURES,
    ON_THE_TASK,
    Claimable,
    Tags,
    higher_is_better,
    measured_in,
    name_from_user,
)
from scotoma.study.settings.base import Settings

#: Measures that a general test set has over all its rows, and that mean there what they mean on a blind spot.
_OF_THE_TASK = tuple(name for name in CLAIMABLE if name in ON_THE_TASK and MEASURES[name].better != "neither")


def margin_too_large(measure: str, margin: float) -> tuple[str, str] | None:
    """Why no change of a measure within 0 to 1 is as large as a margin, and what may be meant; else None.

    Points of a hundred are easily given in place of shares.
    """
    if MEASURES[measure].scale != "share" or margin <= 1:
        return None
    return (
        f"{measure} lies within 0 to 1, so no change of it is as large as a margin of {margin:g}",
        f"{margin:g} points of a hundred are {margin / 100:g}.",
    )


class Claim(Settings):
    """A statement declared before the first run, to be judged at every start and size the study has.

    A comparison of files declares its claims as these too, with the contrast `after - before`.
    """

    blindspot: str = Field(description="Name of one of the study's blind spots.")
    cell: str = Field(description="Cell to judge: heuristic/label, or all/label over heuristics.")
    measure: Claimable = Field(
        description="Measure to judge; all but accuracy, `accuracy_sum` and `log_odds` need a cell with both "
        "labels, such as `all`."
    )
    contrast: str = Field(
        description="What to compare: `ARM - original` at the same size, `ARM - start`, or `ARM - ARM`, as "
        "in `relabelled - synthetic`, `synthetic@3 - synthetic@1` of rounds, `synthetic+b - synthetic+a` of "
        "generators."
    )
    margin: Annotated[float, Field(gt=0)] = Field(
        description="Smallest difference that matters, in the measure's unit."
    )
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        description="Rate at which a false verdict is accepted, over all claims (Holm)."
    )
    beyond: str | None = Field(
        None, description="General test set whose change is subtracted: blind spot against task."
    )

    @field_validator("measure", mode="before")
    @classmethod
    def _use_present_name(cls, measure: Any) -> Any:
        return name_from_user(measure) if isinstance(measure, str) else measure

    @property
    def place(self) -> str:
        """What is judged, and where: `d_prime on hans all beyond matched`."""
        beyond = f" beyond {self.beyond}" if self.beyond else ""
        return f"{self.measure} on {self.blindspot} {self.cell}{beyond}"

    @property
    def most(self) -> float:
        """Largest change that there can be, in the measure's unit; infinite for a measure without ends.

        Beyond another test set's change, which may go the other way, it is twice that.
        """
        if MEASURES[self.measure].scale != "share":
            return math.inf
        return 1.0 if self.beyond is None else 2.0

    def misfits(self, blindspots: Iterable[BlindSpot], tests: Iterable[str]) -> Iterator[str]:
        """Why it could never be judged, whatever the study finds; `study.compared` says it of its contrast.

        Args:
            blindspots: The study's.
            tests: Names of its general test sets.
        """
        known = {spot.name: spot for spot in blindspots}
        if self.blindspot not in known:
            yield f"{self.blindspot!r} is not in this study. {nearest(self.blindspot, known)}"
        else:
            yield from self._misfits_of_cell(known[self.blindspot])
        if too_large := margin_too_large(self.measure, self.margin):
            yield ". ".join(too_large)
        if self.beyond is not None:
            if self.beyond not in tests:
                yield f"{self.beyond!r} is not a test set. {nearest(self.beyond, tests)}"
            if self.measure not in _OF_THE_TASK:
                yield f"`beyond` compares {', '.join(_OF_THE_TASK)}, not {self.measure}"

    def _misfits_of_cell(self, spot: BlindSpot) -> Iterator[str]:
        cells = measured_in(spot)
        groups = (*cells, "subcase:NAME", f"template:NAME/{spot.labels[1]}")
        # Which subcases and templates there are, only the rows can tell.
        cell = Tags.of(self.cell)
        of_rows = bool(cell.subcase) or (bool(cell.template) and cell.label in spot.labels)
        if self.cell not in cells and not of_rows:
            yield f"blind spot {spot.name} has no cell {self.cell!r}. {nearest(self.cell, groups)}"
        elif self.measure not in cells.get(self.cell, ("accuracy", "accuracy_sum", "log_odds")):
            measuring_cells = ", ".join(cell for cell, measures in cells.items() if self.measure in measures)
            yield f"{self.measure} is not measured in {self.cell}; it is in {measuring_cells}"
        elif higher_is_better(self.measure, self.cell, spot.target) is None:
            in_itself = MEASURES[self.measure].better == "neither"
            why = "in itself" if in_itself else f"in {self.cell}, which may mix labels"
            yield f"{self.measure} is neither good nor bad {why}"

"""The columns that identify a model in every table, and what its numbers can be traced to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from scotoma.arms.arm import SAMPLE_MARK
from scotoma.basics.records import PREDICTIONS
from scotoma.results.reader import Reader
from scotoma.study.study import Study

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Evaluated

#: What `arm` is made of. `kind` is that of the arm, `none` of the start itself; `generator` names the one
#: that wrote its rows, empty unless there are several; `round` is the round in which they were written.
#: A model that repeats another, with one thing changed that should not matter, says in `repetition` what was
#: changed, and to what (`batch_size-16`), and in `changed` what alone (`batch_size`); else both are empty.
TAGS: dict[str, type[pl.DataType]] = {
    "kind": pl.String,
    "generator": pl.String,
    "round": pl.Int64,
    "repetition": pl.String,
    "changed": pl.String,
}

#: Columns that say which model a row is about. `arm` is the model's name, for a person; `none` is the start
#: itself. `arm_n` is the arm's size in rows, null where it has none of its own.
MODEL_SCHEMA: dict[str, type[pl.DataType]] = {
    "replicate": pl.Int64,
    "start": pl.String,
    "arm": pl.String,
    "arm_n": pl.Int64,
    **TAGS,
}

#: Of a table with these columns, the rows of models that repeat another.
IS_REPETITION = pl.col("repetition") != ""


def row_of(model: "Evaluated", study: Study) -> tuple[object, ...]:
    """A model's values in the columns of `MODEL_SCHEMA`.

    Args:
        model: A model that the study compares.
        study: Says what its repetitions change.
    """
    changed = {repetition.name: repetition.kind for repetition in study.noise}.get(model.repetition, "")
    arm = model.arm
    of_arm = (arm.n, arm.kind, arm.generator or "", model.round)
    return model.replicate, model.start, model.name, *of_arm, model.repetition, changed


@dataclass(frozen=True)
class Model:
    """One evaluated model and what its numbers can be traced to.

    Attributes:
        replicate: Number of the run of the whole chain.
        start: Original examples the start had seen: a number, or `all`.
        arm: The arm's name; `none` is the start itself.
        arm_n: The arm's size in rows; None for `none` and for files.
        key: Key of the step that made the predictions; the name of its folder in the store.
        sha256: SHA-256 of the file of predictions; None where they are missing.
        sample: Number of the arm's disjoint sample that it was trained on.
        kind: Kind of the arm.
        generator: Name of the generator that wrote its rows; empty unless there are several.
        round: Round in which they were written.
        repetition: What was changed that should not matter, and to what; empty for a model that is not
            a repetition.
        changed: What was changed, such as `batch_size`; empty for a model that is not a repetition.
    """

    replicate: int
    start: str
    arm: str
    arm_n: int | None
    key: str
    sha256: str | None
    sample: int = 1
    kind: str = ""
    generator: str = ""
    round: int = 1
    repetition: str = ""
    changed: str = ""

    @property
    def name(self) -> str:
        """The arm's, from the second sample on with its number: `synthetic-1500#2`."""
        return self.arm if self.sample == 1 else f"{self.arm}{SAMPLE_MARK}{self.sample}"

    def __str__(self) -> str:
        return f"replicate {self.replicate}, start {self.start}, arm {self.name}"


def model_of(evaluated: "Evaluated", study: Study, reader: Reader) -> Model:
    """The model, with the hash of its predictions where they are done.

    Args:
        evaluated: One that the study compares.
        study: Says what its repetitions change.
        reader: Reader of the store with its predictions.
    """
    step = evaluated.predictions
    sha256 = reader.manifest(step)["files"][PREDICTIONS] if reader.done(step) else None
    row: dict[str, Any] = dict(zip(MODEL_SCHEMA, row_of(evaluated, study), strict=True))
    return Model(**row, key=step.key, sha256=sha256, sample=evaluated.sample)

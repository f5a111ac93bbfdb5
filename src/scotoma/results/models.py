"""The columns that say which model a row of a table is about."""

from typing import TYPE_CHECKING

import polars as pl

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
        model: One that the study compares.
        study: Says what its repetitions change.
    """
    changed = {repetition.name: repetition.kind for repetition in study.noise}.get(model.repetition, "")
    arm = model.arm
    of_arm = (arm.n, arm.kind, arm.generator or "", model.round)
    return model.replicate, model.start, model.name, *of_arm, model.repetition, changed

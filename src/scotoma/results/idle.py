"""Arms that should have left rows out and left none out: their models are those of arm `synthetic`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from scotoma.arms.supply import Supply
from scotoma.basics.errors import Unfillable
from scotoma.results.reader import Reader
from scotoma.results.shortages import in_replicates
from scotoma.stages.assemble import Assemble

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan


def idle(plan: "Plan", reader: Reader) -> Iterator[str]:
    """A sentence on each arm that has the same rows as arm `synthetic` of its size.

    The study need not have arm `synthetic`.

    Args:
        plan: Plan of the study.
        reader: Where rows of arms and pools are; arms whose rows are missing are left out.
    """
    idle_replicates: dict[tuple[str, str], dict[int, None]] = {}
    looked_at: dict[str, bool] = {}
    for model in plan.models:
        data = model.predictions.classifier.data
        if not isinstance(data, Assemble) or isinstance(data.arm, str) or not data.arm.idle or not data.pool:
            continue
        if data.key not in looked_at:
            are_done = reader.done(data) and reader.done(data.pool)
            looked_at[data.key] = are_done and _has_the_first_rows(data, reader)
        if looked_at[data.key]:
            idle_replicates.setdefault((model.model, data.arm.idle), {})[model.replicate] = None
    for (name, meaning), replicates in idle_replicates.items():
        where = in_replicates(tuple(replicates), plan.study.replicates)
        yield f"In {where} {name} has exactly the rows of an arm `synthetic` of its size: {meaning}."


def _has_the_first_rows(data: Assemble, reader: Reader) -> bool:
    """Whether an arm's rows are the first of the pool, with the labels they were written with."""
    rows = reader.examples(data).select("id", "label")
    supply = Supply(
        task=data.task,
        heuristic=None,
        seed=data.seed,
        called=data.called,
        kept_for_starts=0,
        sample=data.sample,
        corpus=pl.DataFrame(),
        written=reader.examples(data.pool) if data.pool else None,
    )
    try:
        first = supply.take(rows.height, written=supply.pool())
    except Unfillable:
        return False
    return set(rows.rows()) == set(first.select("id", "label").rows())

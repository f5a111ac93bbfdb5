"""What buys most precision for an hour, a replicate more or a sample, as far as samples that ran show it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from scotoma.basics.words import counted, duration, percent
from scotoma.results.focus import on_the_task
from scotoma.results.verdicts import Judgement
from scotoma.statistics.components import Components, components
from scotoma.statistics.intervals import LEVEL
from scotoma.store.store import Store

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Evaluated, Plan

#: Seconds that anything takes at the least.
_LEAST = 1e-3


@dataclass(frozen=True)
class Purchase:
    """What one more replicate, and one more sample in every replicate, do for one claim.

    Attributes:
        judgement: The claim, as far as it can be judged.
        parts: Variances of the claim's contrast.
        by_replicate: Share by which the interval becomes shorter, with one more replicate.
        by_sample: Share by which the interval becomes shorter, with one more sample in every replicate of
            each arm that has several.
    """

    judgement: Judgement
    parts: Components
    by_replicate: float
    by_sample: float


def precision(
    plan: "Plan", store: Store, judgements: Sequence[Judgement], sampled: pl.DataFrame
) -> list[str]:
    """Sentences: what a replicate and a sample cost, and what each is worth to every claim.

    Args:
        plan: Plan of the study.
        store: Store where the study has run in part; it records how long steps took.
        judgements: The study's claims, judged on what there is.
        sampled: Measures of single models, the columns of `scotoma.results.samples.SAMPLED_SCHEMA`.

    Returns:
        Nothing where no arm has several samples, or too little has run to tell.
    """
    of = {model.name: model.of_samples for model in plan.models if not model.repetition}
    bought = [one for one in (_purchase(plan, judgement, sampled, of) for judgement in judgements) if one]
    if not bought:
        return []
    costs = _costs(plan, store)
    seen = f"estimated from the samples of {counted(bought[0].parts.replicates, 'replicate')}"
    if costs is None:
        first = (
            f"What a replicate or a sample more buys, roughly, {seen}. How long they take is not known: the "
            "store has no timed run of some stage."
        )
    else:
        of_replicate, of_sample = map(duration, costs)
        several = ", ".join(arm.name for arm in plan.study.all_arms if arm.samples > 1)
        first = (
            f"What an hour buys, roughly, {seen}: one more replicate takes about {of_replicate} of one "
            f"worker's time; one more sample of {several}, in each of "
            f"{counted(plan.study.replicates, 'replicate')}, about {of_sample}."
        )
    return [first, *(_sentence(one, costs) for one in bought)]


def _sentence(one: Purchase, costs: tuple[float, float] | None) -> str:
    claim, judgement = one.judgement.claim, one.judgement
    beyond = f" beyond {claim.beyond}" if claim.beyond else ""
    by_replicate, by_sample = (percent(round(shorter, 2)) for shorter in (one.by_replicate, one.by_sample))
    return (
        f"{judgement.arm} against {judgement.reference}, start {judgement.start}, {claim.measure} on "
        f"{claim.cell}{beyond}: a replicate shortens the {percent(LEVEL)} interval by {by_replicate}, a "
        f"sample by {by_sample}" + (f"; for its time, {_better(one, costs)} buys more." if costs else ".")
    )


def _better(one: Purchase, costs: tuple[float, float]) -> str:
    """What shortens the interval more in the same time."""
    # Two shortenings multiply, so their logarithms are added.
    of_replicate, of_sample = (
        -math.log1p(-shorter) / seconds
        for shorter, seconds in zip((one.by_replicate, one.by_sample), costs, strict=True)
    )
    return "a replicate" if of_replicate >= of_sample else "a sample"


def _purchase(
    plan: "Plan", judgement: Judgement, sampled: pl.DataFrame, of: Mapping[str, int]
) -> Purchase | None:
    """What to buy for one claim; None where nothing of it has several samples, or too little ran.

    `of` has the number of samples of every arm.
    """
    reference = "none" if judgement.reference == "start" else judgement.reference
    if judgement.interval.mean is None or max(of[judgement.arm], of[reference]) < 2:
        return None
    on_task = on_the_task(plan.study, judgement.claim)
    arm_values, reference_values = (
        _values(judgement, arm, of[arm], sampled, on_task) for arm in (judgement.arm, reference)
    )
    both = sorted(arm_values.keys() & reference_values.keys())
    parts = components([arm_values[one] for one in both], [reference_values[one] for one in both])
    n = plan.study.replicates
    if parts is None or n < 2:
        return None

    def half(n: int, more: int) -> float:
        numbers = [one + more if one > 1 else one for one in (of[judgement.arm], of[reference])]
        return parts.half_width(n, *numbers, level=LEVEL)

    now = half(n, 0)
    return Purchase(judgement, parts, 1 - half(n + 1, 0) / now, 1 - half(n, 1) / now) if now else None


def _values(
    judgement: Judgement, arm: str, of_samples: int, sampled: pl.DataFrame, on_task: str
) -> dict[int, list[float]]:
    """The claim's measure in every sample of an arm, by replicate; those that have all samples."""
    claim = judgement.claim
    here = sampled.filter(
        pl.col("start") == judgement.start, pl.col("arm") == arm, pl.col("measure") == claim.measure
    )
    at = here.filter(pl.col("test") == claim.blindspot, pl.col("cell") == claim.cell)
    if claim.beyond:
        off = here.filter(pl.col("test") == claim.beyond, pl.col("cell") == on_task)
        off = off.select("replicate", "sample", off="value")
        at = at.join(off, on=["replicate", "sample"]).with_columns(value=pl.col("value") - pl.col("off"))
    grouped = at.drop_nulls("value").group_by("replicate").agg("value")
    return {replicate: values for replicate, values in grouped.iter_rows() if len(values) == of_samples}


def _costs(plan: "Plan", store: Store) -> tuple[float, float] | None:
    """Seconds of one more replicate, and of one more sample in each; None where a stage has not run once."""
    users: dict[str, list[Evaluated]] = {}
    for model in plan.models:
        for step in (model.predictions, *model.predictions.upstream):
            users.setdefault(step.key, []).append(model)
    own = [step for step in plan.steps if len({one.replicate for one in users.get(step.key, ())}) == 1]
    again = [step for step in own if all(one.sample == 2 for one in users[step.key])]
    took = {step.key: float(store.manifest(step)["seconds"]) for step in own if store.done(step)}
    by_stage: dict[str, list[float]] = {}
    for step in own:
        if step.key in took:
            by_stage.setdefault(step.stage, []).append(took[step.key])
    if any(step.stage not in by_stage for step in own):
        return None
    means = {stage: sum(known) / len(known) for stage, known in by_stage.items()}
    of_replicates, of_samples = (
        max(_LEAST, sum(took.get(step.key, means[step.stage]) for step in steps)) for steps in (own, again)
    )
    return of_replicates / plan.study.replicates, of_samples

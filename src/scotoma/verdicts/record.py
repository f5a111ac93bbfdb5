"""A judged claim as JSON: its keys, their types and meanings. The shipped JSON Schema is made from these."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from scotoma.measures import Claimable
from scotoma.statistics.verdict import Word


class Bounded(TypedDict):
    """A share of replicates and its exact one-sided bounds."""

    value: Annotated[float | None, Field(description="The share; null without replicates.")]
    low: Annotated[float | None, Field(description="Exact lower bound (Clopper and Pearson) for all seeds.")]
    high: Annotated[float | None, Field(description="Exact upper bound (Clopper and Pearson) for all seeds.")]


class OtherRows(TypedDict):
    """The Multi-Bootstrap interval, over replicates and test rows."""

    low: Annotated[float | None, Field(description="Lower end of the interval.")]
    high: Annotated[float | None, Field(description="Upper end of the interval.")]
    level: Annotated[float, Field(description="Two-sided coverage of the interval.")]
    clusters: Annotated[str, Field(description="What was drawn: template, subcase or row; else empty.")]
    reason: Annotated[str, Field(description="Why there is no interval; else empty.")]


class TwoModels(TypedDict):
    """The exact McNemar test of a single pair of models."""

    n: Annotated[int, Field(description="Rows that both models answered.")]
    lost: Annotated[int, Field(description="Rows right before and wrong after.")]
    gained: Annotated[int, Field(description="Rows wrong before and right after.")]
    p: Annotated[float | None, Field(description="Two-sided p; null without rows.")]
    reason: Annotated[str, Field(description="Why there is no p, or why it is 1 without a test; else empty.")]


class IfWrong(TypedDict):
    """Mean accuracy over all rows, where a row that a side did not answer counts as wrong there."""

    before: Annotated[float, Field(description="Mean accuracy before, over replicates.")]
    after: Annotated[float, Field(description="Mean accuracy after, over replicates.")]


class FindingRecord(TypedDict):
    """A declared claim and what the replicates say about it."""

    blindspot: Annotated[
        str, Field(description="Name of the blind spot, or other test set, that the claim is about.")
    ]
    cell: Annotated[
        str, Field(description="Part of the test set that the claim is about, such as `all/non-entailment`.")
    ]
    measure: Annotated[Claimable, Field(description="Measure that the claim is about.")]
    contrast: Annotated[str, Field(description="What the claim compares; `after - before` of two files.")]
    margin: Annotated[float, Field(description="The smallest change that matters.")]
    alpha: Annotated[float, Field(description="The rate at which a false verdict is accepted.")]
    beyond: Annotated[
        str | None, Field(description="Test set whose change is subtracted; null where none is.")
    ]
    estimate: Annotated[
        float | None, Field(description="Mean difference over replicates, in the measure's own direction.")
    ]
    low: Annotated[float | None, Field(description="Lower end of the interval of the estimate, at `level`.")]
    high: Annotated[float | None, Field(description="Upper end of the interval of the estimate, at `level`.")]
    level: Annotated[float, Field(description="Two-sided coverage of the interval from `low` to `high`.")]
    sd: Annotated[float | None, Field(description="Standard deviation of the differences.")]
    replicates: Annotated[int, Field(description="Replicates that have both sides.")]
    replicate_names: Annotated[list[str], Field(description="Names of these replicates.")]
    differences: Annotated[list[float], Field(description="After minus before, by replicate.")]
    before: Annotated[
        list[float], Field(description="The measure before, or in the reference, by replicate.")
    ]
    after: Annotated[list[float], Field(description="The measure after, or in the arm, by replicate.")]
    rates: Annotated[
        list[list[float]],
        Field(description="For d', by replicate: hit and false-alarm rate before, then after; else empty."),
    ]
    rows: Annotated[
        int, Field(description="Rows the measure is taken over; 0 for a difference of differences.")
    ]
    better: Annotated[
        Literal["up", "down"] | None, Field(description="Which direction is better; null where neither is.")
    ]
    higher_is_worse: Annotated[bool, Field(description="Whether a higher value is the worse one.")]
    verdict: Annotated[
        Word | None, Field(description="The verdict; null where there is none, and `reason` says why.")
    ]
    reason: Annotated[str, Field(description="Why there is no verdict; else empty.")]
    n_claims: Annotated[int, Field(description="Claims that were judged together.")]
    p: Annotated[float | None, Field(description="p of the nearest verdict, if this were the only claim.")]
    p_adjusted: Annotated[float | None, Field(description="That p after Holm's correction over all claims.")]
    verdict_alone: Annotated[Word | None, Field(description="The verdict if this were the only claim.")]
    verdict_interval: Annotated[
        list[float | None] | None,
        Field(description="Interval that was compared with the margin, signed so that up is better."),
    ]
    verdict_level: Annotated[float | None, Field(description="Two-sided coverage of `verdict_interval`.")]
    fell: Annotated[
        Bounded | None,
        Field(description="Share of replicates that moved for the worse by more than the margin."),
    ]
    rose: Annotated[
        Bounded | None,
        Field(description="Share of replicates that moved for the better by more than the margin."),
    ]
    looks: Annotated[list[int], Field(description="Replicates at each planned look; empty for one look.")]
    look: Annotated[
        int | None, Field(description="Replicates at the look that decided, or at the last one taken.")
    ]
    multi_bootstrap: Annotated[
        OtherRows | None,
        Field(description="Interval with test rows resampled too; null where the rows are not available."),
    ]
    mcnemar: Annotated[
        TwoModels | None, Field(description="Exact test of a single pair of files; null for all others.")
    ]
    if_wrong: Annotated[
        IfWrong | None,
        Field(description="Accuracy if rows without an answer count as wrong; null where there are none."),
    ]
    note: Annotated[str, Field(description="Further remarks for the reader; else empty.")]
    sentence: Annotated[str, Field(description="The finding in words.")]
    data: Annotated[str, Field(description="First digits of the SHA-256 of the predictions it rests on.")]
    signature: Annotated[str, Field(description="One line to paste, which `scotoma verify` checks.")]


class JudgementRecord(FindingRecord):
    """A declared claim, judged for one arm from one start."""

    start: Annotated[
        str, Field(description="Original examples that the start model had seen: a number, or `all`.")
    ]
    arm: Annotated[str, Field(description="Name of the arm.")]
    arm_n: Annotated[int | None, Field(description="Rows of the arm; null where it has no size of its own.")]
    reference: Annotated[
        str,
        Field(
            description="Model that the arm is compared with: `start`, or the original arm of the same size."
        ),
    ]


class FlipsRecord(TypedDict):
    """Answers of one replicate in one cell: right or wrong before, crossed with right or wrong after."""

    replicate: Annotated[str, Field(description="Name of the replicate.")]
    cell: Annotated[str, Field(description="Name of the cell.")]
    n: Annotated[int, Field(description="Rows of the cell.")]
    kept: Annotated[int, Field(description="Rows right before and after.")]
    lost: Annotated[int, Field(description="Rows right before and wrong after.")]
    gained: Annotated[int, Field(description="Rows wrong before and right after.")]
    missed: Annotated[int, Field(description="Rows wrong before and after.")]
    negative_flip_rate: Annotated[float | None, Field(description="Share of rows lost: lost / n.")]
    loss_rate: Annotated[
        float | None, Field(description="Share lost of the rows right before; null where none was right.")
    ]
    churn: Annotated[float | None, Field(description="Share of rows that flipped: (lost + gained) / n.")]
    net: Annotated[float | None, Field(description="Accuracy after minus accuracy before.")]
    lost_ids: Annotated[list[str], Field(description="Ids of the rows lost.")]
    gained_ids: Annotated[list[str], Field(description="Ids of the rows gained.")]

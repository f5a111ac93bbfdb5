"""Scores and comparisons as JSON: their keys, types and meanings. The shipped schemas are made from these."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from scotoma.verdicts.record import FindingRecord, FlipsRecord

if TYPE_CHECKING:
    from scotoma.audits.traits import Traits

#: Of each: the first number is raised when a key or a value changes its meaning, the second when a key is
#: added.
SCORE_VERSION, COMPARE_VERSION = "1.2", "2.2"

_VERSION = "Version of this schema; the second number counts new keys."


@dataclass(frozen=True, slots=True)
class CellScore:
    """One model on the rows of one label: those of a heuristic, or of all heuristics.

    Attributes:
        heuristic: Name of the heuristic; `all` over heuristics; empty for a subcase whose rows name none.
        label: The gold label of the rows.
        n: Number of rows.
        accuracy: Share of rows that are right (argmax, then merge).
        low: Lower end of the accuracy's Wilson interval.
        high: Upper end of the accuracy's Wilson interval.
        accuracy_sum: Share of rows that are right where probabilities are merged first; None without them.
        log_odds: Mean log odds of the target in nats; None without probabilities. On the side of the other
            label, higher is worse.
        log_odds_note: Why there are no log-odds, or a remark on them; else empty.
        margin: Deprecated, gone in version 0.4: `log_odds` by its former name.
        margin_note: Deprecated, gone in version 0.4: `log_odds_note` by its former name.
        unanswered: Further rows of the cell, which have no answer and are left out of the other numbers.
        accuracy_if_wrong: Accuracy if unanswered rows count as wrong: the least that it can be.
    """

    heuristic: str
    label: str
    n: int
    accuracy: float | None
    low: float | None
    high: float | None
    accuracy_sum: float | None
    log_odds: float | None
    log_odds_note: str
    margin: float | None
    margin_note: str
    unanswered: int
    accuracy_if_wrong: float | None


@dataclass(frozen=True, slots=True)
class SubcaseScore(CellScore):
    """One model on the rows of one label in one subcase of a heuristic.

    Attributes:
        subcase: The subcase's name.
    """

    subcase: str


@dataclass(frozen=True, slots=True)
class HeuristicScore:
    """Both labels of a heuristic together: what the model tells apart, and how it leans.

    Attributes:
        heuristic: Name of the heuristic; `all` over heuristics.
        n: Number of rows.
        accuracy: Share of rows that are right (argmax, then merge).
        hit_rate: Share of the target's rows called the target; None where there are none.
        false_alarm_rate: Share of the other rows called the target; None where there are none.
        d_prime: How well the labels are told apart, d', in standard deviations, log-linear
            correction; None where a side has no rows.
        d_prime_se: Standard error of d' if rows were independent.
        criterion: How the model leans, in standard deviations; below 0 is a lean to the target.
        criterion_se: Standard error of the criterion if rows were independent.
        auc: Chance that a target row is given a higher probability of the target than another row.
        reason: Why d' and criterion are not defined; else empty.
        auc_reason: Why AUC is not defined; else empty.
        worst_group_accuracy: Lowest accuracy among the labels' rows, of `all` in each heuristic.
        worst_group_note: Which group that is, and how many rows it has.
        macro_f1: Mean of the two labels' F1; None where a label has no rows.
        macro_f1_reason: Why macro-F1 is not defined; else empty.
        calibration_error: Expected calibration error over 15 bins of equal width; None without probabilities.
        calibration_reason: Why the calibration error is not defined; else empty.
    """

    heuristic: str
    n: int
    accuracy: float | None
    hit_rate: float | None
    false_alarm_rate: float | None
    d_prime: float | None
    d_prime_se: float | None
    criterion: float | None
    criterion_se: float | None
    auc: float | None
    reason: str
    auc_reason: str
    worst_group_accuracy: float | None
    worst_group_note: str
    macro_f1: float | None
    macro_f1_reason: str
    calibration_error: float | None
    calibration_reason: str


class UnansweredCell(TypedDict):
    """How many rows of a heuristic and label have no answer."""

    heuristic: Annotated[str, Field(description="Name of the heuristic; `all` over heuristics.")]
    label: Annotated[str, Field(description="The gold label of the rows.")]
    n: Annotated[int, Field(description="Rows without an answer.")]


class ScoreRecord(TypedDict):
    """One model's predictions on a blind spot."""

    schema: Annotated[str, Field(pattern=r"^1\.", description=_VERSION)]
    scotoma: Annotated[str, Field(description="Version that scored the predictions.")]
    blindspot: Annotated[str, Field(description="Name of the blind spot whose test set was predicted.")]
    n: Annotated[int, Field(description="Rows with an answer.")]
    target: Annotated[str, Field(description="The label that the heuristics predict.")]
    level: Annotated[float, Field(description="Two-sided coverage of every interval.")]
    source: Annotated[str, Field(description="Where the predictions are.")]
    format: Annotated[str, Field(description="What kind of file they are in, in words.")]
    notes: Annotated[
        list[str], Field(description="How the file was read and what was left out, in sentences.")
    ]
    unanswered: Annotated[
        list[UnansweredCell], Field(description="Cells with rows that have no answer; `all` first.")
    ]
    cells: Annotated[list[CellScore], Field(description="Each heuristic by label; `all` first.")]
    heuristics: Annotated[
        list[HeuristicScore], Field(description="Both labels of each heuristic; `all` first.")
    ]
    subcases: Annotated[list[SubcaseScore], Field(description="Each subcase of a heuristic by label.")]
    method: Annotated[dict[str, str], Field(description="How each number was made.")]


class UnansweredReplicate(TypedDict):
    """A replicate with rows that a side did not answer."""

    replicate: Annotated[str, Field(description="Name of the replicate.")]
    compared: Annotated[int, Field(description="Rows that both sides answered, which are compared.")]
    before: Annotated[dict[str, int], Field(description="By gold label, rows without an answer before.")]
    after: Annotated[dict[str, int], Field(description="By gold label, rows without an answer after.")]


class Data(TypedDict):
    """What was compared in a replicate: hashes that depend on neither the order of rows nor the format."""

    replicate: Annotated[str, Field(description="Name of the replicate.")]
    before: Annotated[str, Field(description="SHA-256 of the answers before.")]
    after: Annotated[str, Field(description="SHA-256 of the answers after.")]


class GateRecord(TypedDict):
    """Two checkpoints judged by their rows against the largest allowed fall."""

    cell: Annotated[str, Field(description="Cell whose accuracy was judged.")]
    max_drop: Annotated[float, Field(description="Largest allowed fall in accuracy.")]
    alpha: Annotated[float, Field(description="Rate at which FELL or HELD is wrong, over all cells.")]
    word: Annotated[
        Literal["FELL", "HELD", "OPEN"],
        Field(description="Whether it fell by more than allowed, did not, or the rows cannot tell."),
    ]
    n: Annotated[int, Field(description="Rows of the cell.")]
    lost: Annotated[int, Field(description="Rows right before and wrong after.")]
    gained: Annotated[int, Field(description="Rows wrong before and right after.")]
    change: Annotated[float | None, Field(description="Accuracy after less accuracy before.")]
    low: Annotated[float | None, Field(description="Lower end of the change's interval over rows.")]
    high: Annotated[float | None, Field(description="Upper end of the change's interval over rows.")]
    level: Annotated[float, Field(description="Two-sided coverage: 1 - 2 alpha / cells.")]
    sentence: Annotated[str, Field(description="The result, what it rests on, and what it does not say.")]


class TraitRecord(TypedDict):
    """Rows that have something in common, and how answers to them changed, compared with the others."""

    name: Annotated[str, Field(description="What they have in common.")]
    n: Annotated[int, Field(description="Rows with the trait.")]
    change: Annotated[float, Field(description="Mean change in accuracy on these rows.")]
    elsewhere: Annotated[
        float, Field(description="Mean change on rows of the same labels without the trait.")
    ]
    beyond: Annotated[float, Field(description="The difference of the two: below 0 accuracy fell further.")]
    p: Annotated[float, Field(description="Chance that any trait would stand out as much at random.")]


class TraitsRecord(TypedDict):
    """What the rows have in common on which answers changed differently than on others of the same label."""

    looked_at: Annotated[int, Field(description="Traits that enough rows have to be looked at.")]
    found: Annotated[
        list[TraitRecord], Field(description="Traits that stand out, each beyond those before it.")
    ]


def traits_record(traits: "Traits") -> TraitsRecord:
    """Plain values for JSON."""
    return {
        "looked_at": traits.n_looked_at,
        "found": [
            TraitRecord(
                name=one.name,
                n=one.n,
                change=one.change,
                elsewhere=one.elsewhere,
                beyond=one.beyond,
                p=one.p,
            )
            for one in traits.standing_out
        ],
    }


class ComparisonRecord(TypedDict):
    """Two models, or two recipes by their replicates, compared on a blind spot."""

    schema: Annotated[str, Field(pattern=r"^2\.", description=_VERSION)]
    scotoma: Annotated[str, Field(description="Version that compared the predictions.")]
    blindspot: Annotated[str, Field(description="Name of the blind spot whose test set was predicted.")]
    replicates: Annotated[int, Field(description="Pairs of one model before and one after.")]
    replicate_names: Annotated[list[str], Field(description="Names of the replicates, in order.")]
    notes: Annotated[
        list[str], Field(description="How the files were read and what was left out, in sentences.")
    ]
    unanswered: Annotated[
        list[UnansweredReplicate], Field(description="Replicates with rows that a side did not answer.")
    ]
    data: Annotated[list[Data], Field(description="By replicate, what the verdicts rest on.")]
    claims: Annotated[list[FindingRecord], Field(description="Each declared claim with its verdict.")]
    gates: Annotated[
        list[GateRecord],
        Field(
            description="For each claimed cell, the two checkpoints judged by rows; none without --max-drop."
        ),
    ]
    traits: Annotated[
        TraitsRecord | None, Field(description="Traits of rows whose answers changed; null without --traits.")
    ]
    flips: Annotated[list[FlipsRecord], Field(description="By replicate and cell, answers that flipped.")]
    method: Annotated[dict[str, str], Field(description="How each number was made.")]

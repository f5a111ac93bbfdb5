"""The record of an audit, as `scotoma audit --json` prints it: its keys, what they mean, its values.

The shipped JSON Schema is made from these.
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from scotoma import __version__
from scotoma.audits.agreement import Agreement
from scotoma.audits.associations import Association
from scotoma.audits.baselines import Baseline
from scotoma.audits.copies import Duplicates, Found
from scotoma.audits.diversity import Diversity
from scotoma.audits.result import Audit
from scotoma.audits.rules import Lengths
from scotoma.audits.summary import Judgement, judgements, summary
from scotoma.basics.described import as_json
from scotoma.statistics.association import Counts, uncorrected_odds_ratio

#: The first number is raised when a key changes its meaning, the second when one is added.
AUDIT_VERSION = "1.0"

#: How each number was computed, for readers of the record alone.
METHOD = {
    "unit": "the row, taken as independent: duplicated rows make every interval too narrow, and rows "
    "that share a premise are not independent either",
    "odds_ratio": "one half added to every cell (Haldane-Anscombe); Wald interval of the log odds ratio",
    "uncorrected_odds_ratio": "ad / bc of the counts; null where b or c is 0",
    "z": "(p(label | predicate) - p0) / sqrt(p0 (1 - p0) / n_predicate) with p0 = p(label) in this table; "
    "Gardner et al. 2021, Wu et al. 2022",
    "amplification": "odds ratio over the reference's; the variances of the two logarithms add, as for "
    "independent tables",
    "p_holm": "Holm over every odds ratio of the table; amplifications are a family of their own; "
    "intervals are not adjusted",
    "exact": "the same texts up to case, spacing and look-alikes: invisible characters, and other forms of a "
    "letter (NFKC)",
    "near": "not exact, and in every field a Jaccard index of at least .8 of 5-character shingles of the "
    "bare words: alike on the surface, though one word may reverse the meaning",
    "baselines": "five-fold cross-validation, stratified by label, rows with the same premise in one fold; "
    "Wilson interval",
}


class LabelRecord(TypedDict):
    """How common a label is."""

    n: Annotated[int, Field(description="Rows with the label.")]
    share: Annotated[float, Field(description="Share of all rows that have the label.")]
    reference_share: Annotated[
        float | None, Field(description="Share of the reference's rows that have it; null without one.")
    ]


class AssociationRecord(TypedDict):
    """How a predicate goes with a label, in the data and in the reference."""

    predicate: Annotated[str, Field(description="Name of the predicate.")]
    label: Annotated[str, Field(description="The label, against all others together.")]
    n: Annotated[int | None, Field(description="Rows with the label in which the predicate holds.")]
    n_predicate: Annotated[int | None, Field(description="Rows in which the predicate holds.")]
    n_label: Annotated[int | None, Field(description="Rows with the label.")]
    counts: Annotated[Counts | None, Field(description="Rows by predicate and label.")]
    uncorrected_odds_ratio: Annotated[
        float | None, Field(description="Odds ratio of the bare counts; null where it would be infinite.")
    ]
    odds_ratio: Annotated[
        float | None, Field(description="Odds that the predicate holds with the label, over those without.")
    ]
    low: Annotated[float | None, Field(description="Lower end of the odds ratio's interval.")]
    high: Annotated[float | None, Field(description="Upper end of the odds ratio's interval.")]
    p: Annotated[float | None, Field(description="Two-sided p of a true odds ratio of 1.")]
    p_holm: Annotated[
        float | None, Field(description="That p after Holm's correction over all odds ratios of the data.")
    ]
    z: Annotated[float | None, Field(description="The z statistic of Gardner et al. 2021.")]
    reason: Annotated[str, Field(description="Why there is no odds ratio; else empty.")]
    reference_odds_ratio: Annotated[float | None, Field(description="The odds ratio in the reference.")]
    reference_low: Annotated[
        float | None, Field(description="Lower end of the interval of the reference's odds ratio.")
    ]
    reference_high: Annotated[
        float | None, Field(description="Upper end of the interval of the reference's odds ratio.")
    ]
    reference_counts: Annotated[
        Counts | None, Field(description="Rows of the reference by predicate and label.")
    ]
    reference_reason: Annotated[
        str, Field(description="Why there is no odds ratio in the reference; else empty.")
    ]
    amplification: Annotated[
        float | None, Field(description="The data's odds ratio over the reference's: how much stronger.")
    ]
    amplification_low: Annotated[
        float | None, Field(description="Lower end of the amplification's interval.")
    ]
    amplification_high: Annotated[
        float | None, Field(description="Upper end of the amplification's interval.")
    ]
    amplification_p: Annotated[float | None, Field(description="Two-sided p of a true amplification of 1.")]
    amplification_p_holm: Annotated[
        float | None, Field(description="That p after Holm's correction over all amplifications.")
    ]
    amplification_reason: Annotated[str, Field(description="Why there is no amplification; else empty.")]


@dataclass(frozen=True, slots=True)
class Leaks(Found):
    """Rows of the data that also occur in any of the test sets.

    Attributes:
        by_test: By name of the test set, the rows that also occur in it.
    """

    by_test: dict[str, Found]


@dataclass(frozen=True, slots=True)
class BesideReference(Baseline):
    """How well the label can be predicted without understanding, in the data and in the reference.

    Attributes:
        reference: Baseline of the reference; None without one.
    """

    reference: Baseline | None = None


class AuditRecord(TypedDict):
    """Everything an audit found."""

    schema: Annotated[
        str, Field(pattern=r"^1\.", description="Version of this schema; the second number counts new keys.")
    ]
    scotoma: Annotated[str, Field(description="Version that made the audit.")]
    n: Annotated[int, Field(description="Rows with a label.")]
    level: Annotated[float, Field(description="Two-sided coverage of every interval.")]
    target: Annotated[str, Field(description="The label that the overlap heuristics predict.")]
    summary: Annotated[list[str], Field(description="The sentences that the terminal shows first.")]
    shortcuts: Annotated[
        list[Judgement], Field(description="Each predicate of overlap and each of your own, with the target.")
    ]
    script: Annotated[
        str, Field(description="How words were told apart in a script without spaces; else empty.")
    ]
    without_gold: Annotated[
        dict[str, int],
        Field(
            description="For `data` and `reference`: rows without a gold label, left out. A file that lost "
            "none is absent."
        ),
    ]
    notes: Annotated[
        dict[str, list[str]],
        Field(description="For `data` and `reference`: how the file was read, in sentences."),
    ]
    label_codes: Annotated[
        dict[str, dict[str, str]],
        Field(
            description="For `data` and `reference`: integer labels that were read in the order of the "
            "task's labels, and what they were taken for."
        ),
    ]
    labels: Annotated[dict[str, LabelRecord], Field(description="By label, how common it is.")]
    associations: Annotated[list[AssociationRecord], Field(description="Each predicate with each label.")]
    predicates: Annotated[dict[str, str], Field(description="By predicate, when it holds.")]
    unavailable: Annotated[
        dict[str, str], Field(description="By predicate that could not be evaluated, the reason.")
    ]
    length_cuts: Annotated[Lengths, Field(description="Where a text counts as short or long.")]
    duplicates: Annotated[Duplicates, Field(description="Rows that repeat an earlier one.")]
    leaks: Annotated[Leaks, Field(description="Rows that also occur in a test set.")]
    copies_of_reference: Annotated[
        Found | None, Field(description="Rows that also occur in the reference; null without one.")
    ]
    baselines: Annotated[
        dict[str, BesideReference],
        Field(
            description="`hypothesis_only` and `overlap_only`: how well the label is predicted from one text "
            "alone and from overlap alone, on rows that were not trained on."
        ),
    ]
    diversity: Annotated[Diversity, Field(description="How varied the texts are.")]
    agreement: Annotated[
        Agreement | None, Field(description="Agreement with another labeller; null without one.")
    ]
    method: Annotated[dict[str, str], Field(description="How each number was made.")]


def record(audit: Audit) -> dict[str, Any]:
    """Plain values for JSON: no NaN, no infinity; null where a number is not defined."""
    record: AuditRecord = {
        "schema": AUDIT_VERSION,
        "scotoma": __version__,
        "n": audit.n,
        "level": audit.level,
        "target": audit.target,
        "summary": summary(audit),
        "shortcuts": judgements(audit),
        "script": audit.script,
        "without_gold": dict(audit.without_gold),
        "notes": {name: list(notes) for name, notes in audit.notes.items()},
        "label_codes": {name: dict(codes) for name, codes in audit.label_codes.items()},
        "labels": _labels(audit),
        "associations": [_association(row) for row in audit.associations],
        "predicates": dict(audit.sentences),
        "unavailable": dict(audit.unavailable),
        "length_cuts": audit.lengths,
        "duplicates": audit.duplicates,
        "leaks": _leaks(audit),
        "copies_of_reference": audit.copies_of_reference,
        "baselines": _baselines(audit),
        "diversity": audit.diversity,
        "agreement": audit.agreement,
        "method": METHOD,
    }
    return as_json(AuditRecord, record)


def _labels(audit: Audit) -> dict[str, LabelRecord]:
    reference_counts = audit.reference_label_counts
    return {
        label: {
            "n": audit.label_counts[label],
            "share": audit.label_counts[label] / audit.n,
            "reference_share": reference_counts[label] / sum(reference_counts.values())
            if reference_counts
            else None,
        }
        for label in audit.labels
    }


def _leaks(audit: Audit) -> Leaks:
    leaks = audit.leaks
    return Leaks(leaks.exact, leaks.near, leaks.complete, leaks.examples, dict(audit.leaks_by_test))


def _baselines(audit: Audit) -> dict[str, BesideReference]:
    reference = audit.reference_baselines or {}
    return {
        name: BesideReference(**asdict(baseline), reference=reference.get(name))
        for name, baseline in audit.baselines.items()
    }


def _association(row: Association) -> AssociationRecord:
    counts = row.counts
    return {
        "predicate": row.predicate,
        "label": row.label,
        "n": counts.holds_label if counts else None,
        "n_predicate": counts.n_holds if counts else None,
        "n_label": counts.n_label if counts else None,
        "counts": counts,
        "uncorrected_odds_ratio": (
            uncorrected_odds_ratio(counts) if counts and not counts.undefined else None
        ),
        "odds_ratio": row.odds.value,
        "low": row.odds.low,
        "high": row.odds.high,
        "p": row.odds.p,
        "p_holm": row.p_holm,
        "z": row.z,
        "reason": row.odds.reason,
        "reference_odds_ratio": row.reference_odds.value,
        "reference_low": row.reference_odds.low,
        "reference_high": row.reference_odds.high,
        "reference_counts": row.reference_counts,
        "reference_reason": row.reference_odds.reason,
        "amplification": row.amplification.value,
        "amplification_low": row.amplification.low,
        "amplification_high": row.amplification.high,
        "amplification_p": row.amplification.p,
        "amplification_p_holm": row.amplification_p_holm,
        "amplification_reason": row.amplification.reason,
    }

"""What an audit found, and the record that `scotoma audit --json` prints."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scotoma.audit.agreement import Agreement
from scotoma.audit.association import Counts, uncorrected_odds_ratio
from scotoma.audit.associations import Association
from scotoma.audit.baselines import Baseline
from scotoma.audit.copies import Duplicates, Found
from scotoma.audit.rules import Lengths
from scotoma.audit.summary import judgements, summary

#: How each number was made, for whoever reads the record alone.
METHOD = {
    "unit": "the row, taken as independent: duplicated rows make every interval too narrow, and rows "
    "that share a premise are not independent either",
    "odds_ratio": "one half added to every cell (Haldane-Anscombe); Wald interval of the log odds ratio",
    "uncorrected_odds_ratio": "ad / bc of the counts; null where b or c is 0",
    "z": "(p(label | predicate) - p0) / sqrt(p0 (1 - p0) / n_predicate) with p0 = p(label) in this table; "
    "Gardner et al. 2021, Wu et al. 2022",
    "amplification": "odds ratio over the reference's; the variances of the two logarithms add, as for "
    "tables drawn apart",
    "p_holm": "Holm over every odds ratio of the table; amplifications are a family of their own; "
    "intervals are not adjusted",
    "exact": "the same texts up to case and spacing",
    "near": "not exact, and in every field a Jaccard index of at least .8 of 5-character shingles "
    "of the bare words: alike on the surface, though one word may turn the meaning round",
    "baselines": "five-fold cross-validation, rows with one premise in the same fold; Wilson interval",
}


@dataclass(frozen=True, slots=True)
class Audit:
    """Does a labelled table carry the shortcut, and how much more than a reference?

    Attributes:
        n: Rows.
        fields: Columns of text, in order.
        labels: Of the task, in order.
        target: The label that the overlap heuristics say.
        level: Two-sided coverage of every interval.
        label_counts: Rows of each label.
        reference_label_counts: Of the reference; None without one.
        associations: Every predicate with every label.
        sentences: When each predicate holds, to follow the word "where".
        unavailable: Predicates that could not be asked, each with the reason.
        lengths: Where short ends and long begins.
        duplicates: Rows that repeat.
        leaks: Rows that stand in any test set.
        leaks_by_test: In each test set.
        copies_of_reference: Rows that stand in the reference; None without one.
        baselines: By name.
        reference_baselines: Of the reference, by name; None without one.
        diversity: See `scotoma.audit.diversity`.
        agreement: With another labeller; None without one.
    """

    n: int
    fields: tuple[str, ...]
    labels: tuple[str, ...]
    target: str
    level: float
    label_counts: Mapping[str, int]
    reference_label_counts: Mapping[str, int] | None
    associations: tuple[Association, ...]
    sentences: Mapping[str, str]
    unavailable: Mapping[str, str]
    lengths: Lengths
    duplicates: Duplicates
    leaks: Found
    leaks_by_test: Mapping[str, Found]
    copies_of_reference: Found | None
    baselines: Mapping[str, Baseline]
    reference_baselines: Mapping[str, Baseline] | None
    diversity: Mapping[str, Any]
    agreement: Agreement | None

    def association(self, predicate: str, label: str | None = None) -> Association:
        """The association of a predicate with a label; with the target if none is named."""
        wanted = label or self.target
        return next(row for row in self.associations if (row.predicate, row.label) == (predicate, wanted))

    @property
    def n_repeated(self) -> int:
        """Rows that repeat an earlier one, exactly or nearly."""
        return self.duplicates.exact + self.duplicates.near

    def record(self) -> dict[str, Any]:
        """Plain values for JSON: no NaN, no infinity; null where a number is not defined."""
        return {
            "n": self.n,
            "level": self.level,
            "target": self.target,
            "summary": summary(self),
            "shortcuts": [asdict(judgement) for judgement in judgements(self)],
            "labels": self._labels(),
            "associations": [_association(row) for row in self.associations],
            "predicates": dict(self.sentences),
            "unavailable": dict(self.unavailable),
            "length_cuts": asdict(self.lengths),
            "duplicates": asdict(self.duplicates),
            "leaks": {
                **asdict(self.leaks),
                "by_test": {name: asdict(found) for name, found in self.leaks_by_test.items()},
            },
            "copies_of_reference": asdict(self.copies_of_reference) if self.copies_of_reference else None,
            "baselines": self._baselines(),
            "diversity": _plain(self.diversity),
            "agreement": asdict(self.agreement) if self.agreement else None,
            "method": METHOD,
        }

    def _labels(self) -> dict[str, Any]:
        theirs = self.reference_label_counts
        return {
            label: {
                "n": self.label_counts[label],
                "share": self.label_counts[label] / self.n,
                "reference_share": theirs[label] / sum(theirs.values()) if theirs else None,
            }
            for label in self.labels
        }

    def _baselines(self) -> dict[str, Any]:
        theirs = self.reference_baselines
        return {
            name: {**asdict(baseline), "reference": asdict(theirs[name]) if theirs else None}
            for name, baseline in self.baselines.items()
        }


def _association(row: Association) -> dict[str, Any]:
    return {
        "predicate": row.predicate,
        "label": row.label,
        "n": row.counts.holds_label if row.counts else None,
        **_side(row.counts),
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
        "reference_counts": asdict(row.reference_counts) if row.reference_counts else None,
        "reference_reason": row.reference_odds.reason,
        "amplification": row.amplification.value,
        "amplification_low": row.amplification.low,
        "amplification_high": row.amplification.high,
        "amplification_p": row.amplification.p,
        "amplification_p_holm": row.amplification_p_holm,
        "amplification_reason": row.amplification.reason,
    }


def _side(counts: Counts | None) -> dict[str, Any]:
    if counts is None:
        return {"n_predicate": None, "n_label": None, "counts": None, "uncorrected_odds_ratio": None}
    return {
        "n_predicate": counts.n_holds,
        "n_label": counts.n_label,
        "counts": asdict(counts),
        "uncorrected_odds_ratio": uncorrected_odds_ratio(counts) if not counts.undefined else None,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value

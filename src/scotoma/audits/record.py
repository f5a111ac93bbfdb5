"""The record of an audit, as `scotoma audit --json` prints it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from scotoma.audits.associations import Association
from scotoma.audits.result import Audit
from scotoma.audits.summary import judgements, summary
from scotoma.statistics.association import Counts, uncorrected_odds_ratio

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
    "baselines": "five-fold cross-validation, folds alike in their labels, rows with one premise in the same "
    "fold; Wilson interval",
}


def record(audit: Audit) -> dict[str, Any]:
    """Plain values for JSON: no NaN, no infinity; null where a number is not defined."""
    return {
        "n": audit.n,
        "level": audit.level,
        "target": audit.target,
        "summary": summary(audit),
        "shortcuts": [asdict(judgement) for judgement in judgements(audit)],
        "script": audit.script,
        "without_gold": dict(audit.without_gold),
        "notes": {name: list(notes) for name, notes in audit.notes.items()},
        "label_codes": {name: dict(codes) for name, codes in audit.label_codes.items()},
        "labels": _labels(audit),
        "associations": [_association(row) for row in audit.associations],
        "predicates": dict(audit.sentences),
        "unavailable": dict(audit.unavailable),
        "length_cuts": asdict(audit.lengths),
        "duplicates": asdict(audit.duplicates),
        "leaks": {
            **asdict(audit.leaks),
            "by_test": {name: asdict(found) for name, found in audit.leaks_by_test.items()},
        },
        "copies_of_reference": asdict(audit.copies_of_reference) if audit.copies_of_reference else None,
        "baselines": _baselines(audit),
        "diversity": _plain(audit.diversity),
        "agreement": asdict(audit.agreement) if audit.agreement else None,
        "method": METHOD,
    }


def _labels(audit: Audit) -> dict[str, Any]:
    theirs = audit.reference_label_counts
    return {
        label: {
            "n": audit.label_counts[label],
            "share": audit.label_counts[label] / audit.n,
            "reference_share": theirs[label] / sum(theirs.values()) if theirs else None,
        }
        for label in audit.labels
    }


def _baselines(audit: Audit) -> dict[str, Any]:
    theirs = audit.reference_baselines
    return {
        name: {**asdict(baseline), "reference": asdict(theirs[name]) if theirs else None}
        for name, baseline in audit.baselines.items()
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

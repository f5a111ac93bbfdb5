"""The audit in sentences, the worst thing found first: does the table carry a shortcut, how sure, against
what.

Harm, from the worst: the label can be predicted from one text alone, better than in the reference; rows of a
test set stand in the data; a predicate goes with a label, more than in the reference, or at all where there
is none; and what is no more than in the reference.
"""

import itertools
from dataclasses import dataclass
from typing import Literal

from scotoma.audits.associations import Association
from scotoma.audits.baselines import Baseline
from scotoma.audits.result import Audit
from scotoma.audits.rules import BUILT_IN, OVERLAP_RULES
from scotoma.basics.words import counted, percent, significant
from scotoma.blindspots.predicates.rules import the
from scotoma.statistics.association import Ratio

_N_NAMED = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the table says about one predicate and the target.

    Attributes:
        predicate: Name of the predicate.
        label: The target.
        carried: `yes`: they go together; `opposite`: they avoid each other; `not shown`: neither can
            be said; None: not defined. By the Holm-adjusted p.
        against_reference: `stronger`, `weaker` or `not shown`, by the Holm-adjusted p; None without a
            comparison.
        reason: Why something is None; else empty.
    """

    predicate: str
    label: str
    carried: Literal["yes", "opposite", "not shown"] | None
    against_reference: Literal["stronger", "weaker", "not shown"] | None
    reason: str


def judgements(audit: Audit) -> list[Judgement]:
    """One for every overlap heuristic and every predicate of the user's, with the target."""
    names = [row.predicate for row in audit.associations if row.label == audit.target]
    return [
        _judged(audit, audit.association(name))
        for name in names
        if name in OVERLAP_RULES or name not in BUILT_IN
    ]


def summary(audit: Audit) -> list[str]:
    """Sentences, the most important first; the first begins with Yes or No."""
    worst = [_label_from_one_text(audit), _leaked(audit), *_associated(audit)]
    problems = [sentence for sentence in worst if sentence]
    row = _headline(audit)
    if problems:
        sentences = [f"Yes. {problems[0]}", *problems[1:]]
        if row.predicate in OVERLAP_RULES and row is not _worst(audit):
            sentences += [_carried(audit, row), _against_reference(audit, row)]
    else:
        sentences = [f"{_negative_answer(audit, row)} {_carried(audit, row)}", _against_reference(audit, row)]
    sentences += [_certainty(audit), _left_out(audit), _baselines(audit), _no_leaks(audit)]
    return [sentence for sentence in sentences if sentence]


def _negative_answer(audit: Audit, row: Association) -> str:
    if row.odds.value is None:
        return "Not measured."
    if audit.reference_label_counts is None:
        return "No shortcut is shown."
    return "No shortcut is shown to be stronger than in the reference."


def _label_from_one_text(audit: Audit) -> str:
    """Sentence on how well one text alone gives the label, if better than in the reference or than usual."""
    data = audit.baselines["hypothesis_only"]
    reference = (audit.reference_baselines or {}).get("hypothesis_only")
    if data.accuracy is None or data.low is None or data.majority is None:
        return ""
    if reference is not None and reference.accuracy is not None:
        if data.low <= (reference.high or 0.0):
            return ""
    elif data.low < (1 + data.majority) / 2:  # less than half of what there is to know
        return ""
    return (
        f"{the(audit.fields[-1]).capitalize()} alone gives the label away: a small baseline that sees "
        "nothing "
        f"else is right {_baseline(audit, 'hypothesis_only', data, alone=False)}; always saying the "
        f"commonest label, {rounded_percent(data.majority)}."
    )


def _associated(audit: Audit) -> list[str]:
    """The strongest association with its numbers, against the reference; and the others that are stronger."""
    worst = _worst(audit)
    if worst is None:
        return []
    return [_carried(audit, worst), _against_reference(audit, worst), _other_associations(audit, worst)]


def _worst(audit: Audit) -> Association | None:
    """The association that teaches a label most: more than the reference's, or that the reference lacks.

    Without a reference, that of overlap with the target, if it is there.
    """
    alpha = 1 - audit.level
    carried = [row for row in audit.associations if (row.odds.value or 0) > 1 and _below(row.p_holm, alpha)]
    if audit.reference_label_counts is None:
        headline = _headline(audit)
        if headline in carried:
            return headline
        return max(carried, key=lambda row: row.odds.low or 0.0, default=None)
    stronger = [
        row
        for row in carried
        if row.amplification.value is None
        or (row.amplification.value > 1 and _below(row.amplification_p_holm, alpha))
    ]
    worst = max(stronger, key=lambda row: row.amplification.low or row.odds.low or 0.0, default=None)
    if worst is not None and worst.predicate in OVERLAP_RULES:
        # Forms of one shortcut: the one that reads words stands for all.
        alike = (row for row in stronger if (row.predicate, row.label) == ("overlap_word", worst.label))
        return next(alike, worst)
    return worst


def _below(p: float | None, alpha: float) -> bool:
    return p is not None and p < alpha


def _headline(audit: Audit) -> Association:
    """Overlap by bare words; where it has no number, the target's association surest not to be chance."""
    first = audit.association("overlap_word")
    if first.odds.value is not None:
        return first
    defined = [row for row in audit.associations if row.label == audit.target and row.odds.p is not None]
    return min(defined, key=lambda row: (row.odds.p or 0.0, -abs(row.z or 0.0)), default=first)


def _judged(audit: Audit, row: Association) -> Judgement:
    alpha = 1 - audit.level
    carried = _direction(row.odds, row.p_holm, alpha, ("yes", "opposite"))
    against = _direction(row.amplification, row.amplification_p_holm, alpha, ("stronger", "weaker"))
    reason = row.odds.reason or row.amplification.reason
    return Judgement(row.predicate, row.label, carried, against, reason)  # type: ignore[arg-type]


def _direction(ratio: Ratio, p: float | None, alpha: float, names: tuple[str, str]) -> str | None:
    if ratio.value is None or p is None:
        return None
    if p >= alpha:
        return "not shown"
    return names[0] if ratio.value > 1 else names[1]


def _carried(audit: Audit, row: Association) -> str:
    if row.counts is None or row.odds.value is None:
        return f"Whether the data carry the shortcut cannot be measured: {row.odds.reason}."
    carried = _judged(audit, row).carried
    opening = {
        "yes": f"The data carry the shortcut {row.predicate!r}",
        "opposite": f"The data defy the shortcut {row.predicate!r}",
        "not shown": f"The data are not shown to carry the shortcut {row.predicate!r}",
    }[carried or "not shown"]
    counts = row.counts
    with_label = _part(counts.holds_label, counts.n_label)
    with_other = _part(counts.holds_other, counts.n - counts.n_label)
    interval = f"{_interval(audit, row.odds)}, {_p(row.p_holm)} after Holm"
    ratio = f"{times(row.odds.value)} times those elsewhere ({interval})"
    if counts.is_infinite:
        ratio = (
            f"infinitely many times those elsewhere ({times(row.odds.value)} times if half a row is added to "
            f"each count; {interval})"
        )
    return (
        f"{opening}: where {audit.sentences[row.predicate]}, the odds of {row.label} are {ratio}. "
        f"It holds in {with_label} rows of {row.label} and in {with_other} others."
    )


def _against_reference(audit: Audit, row: Association) -> str:
    if audit.reference_label_counts is None:
        return (
            "No reference was given, so whether that is more than usual is not known: all natural data "
            "carry some of it. Name the original training data as the reference."
        )
    ratio = row.amplification
    if ratio.value is None:
        return f"It cannot be compared with the reference: {ratio.reason}."
    against_reference = _judged(audit, row).against_reference
    if against_reference == "not shown":
        opening = "It is not shown to be stronger or weaker than in the reference; their ratio is"
        closing = "The interval says how much stronger or weaker it may still be."
    elif against_reference == "stronger":
        opening, closing = (
            "It is stronger than in the reference,",
            "These data teach it more than the reference does.",
        )
    else:
        opening, closing = (
            "It is weaker than in the reference,",
            "These data teach it less than the reference does.",
        )
    reference_odds = times(row.reference_odds.value)
    return (
        f"{opening} {times(ratio.value)} times the reference's odds ratio of {reference_odds} "
        f"({_interval(audit, ratio)}, {_p(row.amplification_p_holm)} after Holm). {closing}"
    )


def _other_associations(audit: Audit, headline: Association) -> str:
    """The further associations that the reference has less of, the most amplified first."""
    if audit.reference_label_counts is None:
        return ""
    alpha = 1 - audit.level
    # A label's share rises where another's falls: only associations towards a label are named.
    stronger = [
        row
        for row in audit.associations
        if row is not headline
        and (row.odds.value or 0) > 1
        and (row.amplification.value or 0) > 1
        and row.amplification_p_holm is not None
        and row.amplification_p_holm < alpha
    ]
    if not stronger:
        return ""
    stronger.sort(key=lambda row: -(row.amplification.low or 0.0))
    named = [
        f"{row.predicate} with {row.label} ({times(row.amplification.value)} times)"
        for row in stronger[:_N_NAMED]
    ]
    more = f", and {len(stronger) - _N_NAMED} more" if len(stronger) > _N_NAMED else ""
    return f"Also stronger than in the reference: {', '.join(named)}{more}."


def _certainty(audit: Audit) -> str:
    sentences = [f"How certain: every interval treats the {audit.n:,} rows as independent draws."]
    if audit.n_repeated:
        at_least = "" if audit.duplicates.complete else "At least "
        sentences.append(
            f"{at_least}{_part(audit.n_repeated, audit.n)} rows repeat another "
            f"({audit.duplicates.exact:,} exactly, {audit.duplicates.near:,} nearly), "
            "so the intervals are too narrow."
        )
    else:
        sentences.append("None repeats another.")
    if audit.duplicates.conflicting:
        sentences.append(f"Texts that occur with different labels: {audit.duplicates.conflicting:,}.")
    copied = audit.copies_of_reference
    if copied is not None and copied.exact + copied.near:
        sentences.append(
            f"{_part(copied.exact + copied.near, audit.n)} rows also occur in the reference, exactly or "
            "nearly, while the comparison treats the two as independent."
        )
    return " ".join(sentences)


def _left_out(audit: Audit) -> str:
    if not audit.without_gold:
        return ""
    counts = (f"{counted(n, 'row')} of the {name}" for name, n in audit.without_gold.items())
    return f"Left out because they have no gold label: {' and '.join(counts)}."


def _baselines(audit: Audit) -> str:
    already_named = {"hypothesis_only"} if _label_from_one_text(audit) else set()
    measured = [
        _baseline(audit, name, baseline)
        for name, baseline in audit.baselines.items()
        if baseline.accuracy is not None and name not in already_named
    ]
    if not measured:
        return ""
    majority = next(b.majority for b in audit.baselines.values() if b.accuracy is not None)
    return (
        f"Without understanding, a small baseline gets the label right {' and '.join(measured)}; "
        f"always saying the commonest label, {rounded_percent(majority or 0.0)}."
    )


def _baseline(audit: Audit, name: str, baseline: Baseline, *, alone: bool = True) -> str:
    reference = audit.reference_baselines
    reference_accuracy = reference[name].accuracy if reference else None
    in_reference = (
        f", reference {rounded_percent(reference_accuracy)}" if reference_accuracy is not None else ""
    )
    sees = the(audit.fields[-1]) if name == "hypothesis_only" else "overlap"
    low, high = rounded_percent(baseline.low or 0.0), rounded_percent(baseline.high or 0.0)
    source = f"from {sees} alone " if alone else ""
    return f"{source}in {rounded_percent(baseline.accuracy or 0.0)} ({low} to {high}{in_reference})"


def _leaked(audit: Audit) -> str:
    if not audit.leaks.exact + audit.leaks.near:
        return ""
    return (
        f"Rows of {_test_sets(audit)} occur in the data: {audit.leaks.exact:,} exactly and "
        f"{audit.leaks.near:,} nearly. Remove them before training."
    )


def _no_leaks(audit: Audit) -> str:
    if not audit.leaks_by_test:
        return "No test sets were given, so leaks were not looked for."
    if audit.leaks.exact + audit.leaks.near:
        return ""
    return f"No row occurs in {_test_sets(audit)}, exactly or nearly."


def _test_sets(audit: Audit) -> str:
    n_sets = len(audit.leaks_by_test)
    return f"any of the {n_sets} test sets" if n_sets > 1 else "the test set"


def _interval(audit: Audit, ratio: Ratio) -> str:
    low, high = times(ratio.low), times(ratio.high)
    return f"{percent(audit.level)} interval {low} to {high}"


def times(value: float | None) -> str:
    """`12.3`, `.045`-like numbers to three digits, `1,234`; `none` for a number that is not defined."""
    if value is None:
        return "none"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _p(value: float | None) -> str:
    if value is None:
        return "no p"
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".", 1)


def rounded_percent(value: float) -> str:
    """`12.3 %`."""
    return f"{100 * value:.1f} %"


def _part(n: int, of: int) -> str:
    if not of or n >= of:
        return f"{n:,} of {of:,}"
    # Two digits, or as many as keep all but a few rows from being called all.
    shares = (significant(100 * n / of, digits) for digits in itertools.count(2))
    return f"{n:,} of {of:,} ({next(share for share in shares if share != '100')} %)"

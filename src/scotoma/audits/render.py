"""An audit on a terminal: sentences first, then the tables they rest on. Fits 80 columns."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from scotoma.audits.associations import Association
from scotoma.audits.copies import Found
from scotoma.audits.result import Audit
from scotoma.audits.rules import BUILT_IN
from scotoma.audits.summary import rounded_percent, summary, times
from scotoma.basics import words
from scotoma.basics.tables import captioned_table
from scotoma.statistics.association import Ratio


def render(audit: Audit) -> list[RenderableType]:
    """What to print. Text from data is never read as rich's markup."""
    shown: list[RenderableType] = []
    for index, sentence in enumerate(summary(audit)):
        shown.append(Text(f"{sentence}\n", style="bold" if index == 0 else ""))
    notes = _notes(audit)
    shown += [Text(note) for note in notes]
    # Below the sentences is an empty line already.
    shown.append(_associations(audit, apart=bool(notes)))
    shown += [Text(f"{name}: not available, {reason}.") for name, reason in audit.unavailable.items()]
    shown.append(Text(_about_lengths(audit)))
    shown.append(_labels(audit))
    shown.append(_copies(audit))
    shown.append(_variety(audit))
    if audit.agreement is not None:
        shown.append(Text(_agreement(audit)))
    return shown


def _notes(audit: Audit) -> list[str]:
    """How the files were read; of the data without their name."""
    script = [audit.script] if audit.script else []
    named = [(name, note) for name, notes in audit.notes.items() for note in notes]
    return script + [
        note if name == "data" else f"The {name}: {note[0].lower()}{note[1:]}" for name, note in named
    ]


def _associations(audit: Audit, *, apart: bool) -> Table:
    caption = (
        f"Odds ratio of label and predicate, {words.percent(audit.level)} interval; * p < "
        f"{1 - audit.level:.2g}"
    )
    reference = audit.reference_label_counts is not None
    numbers = ["rows", "odds ratio", *(["reference", "amplified"] if reference else [])]
    table = captioned_table(f"{caption} after Holm", ["predicate", "label"], numbers, apart=apart)
    # By default rich wraps names before numbers.
    table.columns[0].min_width = max(map(len, BUILT_IN))
    previous = ""
    for row in audit.associations:
        if row.predicate in audit.unavailable:
            continue
        cells = [row.predicate if row.predicate != previous else "", row.label, _rows(row)]
        odds = _ratio(row.odds, row.p_holm, audit.level)
        infinite = row.counts is not None and row.counts.is_infinite
        cells.append(f"infinite\n{odds}" if infinite else odds)
        if reference:
            cells.append(times(row.reference_odds.value))
            cells.append(_ratio(row.amplification, row.amplification_p_holm, audit.level))
        table.add_row(*map(Text, cells))
        previous = row.predicate
    return table


def _labels(audit: Audit) -> Table:
    reference_counts = audit.reference_label_counts
    table = captioned_table(
        "Label balance", ["label"], ["rows", "share", *(["reference"] if reference_counts else [])]
    )
    for label in audit.labels:
        cells = [
            label,
            f"{audit.label_counts[label]:,}",
            rounded_percent(audit.label_counts[label] / audit.n),
        ]
        if reference_counts:
            cells.append(rounded_percent(reference_counts[label] / sum(reference_counts.values())))
        table.add_row(*map(Text, cells))
    return table


def _copies(audit: Audit) -> Table:
    table = captioned_table("Rows that are copies", ["of a row in"], ["exactly", "nearly"])
    inside = audit.duplicates
    table.add_row("this file", f"{inside.exact:,}", _near(inside.near, inside.complete))
    copies: list[tuple[str, Found]] = list(audit.leaks_by_test.items())
    if audit.copies_of_reference is not None:
        copies.insert(0, ("the reference", audit.copies_of_reference))
    for name, copied in copies:
        table.add_row(Text(name), f"{copied.exact:,}", _near(copied.near, copied.complete))
    return table


def _variety(audit: Audit) -> Table:
    """At equal numbers of rows where there is a reference; else of the whole table."""
    equal = audit.diversity.at_equal_size
    caption = f"Variety of the texts, {equal.n:,} rows of each" if equal else "Variety of the texts"
    numbers = ["words", "types", "distinct-1", "distinct-2", "compression"]
    table = captioned_table(caption, ["field", "of"], numbers)
    for field in audit.fields:
        shown = {"data": audit.diversity.fields[field]}
        if equal:
            shown = {"data": equal.fields[field].data, "reference": equal.fields[field].reference}
        for name, one in shown.items():
            cells = (field, name, f"{one.mean_words:.1f}", f"{one.types:,}")
            ratios = (one.distinct_1, one.distinct_2, one.compression_ratio)
            table.add_row(*map(Text, cells), *(times(value) for value in ratios))
    return table


def _agreement(audit: Audit) -> str:
    agreed = audit.agreement
    if agreed is None or agreed.share.value is None:
        return "Label agreement: no row has both labels."
    interval = agreed.reason or f"{times(agreed.kappa_low)} to {times(agreed.kappa_high)}"
    kappa = (
        f"Cohen's kappa {times(agreed.kappa)} ({interval})"
        if agreed.kappa is not None
        else f"no kappa: {agreed.reason}"
    )
    by_label = ", ".join(
        f"{label} {rounded_percent(share.value)}"
        for label, share in agreed.by_label.items()
        if share.value is not None
    )
    share = f"{rounded_percent(agreed.share.value)} of {agreed.share.n:,} rows"
    sentence = f"The other labeller agrees in {share}; {kappa}. By label of the file: {by_label}."
    if agreed.turned_share is None:
        return sentence
    meanings = ", ".join(f"{one} means {other}" for one, other in agreed.turned.items() if one != other)
    return (
        f"{sentence} If its labels are in another order, so that {meanings}, it agrees in "
        f"{rounded_percent(agreed.turned_share)}: check the order (for a model, set it with --model-labels)."
    )


def _about_lengths(audit: Audit) -> str:
    cuts = audit.lengths
    return (
        f"Short is at most {cuts.short} words and long more than {cuts.long}: the tertiles of the "
        f"{cuts.taken_from}."
    )


def _rows(row: Association) -> str:
    return f"{row.counts.holds_label:,}" if row.counts else ""


def _ratio(ratio: Ratio, p: float | None, level: float) -> str:
    if ratio.value is None:
        return "none"
    star = "*" if p is not None and p < 1 - level else ""
    return f"{times(ratio.value)}{star}\n{times(ratio.low)}-{times(ratio.high)}"


def _near(n: int, complete: bool) -> str:
    return f"{n:,}" if complete else f"{n:,} or more"

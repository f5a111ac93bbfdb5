"""Scores and comparisons on a terminal: sentences first, then tables. Fits 80 columns."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from scotoma.basics.long_line import LongLine
from scotoma.basics.tables import captioned_table
from scotoma.basics.words import counted, number, p_value, percent, signed, with_interval
from scotoma.comparisons.comparing import Comparison
from scotoma.comparisons.record import CellScore, SubcaseScore
from scotoma.comparisons.scoring import Score
from scotoma.statistics.intervals import LEVEL
from scotoma.verdicts.judging import Finding

#: Notes on files that a comparison shows.
_N_NOTES = 4


def render_score(score: Score) -> list[RenderableType]:
    """What to print of one model. Text from data is never read as rich's markup."""
    spot = score.blindspot
    shown: list[RenderableType] = [
        Text(f"{score.n:,} rows of blind spot {spot.name} ({score.predictions.form}).", style="bold"),
        *(Text(note) for note in score.notes),
    ]
    has_log_odds = any(cell.log_odds is not None for cell in score.cells)
    caption = f"Accuracy with its {percent(score.level)} Wilson interval{_log_odds(score)}"
    shown.append(_cells(caption, score.cells))
    table = captioned_table(
        f"Sensitivity (d'), AUC and criterion (below 0: a lean to {spot.target}); d' and criterion "
        "with the log-linear correction",
        ["heuristic"],
        ["hits", "false alarms", "d'", "criterion", *(["AUC"] if has_log_odds else [])],
    )
    for both in score.heuristics:
        values = [both.hit_rate, both.false_alarm_rate, both.d_prime, both.criterion]
        values += [both.auc] if has_log_odds else []
        table.add_row(*map(Text, (both.heuristic, *(number(value) for value in values))))
    shown += [table, _over_labels(score, has_log_odds)]
    for reason in dict.fromkeys(both.reason for both in score.heuristics if both.reason):
        where = ", ".join(both.heuristic for both in score.heuristics if both.reason == reason)
        shown.append(Text(f"No d' in {where}: {reason}."))
    if not has_log_odds:
        shown.append(
            Text(
                "The predictions have no probabilities, so there is no AUC, no log-odds and no calibration "
                "error."
            )
        )
    if score.subcases:
        shown.append(_cells("Subcases", score.subcases))
    return shown


def _over_labels(score: Score, has_probabilities: bool) -> Table:
    """What weighs labels and groups alike, and how sure the model is."""
    also = ", and the expected calibration error (ECE)" if has_probabilities else ""
    table = captioned_table(
        f"Accuracy in the worst group of rows, a label within a heuristic; macro-F1{also}",
        ["heuristic"],
        ["worst group", "macro-F1", *(["ECE"] if has_probabilities else [])],
    )
    for both in score.heuristics:
        values = [both.worst_group_accuracy, both.macro_f1]
        values += [both.calibration_error] if has_probabilities else []
        table.add_row(*map(Text, (both.heuristic, *(number(value) for value in values))))
    return table


def render_comparison(comparison: Comparison) -> list[RenderableType]:
    """What to print of two sides. Text from data is never read as rich's markup."""
    shown: list[RenderableType] = [
        Text(f"{gate.word}: {gate.sentence}\n", style="bold") for gate in comparison.gates
    ]
    for finding in comparison.findings:
        shown.append(Text(f"{finding.word}: {finding.sentence}", style="bold"))
        shown.append(LongLine(finding.signature))
    shown += [Text(note) for note in comparison.notes[:_N_NOTES]]
    if len(comparison.notes) > _N_NOTES:
        more = counted(len(comparison.notes) - _N_NOTES, "more note")
        shown.append(Text(f"{more} on the files: see --json."))
    table = captioned_table(
        f"Change of each claim with {percent(LEVEL)} intervals: over replicates (t), and over replicates and "
        "rows (Multi-Bootstrap)",
        ["cell", "measure"],
        ["change, t", "Multi-Bootstrap", "p, Holm"],
        apart=bool(comparison.notes),  # below a signature is an empty line already
    )
    for finding in comparison.findings:
        interval, rows = finding.interval, _with_other_rows(finding)
        p = finding.judged.p_adjusted if finding.judged else None
        change = with_interval(interval.mean, interval.low, interval.high)
        cells = (finding.claim.cell, finding.claim.measure, change, rows, number(p))
        table.add_row(*map(Text, cells))
    shown += [table, *_traits(comparison), _flips(comparison)]
    shown.append(Text("\nThe ids of all rows that flipped, and more cells, are in --json."))
    return shown


def _traits(comparison: Comparison) -> list[RenderableType]:
    """What the rows have in common on which accuracy changed most; nothing if that was not asked."""
    if comparison.traits is None:
        return []
    looked_at = counted(comparison.traits.n_looked_at, "trait")
    if not comparison.traits.standing_out:
        return [
            Text(f"\nOf {looked_at} of rows (words, overlap, length) none stands out: no blind spot found.")
        ]
    table = captioned_table(
        f"What lost rows have in common, among {looked_at} examined: accuracy with the trait, and elsewhere "
        "on rows of the same label; each without the rows of those above it. Found by searching, so confirm "
        "it on other rows",
        ["trait"],
        ["rows", "change", "elsewhere", "beyond", "p"],
    )
    for one in comparison.traits.standing_out:
        changes = (signed(value) for value in (one.change, one.elsewhere, one.beyond))
        table.add_row(*map(Text, (one.name, f"{one.n:,}", *changes, p_value(one.p))))
    return [table]


def _with_other_rows(finding: Finding) -> str:
    resampled = finding.resampled
    if resampled is None or resampled.low is None:
        return f"none: {resampled.reason}" if resampled else "none"
    return f"{with_interval(finding.interval.mean, resampled.low, resampled.high)} by {resampled.clusters}"


def _flips(comparison: Comparison) -> Table:
    """All cells of a single pair; of more replicates, the claimed cells of each."""
    table = captioned_table(
        "Answers that changed; negative flips: right before and wrong after, as a share of all rows",
        ["replicate", "cell"],
        ["rows", "lost", "gained", "negative flips", "churn"],
    )
    claimed = {finding.claim.cell for finding in comparison.findings}
    for flip in comparison.flips:
        counts = flip.counts
        if len(comparison.replicates) > 1 and counts.cell not in claimed:
            continue
        rates = (number(counts.negative_flip_rate), number(counts.churn))
        numbers = (f"{counts.n:,}", f"{counts.lost:,}", f"{counts.gained:,}", *rates)
        table.add_row(*map(Text, (flip.replicate, counts.cell, *numbers)))
    return table


def _cells(caption: str, cells: Sequence[CellScore]) -> Table:
    """Cells or subcases, with log-odds where there are probabilities, and with rows left out if any are."""
    has_log_odds = any(cell.log_odds is not None for cell in cells)
    kind = "subcase" if any(isinstance(cell, SubcaseScore) for cell in cells) else "heuristic"
    has_unanswered = any(cell.unanswered for cell in cells)
    numbers = ["rows", "accuracy", "interval", *(["log-odds"] if has_log_odds else [])]
    numbers += ["unanswered", "if wrong"] if has_unanswered else []
    table = captioned_table(caption, [kind, "label"], numbers)
    for cell in cells:
        values = [f"{cell.n:,}", number(cell.accuracy, digits=4), _interval(cell)]
        values += [number(cell.log_odds, digits=2)] if has_log_odds else []
        values += [f"{cell.unanswered:,}", number(cell.accuracy_if_wrong, digits=4)] if has_unanswered else []
        name = cell.subcase if isinstance(cell, SubcaseScore) else cell.heuristic
        table.add_row(*map(Text, (name, cell.label, *values)))
    return table


def _log_odds(score: Score) -> str:
    if all(cell.log_odds is None for cell in score.cells):
        return ""
    return f"; log-odds: mean log odds of {score.blindspot.target}, in nats"


def _interval(cell: CellScore) -> str:
    return "none" if cell.low is None else f"{number(cell.low, digits=4)}-{number(cell.high, digits=4)}"

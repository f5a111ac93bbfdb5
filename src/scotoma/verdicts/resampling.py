"""The Multi-Bootstrap interval of a claim: other replicates, and other rows written in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.randomness import stream
from scotoma.measures import MEASURES, Tags, recorded_name
from scotoma.measures.rows import NO_PROBABILITIES, Rows
from scotoma.statistics.bootstrap import (
    Floats,
    Measure,
    mean_differences,
    multi_bootstrap,
    sensitivity_differences,
)
from scotoma.statistics.intervals import t_interval
from scotoma.statistics.replicates import MIN_REPLICATES
from scotoma.verdicts.evidence import SAME_ANSWERS
from scotoma.verdicts.pairs import Pair

N_RESAMPLES = 10_000

#: Measures that are means over rows, and those of the counts of answers that are the target.
_MEANS = ("accuracy", "log_odds", "hit_rate", "false_alarm_rate")
_OF_COUNTS = ("d_prime", "criterion")


@dataclass(frozen=True, slots=True)
class ResampledInterval:
    """An interval over replicates and rows.

    Attributes:
        low: Lower end, in the measure's own direction; None where there is no interval.
        high: Upper end.
        level: Two-sided coverage.
        clusters: Unit that was drawn: `template`, `subcase` or `row`; empty where nothing was.
        reason: Why there is no interval; else empty.
    """

    low: float | None
    high: float | None
    level: float
    clusters: str = ""
    reason: str = ""


def resample(
    cell: str,
    measure: str,
    pairs: Sequence[Pair],
    *,
    level: float,
    seed: int,
    task: Sequence[Pair] = (),
) -> ResampledInterval:
    """How far the mean change may be, for other replicates and other rows at once.

    Answers: "how much would the measure move if the whole chain were run again and tested on other
    rows written in the same way?" Clusters of rows (templates where there are any, else subcases,
    else rows) are drawn within each heuristic and label. What comes out narrower than the t interval,
    which holds the rows fixed, is not given: a mean of few replicates, drawn again from themselves,
    cannot lie further out than the most extreme of them.

    Args:
        cell: Name of the cell.
        measure: Accuracy, log-odds, d', criterion, hit or false-alarm rate; others get no interval.
        pairs: The replicates on the blind spot.
        level: Two-sided coverage.
        seed: Seed of the resamples.
        task: The same replicates on a general test set, in a cell `all`, whose change is subtracted and whose
            rows are drawn too; none where a claim is about the blind spot alone.
    """
    if measure not in _MEANS + _OF_COUNTS:
        return ResampledInterval(None, None, level, reason=f"test rows are not resampled for {measure}")
    if len(pairs) < MIN_REPLICATES:
        return ResampledInterval(
            None, None, level, reason=f"{len(pairs)} of at least {MIN_REPLICATES} replicates"
        )
    if any(not pair.table.equals(of[0].table) for of in (pairs, task) for pair in of):
        return ResampledInterval(None, None, level, reason="the replicates were not tested on the same rows")
    if measure == "log_odds" and any(
        rows.probabilities is None for pair in pairs for rows in (pair.before, pair.after)
    ):
        return ResampledInterval(None, None, level, reason=NO_PROBABILITIES)
    sides = [_side(pairs, cell, measure)] + ([_side(task, "all", measure)] if task else [])
    kind = sides[0].kind
    if all(pair.is_alike for pair in (*pairs, *task)):
        return ResampledInterval(None, None, level, kind, SAME_ANSWERS)
    bootstrap = multi_bootstrap(
        np.concatenate([side.scores for side in sides], axis=-1),
        cells=_named_apart([side.strata for side in sides]),
        clusters=_named_apart([side.clusters for side in sides]),
        measure=_difference(sides, measure, 1 + len(pairs[0].more_before)),
        n_resamples=N_RESAMPLES,
        rng=stream(seed, "compare", "bootstrap", cell, recorded_name(measure), *(["beyond"] if task else [])),
    )
    column = _OF_COUNTS.index(measure) if measure in _OF_COUNTS else 0
    interval = bootstrap.estimate(column, level=level)
    if interval.low is None or interval.high is None:
        return ResampledInterval(None, None, level, kind, interval.reason)
    rows_fixed = t_interval(bootstrap.observed[:, column].tolist(), level=level)
    if (
        rows_fixed.low is not None
        and rows_fixed.high is not None
        and interval.high - interval.low < rows_fixed.high - rows_fixed.low
    ):
        reason = f"the interval from resamples of {len(pairs)} replicates is narrower than the t interval"
        return ResampledInterval(None, None, level, kind, reason)
    return ResampledInterval(interval.low, interval.high, level, kind)


class _Side(NamedTuple):
    """One test set, ready to be drawn from.

    Attributes:
        scores: Each row's score, shape (arms, replicates, rows); the arms before the change come first.
        strata: What each row is drawn within, shape (rows,).
        clusters: What each row is drawn together with, shape (rows,).
        kind: What a cluster is.
        is_target: Whether each row's gold label is the target, shape (rows,).
    """

    scores: Floats
    strata: NDArray[np.str_]
    clusters: NDArray[np.str_]
    kind: str
    is_target: NDArray[np.bool_]


def _side(pairs: Sequence[Pair], cell: str, measure: str) -> _Side:
    first = pairs[0]
    at = _rows_of(measure, first.cells[cell].at, first.before)
    kind, clusters = _clusters(first.cells[cell].tags, first, at)
    before = [(pair.before, *pair.more_before) for pair in pairs]
    after = [(pair.after, *pair.more_after) for pair in pairs]
    # Heuristics and labels are the test set's design, which another test set would share.
    strata = first.table.select(pl.concat_str("heuristic", "gold", separator="\t")).to_series().to_numpy()[at]
    scores = np.stack([*_scores(before, measure, at), *_scores(after, measure, at)])
    return _Side(scores, strata.astype(np.str_), clusters, kind, first.before.is_target[at])


def _named_apart(names: Sequence[NDArray[np.str_]]) -> NDArray[np.str_]:
    """The names of all test sets, of which one may use another's."""
    return np.concatenate([np.char.add(f"{place}\t", some) for place, some in enumerate(names)])


def _clusters(cell: Tags, pair: Pair, at: NDArray[np.int64]) -> tuple[str, NDArray[np.str_]]:
    """The coarsest grouping of a cell's rows that every row has, finer than the cell itself."""
    finer = ["template", "subcase"]
    if cell.template:
        finer = []
    elif cell.subcase:
        finer = ["template"]
    for kind in finer:
        names = pair.table[kind].to_numpy()[at]
        if (names != "").all():
            heuristics = pair.table["heuristic"].to_numpy()[at]
            subcases = pair.table["subcase"].to_numpy()[at]
            # One name may stand for two patterns in two places.
            rows = zip(heuristics, subcases, names, strict=True)
            return kind, np.array(["\t".join(row) for row in rows])
    return "row", pair.table["id"].to_numpy()[at].astype(np.str_)


def _rows_of(measure: str, at: NDArray[np.int64], rows: Rows) -> NDArray[np.int64]:
    """The rows of a cell that a measure is about: a rate is one of the rows of one kind."""
    sides = MEASURES[measure].sides
    return at[rows.is_target[at] == (sides[0] == "target")] if len(sides) == 1 else at


def _scores(models: Sequence[Sequence[Rows]], measure: str, at: NDArray[np.int64]) -> Floats:
    """Each row's score, shape (arms, replicates, rows).

    A mean over rows is taken of a replicate's models together, as one arm. d' and the criterion are no such
    means, so each of a replicate's models is an arm of its own.
    """
    scores = np.array([[_score(rows, measure, at) for rows in of_one] for of_one in models]).swapaxes(0, 1)
    return scores if measure in _OF_COUNTS else scores.mean(axis=0, keepdims=True)


def _score(rows: Rows, measure: str, at: NDArray[np.int64]) -> Floats:
    if measure == "log_odds":
        return rows.log_odds_by_row(at)
    return (rows.correct if measure == "accuracy" else rows.predicted_target)[at].astype(np.float64)


def _difference(sides: Sequence[_Side], measure: str, n: int) -> Measure:
    """What is computed of a resample: each replicate's change, less that on the task if there is one.

    Args:
        sides: The blind spot, and the task.
        measure: Name of the measure.
        n: Models of a replicate before the change.
    """
    changes: list[Measure] = []
    n_cells = 0
    for side in sides:
        _, first = np.unique(side.strata, return_index=True)
        kinds, cells = side.is_target[first], n_cells + np.arange(first.size)
        n_cells += first.size
        if measure in _OF_COUNTS:
            targets, others = cells[kinds].tolist(), cells[~kinds].tolist()
            changes.append(sensitivity_differences(n, targets=targets, others=others))
        else:
            changes.append(mean_differences(1, 0, pools=[cells.tolist()]))
    blindspot, *task = changes
    return lambda sums, counts: sum((-of(sums, counts) for of in task), start=blindspot(sums, counts))

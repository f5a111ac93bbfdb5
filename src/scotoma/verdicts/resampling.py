"""The Multi-Bootstrap interval of a claim: other replicates, and other rows written in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.randomness import stream
from scotoma.measures import MEASURES, Tags, recorded_name
from scotoma.measures.rows import Rows
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


def resample(cell: str, measure: str, pairs: Sequence[Pair], *, level: float, seed: int) -> ResampledInterval:
    """How far the mean change may be, for other replicates and other rows at once.

    Answers: "how much would the measure move if the whole chain were run again and tested on other
    rows written in the same way?" Clusters of rows (templates where there are any, else subcases,
    else rows) are drawn within each heuristic and label. What comes out narrower than the t interval,
    which holds the rows fixed, is not given: a mean of few replicates, drawn again from themselves,
    cannot lie further out than the most extreme of them.

    Args:
        cell: Name of the cell.
        measure: Accuracy, log-odds, d', criterion, hit or false-alarm rate; others get no interval.
        pairs: The replicates.
        level: Two-sided coverage.
        seed: Seed of the resamples.
    """
    if measure not in _MEANS + _OF_COUNTS:
        return ResampledInterval(None, None, level, reason=f"test rows are not resampled for {measure}")
    if len(pairs) < MIN_REPLICATES:
        return ResampledInterval(
            None, None, level, reason=f"{len(pairs)} of at least {MIN_REPLICATES} replicates"
        )
    first = pairs[0]
    if any(not pair.table.equals(first.table) for pair in pairs):
        return ResampledInterval(None, None, level, reason="the replicates were not tested on the same rows")
    at = _rows_of(measure, first.cells[cell].at, first.before)
    kind, clusters = _clusters(first.cells[cell].tags, first, at)
    if all(pair.is_alike for pair in pairs):
        return ResampledInterval(None, None, level, kind, SAME_ANSWERS)
    # Heuristics and labels are the test set's design, which another test set would share.
    strata = first.table.select(pl.concat_str("heuristic", "gold", separator="\t")).to_series().to_numpy()[at]
    before = [(pair.before, *pair.more_before) for pair in pairs]
    after = [(pair.after, *pair.more_after) for pair in pairs]
    bootstrap = multi_bootstrap(
        np.stack([*_scores(before, measure, at), *_scores(after, measure, at)]),
        cells=strata,
        clusters=clusters,
        measure=_difference(strata, first.before.is_target[at], measure, len(before[0])),
        n_resamples=N_RESAMPLES,
        rng=stream(seed, "compare", "bootstrap", cell, recorded_name(measure)),
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
    log_odds = rows.log_odds_by_row(at) if measure == "log_odds" else None
    if log_odds is not None:
        return log_odds
    return (rows.correct if measure == "accuracy" else rows.predicted_target)[at].astype(np.float64)


def _difference(strata: NDArray[np.generic], is_target: NDArray[np.bool_], measure: str, n: int) -> Measure:
    """What is computed of a resample: each replicate's change; the first `n` arms are those before it."""
    _, first = np.unique(strata, return_index=True)
    if measure not in _OF_COUNTS:
        return mean_differences(1, 0, pools=[list(range(first.size))])
    kinds = is_target[first]
    return sensitivity_differences(
        n, targets=np.flatnonzero(kinds).tolist(), others=np.flatnonzero(~kinds).tolist()
    )

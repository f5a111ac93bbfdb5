"""The Multi-Bootstrap interval of a claim: other replicates, and other rows written in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.randomness import stream
from scotoma.measures import Tags, recorded_name
from scotoma.measures.rows import Rows
from scotoma.statistics.bootstrap import mean_differences, multi_bootstrap
from scotoma.statistics.intervals import t_interval
from scotoma.statistics.replicates import MIN_REPLICATES
from scotoma.verdicts.evidence import SAME_ANSWERS
from scotoma.verdicts.pairs import Pair

N_RESAMPLES = 10_000


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
        measure: `accuracy` or `log_odds`; others get no interval.
        pairs: The replicates.
        level: Two-sided coverage.
        seed: Seed of the resamples.
    """
    if measure not in ("accuracy", "log_odds"):
        reason = f"test rows are resampled only for accuracy and log_odds, not for {measure}"
        return ResampledInterval(None, None, level, reason=reason)
    if len(pairs) < MIN_REPLICATES:
        return ResampledInterval(
            None, None, level, reason=f"{len(pairs)} of at least {MIN_REPLICATES} replicates"
        )
    first = pairs[0]
    if any(not pair.table.equals(first.table) for pair in pairs):
        return ResampledInterval(None, None, level, reason="the replicates were not tested on the same rows")
    at = first.cells[cell].at
    kind, clusters = _clusters(first.cells[cell].tags, first, at)
    if all(pair.is_alike for pair in pairs):
        return ResampledInterval(None, None, level, kind, SAME_ANSWERS)
    # Heuristics and labels are the test set's design, which another test set would share.
    strata = first.table.select(pl.concat_str("heuristic", "gold", separator="\t")).to_series().to_numpy()[at]
    scores = np.array(
        [
            [_mean_scores((pair.before, *pair.more_before), measure, at) for pair in pairs],
            [_mean_scores((pair.after, *pair.more_after), measure, at) for pair in pairs],
        ]
    )
    bootstrap = multi_bootstrap(
        scores,
        cells=strata,
        clusters=clusters,
        measure=mean_differences(1, 0, pools=[list(range(np.unique(strata).size))]),
        n_resamples=N_RESAMPLES,
        rng=stream(seed, "compare", "bootstrap", cell, recorded_name(measure)),
    )
    interval = bootstrap.estimate(0, level=level)
    if interval.low is None or interval.high is None:
        return ResampledInterval(None, None, level, kind, interval.reason)
    rows_fixed = t_interval(bootstrap.observed[:, 0].tolist(), level=level)
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


def _mean_scores(models: Sequence[Rows], measure: str, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each row's score, in the mean over the models of a replicate."""
    mean: NDArray[np.float64] = np.mean([_scores(rows, measure, at) for rows in models], axis=0)
    return mean


def _scores(rows: Rows, measure: str, at: NDArray[np.int64]) -> NDArray[np.float64]:
    log_odds = rows.log_odds_by_row(at) if measure == "log_odds" else None
    return rows.correct[at].astype(np.float64) if log_odds is None else log_odds

"""`score`: one model's predictions on a blind spot, cell by cell."""

from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma import __version__
from scotoma.basics.described import as_json
from scotoma.basics.progress import Progress, no_progress, part
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files.checking import Predictions
from scotoma.comparisons.files.reading import Options, read_predictions
from scotoma.comparisons.record import (
    SCORE_VERSION,
    CellScore,
    HeuristicScore,
    ScoreRecord,
    SubcaseScore,
)
from scotoma.comparisons.unanswered import by_cell, n_unanswered, note
from scotoma.measures import CLAIMABLE, MEANINGS
from scotoma.measures.cells import Cell, blindspot_cells
from scotoma.measures.rows import Rows, blindspot_rows
from scotoma.statistics.intervals import LEVEL
from scotoma.statistics.proportions import wilson
from scotoma.tasks.reading.sources import Place


@dataclass(frozen=True, slots=True)
class Score:
    """Everything about one model on one blind spot.

    Attributes:
        blindspot: Blind spot that was tested.
        predictions: Predictions as they were read.
        cells: Heuristic by label, `all` first.
        heuristics: Both labels of each heuristic, `all` first.
        subcases: Scores of subcases, in the order of heuristics, labels and names.
        level: Two-sided coverage of the intervals, whose unit is the row.
    """

    blindspot: BlindSpot
    predictions: Predictions
    cells: tuple[CellScore, ...]
    heuristics: tuple[HeuristicScore, ...]
    subcases: tuple[SubcaseScore, ...]
    level: float = LEVEL

    @property
    def n(self) -> int:
        """Rows."""
        return self.predictions.table.height

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of how the file was read, and of what was left out."""
        return (*self.predictions.notes, *note(self.predictions, self.blindspot))

    def record(self) -> dict[str, Any]:
        """Plain values for JSON: null where a number is not defined, with the reason beside it."""
        record: ScoreRecord = {
            "schema": SCORE_VERSION,
            "scotoma": __version__,
            "blindspot": self.blindspot.name,
            "n": self.n,
            "target": self.blindspot.target,
            "level": self.level,
            "source": self.predictions.source,
            "format": self.predictions.form,
            "notes": list(self.notes),
            "unanswered": by_cell(self.predictions.unanswered, self.blindspot),
            "cells": list(self.cells),
            "heuristics": list(self.heuristics),
            "subcases": list(self.subcases),
            "method": METHOD,
        }
        return as_json(ScoreRecord, record)


#: How each number was computed, for readers of the record alone.
METHOD = {name: MEANINGS[name] for name in CLAIMABLE} | {
    "margin": "Deprecated, gone in version 0.4: `log_odds` by its former name.",
    "low, high": "Wilson interval of the accuracy; the row is the unit, taken as independent. It concerns "
    "this model, not another training run.",
    "accuracy_if_wrong": "share right if the unanswered rows of the cell, which all other numbers leave out, "
    "count as wrong",
    "d_prime_se, criterion_se": "Gourevitch and Galanter 1967; the row is the unit.",
}


#: Percent of the time in which rows are read and checked; in the rest they are scored.
_READING = 75


def score_file(
    path: Place, *, blindspot: BlindSpot, progress: Progress = no_progress, **options: Unpack[Options]
) -> Score:
    """The score of a file of predictions; see `scotoma.comparisons.files.reading.read_predictions`.

    Args:
        path: Predictions.
        blindspot: Blind spot whose test set was predicted.
        progress: Called with (rows done, rows in total). Reading and checking a row count for `_READING`
            percent of it, scoring for the rest. The total is an estimate, and 0 until there is one.
        options: How the file is read; see `scotoma.comparisons.files.reading.Options`.

    Raises:
        ScotomaError: anything is wrong with the file or a row.
    """
    reading = part(progress, 0, _READING)
    predictions = read_predictions(path, blindspot, reading, **options)
    reading(predictions.table.height, predictions.table.height)
    return score(predictions, blindspot)


def score(predictions: Predictions, blindspot: BlindSpot) -> Score:
    """Every cell of one model's predictions.

    Answers: "how often does this model take the shortcut on these rows, and can it tell the two
    labels apart at all?" The row is the unit of every interval.
    """
    table, unanswered = predictions.table, predictions.unanswered
    rows, heuristics_of = blindspot_rows(table, blindspot), table["heuristic"].to_numpy()
    cells: list[CellScore] = []
    heuristics: list[HeuristicScore] = []
    subcases: list[SubcaseScore] = []
    for cell in blindspot_cells(table, blindspot):
        tags = cell.tags
        if tags.subcase:
            # Two heuristics may each have a subcase of this name.
            cell_heuristics = heuristics_of[cell.at]
            for heuristic, label in product(dict.fromkeys(cell_heuristics.tolist()), blindspot.labels):
                has_label = rows.is_target[cell.at] == (label == blindspot.target)
                at = cell.at[has_label & (cell_heuristics == heuristic)]
                if at.size:
                    cell_score = _cell(rows, at, unanswered, heuristic, label, tags.subcase)
                    subcases.append(SubcaseScore(**asdict(cell_score), subcase=tags.subcase))
        elif tags.heuristic and tags.label:
            cells.append(_cell(rows, cell.at, unanswered, tags.heuristic, tags.label))
        elif tags.heuristic:
            heuristics.append(_heuristic(rows, cell))
    order = {name: place for place, name in enumerate((*blindspot.heuristics, "", *blindspot.labels))}
    subcases.sort(
        key=lambda cell_score: (order[cell_score.heuristic], order[cell_score.label], cell_score.subcase)
    )
    return Score(blindspot, predictions, tuple(cells), tuple(heuristics), tuple(subcases))


def _cell(
    rows: Rows,
    at: NDArray[np.int64],
    unanswered: pl.DataFrame,
    heuristic: str,
    label: str,
    subcase: str = "",
) -> CellScore:
    n_right = int(rows.correct[at].sum())
    share = wilson(n_right, at.size, level=LEVEL)
    log_odds = rows.log_odds(at)
    n_left_out = n_unanswered(unanswered, label, heuristic=heuristic, subcase=subcase)
    return CellScore(
        heuristic=heuristic,
        label=label,
        n=share.n,
        accuracy=share.value,
        low=share.low,
        high=share.high,
        accuracy_sum=rows.accuracy_sum(at).value,
        log_odds=log_odds.value,
        log_odds_note=log_odds.reason,
        margin=log_odds.value,
        margin_note=log_odds.reason,
        unanswered=n_left_out,
        accuracy_if_wrong=n_right / (at.size + n_left_out),
    )


def _heuristic(rows: Rows, cell: Cell) -> HeuristicScore:
    detection, auc = rows.detection(cell.at), rows.auc(cell.at)
    worst, f1 = rows.worst_group_accuracy(cell.at), rows.macro_f1(cell.at)
    calibration = rows.calibration_error(cell.at)
    return HeuristicScore(
        heuristic=cell.name,
        n=cell.at.size,
        accuracy=rows.accuracy(cell.at).value,
        hit_rate=detection.hit_rate,
        false_alarm_rate=detection.false_alarm_rate,
        d_prime=detection.d_prime,
        d_prime_se=detection.d_prime_se,
        criterion=detection.criterion,
        criterion_se=detection.criterion_se,
        auc=auc.value,
        reason=detection.reason,
        auc_reason=auc.reason,
        worst_group_accuracy=worst.value,
        worst_group_note=worst.reason,
        macro_f1=f1.value,
        macro_f1_reason=f1.reason,
        calibration_error=calibration.value,
        calibration_reason=calibration.reason,
    )

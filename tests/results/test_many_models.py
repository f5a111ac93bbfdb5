"""What a report holds of each model, and what it tells of how far it is."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from fake_study import Evaluated, make, plan, predictions, study
from scotoma.report import write_report
from scotoma.results import flips, results
from scotoma.results.paired import Answers

if TYPE_CHECKING:
    from scotoma import experiment


def test_rows_and_their_gold_labels_are_kept_once_for_all_models_and_a_byte_of_each_answer() -> None:
    planned = plan(study(replicates=3))
    answers = Answers(planned.study)
    for model in planned.models:
        table = predictions(model.replicate, model.arm.kind, 60, "ln_subject/object_swap")
        answers.add(cast("experiment.Evaluated", model), table)
    pairs = [pair for one in answers.compared() for pair in one.pairs]
    sides = [rows for pair in pairs for rows in (pair.before, pair.after)]
    assert len(sides) == 2 * 3 * 5
    assert len({id(pair.table) for pair in pairs}) == 1
    assert len({id(rows.gold) for rows in sides}) == len({id(rows.heuristic) for rows in sides}) == 1
    assert {rows.predicted.dtype for rows in sides} == {np.dtype(np.int8)}
    assert (
        len({rows.predicted.tobytes() for rows in sides}) == 3 * 3 + 1
    )  # the biased arm says the same always


def test_turned_answers_are_kept_as_numbers_and_written_as_words(tmp_path: Path) -> None:
    planned = plan(study(replicates=2))
    found = results(cast("experiment.Plan", planned), make(planned, tmp_path / "store"))
    assert found.flipped.schema["arm"] == pl.Enum(["original-1500", "synthetic-1500", "biased-1500"])
    write_report(found, tmp_path / "report")
    written = pl.read_parquet(tmp_path / "report" / "flips.parquet")
    assert written.schema == flips.ROWS
    assert written.equals(flips.in_words(found.flipped))


def test_a_report_tells_the_rows_that_are_done_of_all_models_that_are_there(tmp_path: Path) -> None:
    planned = plan(study(replicates=2))
    store = make(planned, tmp_path / "store")
    missing: Evaluated = planned.models[-1]
    shutil.rmtree(store.folder(missing.predictions))
    told: list[tuple[int, int]] = []
    found = results(
        cast("experiment.Plan", planned), store, progress=lambda done, total: told.append((done, total))
    )
    assert len(found.missing) == 1
    assert told[0] == (0, 0)
    totals = {total for _, total in told[1:]}
    assert totals == {7 * 9 * 60}
    assert [done for done, _ in told] == [n * 9 * 60 * 70 // 100 for n in range(7)]

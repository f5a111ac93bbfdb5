"""A report of 60 models on 30,000 rows is there within a minute, and small enough to be sent."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from fake_study import make, plan, study
from scotoma.report import write_report
from scotoma.results import results

if TYPE_CHECKING:
    from scotoma.experiment import Plan


@pytest.mark.slow
def test_sixty_models_are_reported_within_a_minute_on_a_page_of_less_than_15_megabytes(
    tmp_path: Path,
) -> None:
    planned = plan(study(replicates=15), n=3_333)  # of each of nine cells
    store = make(planned, tmp_path / "store")
    assert len(planned.models) == 60
    started = time.perf_counter()
    write_report(results(cast("Plan", planned), store), tmp_path / "report")
    assert time.perf_counter() - started < 60
    assert (tmp_path / "report" / "index.html").stat().st_size < 15e6

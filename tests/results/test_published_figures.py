"""Published figures beside a study's own: by cell, and by both readings."""

from pathlib import Path

import polars as pl
import pytest

from fake_study import found_in, make, plan, printed, study
from scotoma.report import write_report
from scotoma.results import Results
from scotoma.results.contrasts import STUDY_SCHEMA, contrasts
from scotoma.results.published import CELLS, READINGS, BesidePublished, beside_published
from scotoma.study.file import load_study
from scotoma.study.published import Published
from shipped_schemas import check_report

PUBLISHED = Published(
    figures="zhang2025",
    tests={"matched": "matched", "hans": "hans"},
    starts={5000: 4000, 20_000: 999},
    sizes={"18k": 1500},
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    planned = plan(study().model_copy(update={"published": PUBLISHED}))
    return found_in(planned, make(planned, tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def side(whole: Results) -> BesidePublished:
    assert whole.beside is not None
    return whole.beside


@pytest.fixture(scope="module")
def unmeasured() -> BesidePublished:
    nothing = pl.DataFrame(schema=STUDY_SCHEMA)
    found = beside_published(load_study("zhang2025"), nothing, contrasts(nothing))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("test", "cell", "arm", "reference", "mean", "n_down"),
    [
        ("hans", "all", "synthetic", "start", -0.008, 12),
        ("hans", "all", "synthetic", "original", -0.062, 18),
        ("matched", "all", "synthetic", "original", -0.017, 18),
        ("hans", "lexical_overlap/non-entailment", "biased", "start", -0.519, 18),
    ],
)
def test_the_paper_s_answer_depends_on_the_reference(
    unmeasured: BesidePublished, test: str, cell: str, arm: str, reference: str, mean: float, n_down: int
) -> None:
    place = {"test": test, "cell": cell, "arm": arm, "reference": reference}
    (row,) = unmeasured.readings.filter(*(pl.col(k) == v for k, v in place.items())).to_dicts()
    assert row["theirs"] == pytest.approx(mean, abs=0.0005)
    assert (row["theirs_down"], row["their_cells"], row["ours"], row["our_cells"]) == (n_down, 18, None, 0)


def test_the_full_start_alone_shows_the_gap(unmeasured: BesidePublished) -> None:
    chosen = unmeasured.cells.filter(pl.col("their_start") == 391_722, pl.col("their_arm") == "synthetic")
    on = {key[0]: rows["theirs_against_original"].mean() for key, rows in chosen.group_by("test")}
    assert on["matched"] == pytest.approx(-0.006, abs=0.001)
    hans = chosen.filter(pl.col("test") == "hans", pl.col("cell") == "all")
    assert hans["theirs_against_original"].mean() == pytest.approx(-0.089, abs=0.0005)


def test_a_study_with_the_paper_s_settings_needs_no_warning(
    unmeasured: BesidePublished, side: BesidePublished
) -> None:
    assert unmeasured.warning == ""
    assert unmeasured.cells["arm"].drop_nulls().unique().sort().to_list()[0] == "biased-18270"
    assert unmeasured.cells["start"].null_count() == 0
    assert len(side.differs) == 8
    assert "task" not in side.differs
    assert side.warning.startswith(
        f"This study differs from the bundled study {side.figures.name} in its blindspots, "
    )
    assert "in its blindspots, data, model, recipe, generator, screening, heuristic" in side.warning


def test_replicates_and_claims_are_no_other_settings() -> None:
    nothing = pl.DataFrame(schema=STUDY_SCHEMA)
    found = beside_published(load_study("zhang2025-plus"), nothing, contrasts(nothing))
    assert found is not None
    assert found.differs == ()


def test_our_numbers_stand_beside_the_cell_they_are_of(whole: Results, side: BesidePublished) -> None:
    measured = side.cells.filter(pl.col("ours").is_not_null())
    assert set(measured["start"]) == {"4000"}
    assert set(measured["arm"]) == {"none", "original-1500", "synthetic-1500", "biased-1500"}
    assert measured["replicates"].unique().to_list() == [5]
    for row in measured.filter(pl.col("arm") == "synthetic-1500").iter_rows(named=True):
        same = [pl.col(name) == row[name] for name in ("start", "arm", "test", "cell", "measure")]
        assert row["ours"] == pytest.approx(whole.measures.filter(*same)["value"].mean())
        for reference in ("start", "original"):
            contrast = whole.contrasts.filter(*same, pl.col("contrast") == f"synthetic - {reference}")
            assert row[f"ours_against_{reference}"] == contrast["mean"].item()
    elsewhere = side.cells.filter(pl.col("their_start") == 0)
    assert elsewhere["start"].null_count() == elsewhere.height
    assert side.cells.schema == CELLS


def test_our_reading_has_an_interval_over_replicates(whole: Results, side: BesidePublished) -> None:
    place = {"test": "hans", "cell": "all", "arm": "synthetic", "reference": "original"}
    (row,) = side.readings.filter(*(pl.col(k) == v for k, v in place.items())).to_dicts()
    (contrast,) = whole.contrasts.filter(
        pl.col("test") == "hans",
        pl.col("cell") == "all",
        pl.col("measure") == "accuracy",
        pl.col("contrast") == "synthetic - original",
    ).to_dicts()
    assert (row["our_cells"], row["ours_down"], row["replicates"]) == (1, 1, 5)
    assert (row["both_cells"], row["same_sign"]) == (1, 1)
    for ours, theirs in (("ours", "mean"), ("low", "low"), ("high", "high")):
        assert row[ours] == pytest.approx(contrast[theirs])


def test_a_reading_counts_the_cells_in_which_both_have_the_same_sign(side: BesidePublished) -> None:
    measured = side.readings.filter(pl.col("our_cells") > 0)
    for row in measured.iter_rows(named=True):
        same = [pl.col(name) == row[name] for name in ("test", "cell", "measure")]
        grid = side.cells.filter(*same, pl.col("their_arm") == row["arm"])
        theirs, ours = (grid[f"{whose}_against_{row['reference']}"] for whose in ("theirs", "ours"))
        (both,) = [(a, b) for a, b in zip(theirs, ours, strict=True) if a is not None and b is not None]
        assert (row["both_cells"], row["same_sign"]) == (1, int(both[0] * both[1] > 0))
    assert set(measured["same_sign"]) == {0, 1}


def test_the_report_has_them_on_the_page_in_json_and_as_csv(whole: Results, tmp_path: Path) -> None:
    write_report(whole, tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf8")
    assert "Compared with published figures" in page
    assert "<strong>For the layout only.</strong> This study differs from the bundled study" in page
    assert "no interval can be given for them" in page
    assert "-.062 (18/18 fell)" in page
    record = check_report(tmp_path)
    assert record["published"]["figures"] == "zhang2025"
    assert set(record["published_cells"][0]) == set(CELLS)
    assert set(record["published_readings"][0]) == set(READINGS)
    assert pl.read_csv(tmp_path / "published.csv").columns == list(CELLS)
    assert pl.read_csv(tmp_path / "readings.csv").columns == list(READINGS)


def test_the_terminal_shows_both_readings_in_80_columns(whole: Results) -> None:
    shown = printed(whole, width=80)
    assert "For comparison: Zhang and Pavlick 2025" in shown
    assert "(18/18 fell)" in shown
    signatures = {judgement.signature for judgement in whole.judgements}
    # A signature stays in one piece, to be copied.
    assert max(len(line) for line in shown.splitlines() if line not in signatures) <= 80

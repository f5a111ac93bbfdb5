"""Figures: they show the numbers of the measures, tell them in words, and do without colour."""

from typing import TYPE_CHECKING, Any, cast

import polars as pl
import pytest

from fake_study import make, plan, study
from scotoma.report.figures import Figure, figures, pdf, png, rounds, specification, svg
from scotoma.report.figures.differences import arrows
from scotoma.report.figures.figure import Arms, room
from scotoma.report.figures.subcases import readable
from scotoma.results import Results, results
from scotoma.results.rounds import ODDS, TRUTH

if TYPE_CHECKING:
    from pathlib import Path

    from scotoma.experiment import Plan


def found_in(folder: "Path", replicates: int = 3) -> Results:
    planned = plan(study(replicates=replicates))
    return results(cast("Plan", planned), make(planned, folder))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return found_in(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def drawn(whole: Results) -> dict[str, Figure]:
    return figures(whole)


def rows_of(figure: Figure) -> list[dict[str, Any]]:
    """All rows of all of a drawing's data."""
    return [row for rows in specification(figure)["datasets"].values() for row in rows]


def test_there_is_one_of_each_kind(drawn: dict[str, Figure]) -> None:
    kinds = ("task-and-", "differences-", "cells-", "subcases-", "sensitivity-", "flips-")
    assert set(drawn) == {*(f"{kind}hans" for kind in kinds), "yield"}


def test_every_figure_is_valid_vega_lite(drawn: dict[str, Figure]) -> None:
    for figure in drawn.values():
        assert figure.chart.to_dict(validate=True) == figure.vega_lite


def test_every_replicate_and_every_mean_is_in_the_drawing(whole: Results, drawn: dict[str, Figure]) -> None:
    rows = rows_of(drawn["task-and-hans"])
    of_arm = [row for row in rows if row.get("arm") == "synthetic-1500"]
    expected = whole.measures.filter(
        pl.col("arm") == "synthetic-1500",
        pl.col("test") == "hans",
        pl.col("cell") == "all/non-entailment",
        pl.col("measure") == "accuracy",
    )
    assert [row["y"] for row in of_arm if "replicate" in row] == expected["value"].to_list()
    (mean,) = (row for row in of_arm if "replicates" in row)
    assert mean["y"] == pytest.approx(expected["value"].mean())
    assert mean["y_low"] < mean["y"] < mean["y_high"]


def test_differences_have_the_claims_margin_and_both_references(drawn: dict[str, Figure]) -> None:
    rows = rows_of(drawn["differences-hans"])
    assert {(row["from"], row["to"]) for row in rows if "from" in row} == {(-0.05, 0.05)}
    assert {row["against"] for row in rows if "against" in row} == {
        "against its start",
        "against the same amount of original data",
    }


def test_one_replicate_has_points_and_no_intervals(tmp_path: "Path") -> None:
    for figure in figures(found_in(tmp_path, replicates=1)).values():
        rows = rows_of(figure)
        assert rows
        assert not any(name.endswith(("low", "high")) for row in rows for name in row)
        assert svg(figure).startswith("<svg")


@pytest.mark.parametrize(
    ("cell", "measure", "said"),
    [
        ("all/non-entailment", "accuracy", "Up and to the right is better on both."),
        ("all/non-entailment", "log_odds", "Down and to the right is better on both."),
        ("all/entailment", "log_odds", "Up and to the right is better on both."),
    ],
)
def test_the_caption_says_where_models_are_better(
    tmp_path: "Path", cell: str, measure: str, said: str
) -> None:
    claim = {**study().claims[0].model_dump(), "cell": cell, "measure": measure}
    planned = plan(study(replicates=1, claims=[claim]))
    found = results(cast("Plan", planned), make(planned, tmp_path))
    assert figures(found)["task-and-hans"].caption.endswith(said)


def test_what_it_shows_is_told_in_words(whole: Results, drawn: dict[str, Figure]) -> None:
    told = drawn["differences-hans"].description
    (row,) = whole.contrasts.filter(
        pl.col("arm") == "synthetic-1500",
        pl.col("reference") == "original-1500",
        pl.col("cell") == "all/non-entailment",
        pl.col("measure") == "accuracy",
    ).to_dicts()
    assert f"{row['mean']:+.3f}".replace("+0", "+").replace("-0", "-") in told


def test_arms_differ_in_shape_where_colours_come_round_again() -> None:
    arms = Arms(tuple(f"arm-{at}" for at in range(24)))
    colours = arms.colour().to_dict()["scale"]["range"]
    shapes = arms.shape().to_dict()["scale"]["range"]
    assert len(set(zip(colours, shapes, strict=True))) == 24


@pytest.mark.parametrize(
    ("numbers", "measure", "change", "ends"),
    [
        ([0.5, 0.7], "accuracy", False, [0.47, 0.73]),
        ([0.9, 1.0], "accuracy", False, [0.885, 1.0]),
        ([-0.9, 0.0], "accuracy", True, [-1.0, 0.135]),
        ([-3.0, 5.0], "log_odds", False, [-4.2, 6.2]),
        ([0.5, None], "auc", False, [0.45, 0.55]),
    ],
)
def test_an_axis_has_room_and_no_more_than_the_measure(
    numbers: list[float | None], measure: str, change: bool, ends: list[float]
) -> None:
    assert room(numbers, measure, change=change) == pytest.approx(ends)


def test_files_for_print_are_what_they_are_called(drawn: dict[str, Figure]) -> None:
    assert pdf(drawn["yield"]).startswith(b"%PDF")
    assert png(drawn["yield"]).startswith(b"\x89PNG")


def test_drawings_on_one_page_share_no_id(drawn: dict[str, Figure]) -> None:
    import re

    ids = [found for figure in drawn.values() for found in re.findall(r'\bid="([^"]+)"', svg(figure))]
    assert len(ids) > 5
    assert len(ids) == len(set(ids))
    assert svg(drawn["cells-hans"]) == svg(drawn["cells-hans"])


def test_subcases_are_named_in_words_and_the_largest_fall_comes_first(drawn: dict[str, Figure]) -> None:
    figure = drawn["subcases-hans"]
    means = [row for row in rows_of(figure) if row.get("arm") == "synthetic-1500" and "mean" in row]
    assert [row["mean"] for row in means] == sorted(row["mean"] for row in means)
    assert any(row["subcase"] == "subject/object swap (lexical overlap, non-entailment)" for row in means)


def test_a_subcase_whose_name_is_no_code_keeps_it(whole: Results) -> None:
    (spot,) = whole.study.blindspots
    for name in ("lexical_overlap_n", "subcase", "xn_thing", ""):
        assert readable(name, spot) == name


def test_an_arrow_stands_where_an_interval_leaves_the_panel() -> None:
    rows = [{"low": -0.9, "high": 0.1}, {"low": -0.1, "high": 0.1}, {"low": None, "high": None}]
    (left,) = arrows(rows, "change", [-0.5, 0.5])
    assert left.to_dict()["mark"]["shape"] == "triangle-left"
    (points,) = left.to_dict()["datasets"].values()
    assert [row["end"] for row in points] == [-0.5]
    assert len(arrows([{"low": -0.9, "high": 0.9}], "change", [-0.5, 0.5])) == 2


def test_a_panel_of_rounds_reaches_as_far_as_its_measure_can_go() -> None:
    assert rounds.axis([1.2, 2.9], "d_prime on hans all")[1] > 2.9
    assert rounds.axis([-4.0, 3.0], "log_odds on hans all/non-entailment")[0] < -4.0
    assert rounds.axis([0.2, 0.99], "accuracy on general")[1] == 1.0
    assert rounds.axis([0.4, 0.99], TRUTH)[1] == 1.0
    assert rounds.axis([-0.3, 2.4], ODDS)[1] > 2.4

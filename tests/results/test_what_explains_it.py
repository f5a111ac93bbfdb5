"""The parts of what synthetic data did, from differences that are known."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl
import pytest

from fake_study import make, plan, study
from measured import measured_table
from scotoma.report import write_report
from scotoma.report.figures import figures, specification
from scotoma.results import results
from scotoma.results.causes import causes
from scotoma.study.study import Study
from several_models import bases_generators_and_rounds, measured
from shipped_schemas import check_report

if TYPE_CHECKING:
    from scotoma.experiment import Plan

KINDS = ("original", "synthetic", "relabelled", "reweighted", "repaired", "noise_matched")


def study_of(*kinds: str, n: int = 1500) -> Study:
    return study(claims=[], arms=[{kind: n} for kind in kinds])


def measures(**by_kind: list[float]) -> pl.DataFrame:
    """One value a replicate for every arm, on the task and in the blind spot."""
    rows = [
        (replicate, "4000", f"{kind}-1500", 1500, test, cell, "accuracy", value, 100, "")
        for test, cell in (("matched", "all"), ("hans", "all/non-entailment"))
        for kind, values in by_kind.items()
        for replicate, value in enumerate(values)
    ]
    return measured_table(rows)


def test_each_part_is_a_difference_with_its_share_of_the_total() -> None:
    found = causes(
        study_of(*KINDS),
        measures(
            original=[0.80, 0.81, 0.82],
            synthetic=[0.60, 0.61, 0.615],
            relabelled=[0.70, 0.71, 0.72],
            reweighted=[0.65, 0.66, 0.67],
            repaired=[0.75, 0.76, 0.77],
            noise_matched=[0.72, 0.73, 0.74],
        ),
    ).filter(test="hans")
    part = {row["part"]: row for row in found.iter_rows(named=True)}
    total = part["total"]["mean"]
    assert total == pytest.approx(-0.205 / 1 + 0.005 / 1 * (1 / 3), abs=0.004)
    assert part["total"]["share"] is None
    assert part["label noise, taken away"]["mean"] == pytest.approx(0.305 / 3)
    assert part["label noise, taken away"]["share"] == pytest.approx(-0.305 / 3 / total)
    assert part["label noise, put into originals"]["share"] == pytest.approx(-0.08 / total)
    assert part["what is left"]["mean"] == pytest.approx(-0.05)
    assert part["what is left"]["share"] == pytest.approx(-0.05 / total)
    assert part["both repaired"]["share"] + part["what is left"]["share"] == pytest.approx(1)
    assert len(part) == 6


def test_every_base_generator_and_round_has_parts_of_its_own() -> None:
    several = bases_generators_and_rounds([{kind: 1500} for kind in KINDS[:3]], study_of(*KINDS[:3]))
    names = [
        f"{arm}-1500+{by}{at}" for by in "ab" for at in ("", "@2") for arm in ("synthetic", "relabelled")
    ]
    values = {name: [0.5 - place / 100, 0.4, 0.3] for place, name in enumerate(names)}
    found = causes(several, measured({"original-1500": [0.6, 0.5, 0.4], **values}))
    assert found.select("generator", "round", "start").unique(maintain_order=True).rows() == [
        (by, number, start) for by in "ab" for number in (1, 2) for start in ("small/4000", "large/4000")
    ]
    assert set(found["part"]) == {"total", "label noise, taken away"}
    last = found.filter(
        test="hans", generator="b", round=2, start="large/4000", part="label noise, taken away"
    )
    assert last.select("arm", "reference").row(0) == ("relabelled-1500+b@2", "synthetic-1500+b@2")
    assert last["values"].item().to_list() == pytest.approx([-0.01, 0, 0])
    total = found.filter(test="hans", generator="b", round=2, start="large/4000", part="total")
    assert total["reference"].item() == "original-1500"


def test_there_is_no_share_of_a_total_that_may_be_nothing() -> None:
    found = causes(
        study_of(*KINDS[:3]),
        measures(original=[0.8, 0.7, 0.9], synthetic=[0.7, 0.8, 0.85], relabelled=[0.8, 0.8, 0.8]),
    )
    assert found["share"].null_count() == found.height == 4


def test_only_replicates_that_have_both_count_and_parts_without_arms_are_left_out() -> None:
    found = causes(
        study_of("original", "synthetic", "reweighted"),
        measures(original=[0.8, 0.8], synthetic=[0.5], reweighted=[0.6, 0.7]),
    ).filter(test="matched")
    assert found.select("part", "replicates").rows() == [("total", 1), ("association, as in originals", 1)]
    assert found["replicate_ids"].to_list() == [[0], [0]]


def test_a_study_without_such_arms_has_no_parts() -> None:
    found = causes(study_of("original", "synthetic"), measures(original=[0.8], synthetic=[0.5]))
    assert found.height == 0


def test_the_report_has_them_in_words_and_numbers(tmp_path: Path) -> None:
    planned = plan(study_of(*KINDS).model_copy(update={"labeller": "exact"}))
    found = results(cast("Plan", planned), make(planned, tmp_path / "store"))
    write_report(found, tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text("utf8")
    assert "What explains it" in page
    assert "The parts need not add up" in page
    assert "Repaired labels are the true ones" in page
    assert "Association is how often every word of the hypothesis occurs in the premise within" in page
    recorded = check_report(tmp_path / "report")["causes"]
    assert pl.DataFrame(recorded, schema=found.causes.schema).equals(found.causes)
    assert set(found.causes["test"]) == {"matched", "hans"}
    assert (tmp_path / "report" / "causes.csv").is_file()
    assert (tmp_path / "report" / "tables" / "What-explains-it.tex").is_file()
    assert (tmp_path / "report" / "figures" / "causes.pdf").is_file()
    total = found.causes.filter(test="hans", part="total")["mean"].item()
    assert total == pytest.approx(-0.3, abs=0.06)


def test_the_figure_has_every_part_in_every_place(tmp_path: Path) -> None:
    planned = plan(study_of(*KINDS).model_copy(update={"labeller": "exact"}))
    found = results(cast("Plan", planned), make(planned, tmp_path / "store"))
    figure = figures(found)["causes"]
    rows = [row for rows in specification(figure)["datasets"].values() for row in rows if "mean" in row]
    assert {(row["panel"], row["part"]): row["mean"] for row in rows} == {
        (f"{row['measure']} on {row['test']} {row['cell']}", row["part"]): row["mean"]
        for row in found.causes.iter_rows(named=True)
    }
    assert "total: -.3" in figure.description

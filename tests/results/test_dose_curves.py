"""Curves over shares, and at which share a claim first fails."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl
import pytest

from fake_study import make, plan, study
from scotoma.report import terminal, write_report
from scotoma.report.figures import figures, specification
from scotoma.results import Results, results
from scotoma.results.design import count_judgements
from scotoma.results.doses import doses, sentences, where_it_fails
from scotoma.study.study import Study
from several_models import bases_generators_and_rounds, judged, measured
from shipped_schemas import check_report

if TYPE_CHECKING:
    from scotoma.experiment import Plan

CLAIM = {
    "blindspot": "hans",
    "cell": "all/non-entailment",
    "measure": "accuracy",
    "margin": 0.05,
    "alpha": 0.05,
}


def with_curve() -> Study:
    claim = {**CLAIM, "contrast": "mixed - original"}
    return study(claims=[claim], arms=[{"mixed": {"synthetic": [0, 0.75, 0.25, 1], "n": 1500}}])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    planned = plan(with_curve())
    return results(cast("Plan", planned), make(planned, tmp_path_factory.mktemp("store")))


def test_a_curve_has_the_shares_in_order_and_the_arm_without_originals_at_1(found: Results) -> None:
    assert found.doses["arm"].to_list() == ["mixed-0.25-1500", "mixed-0.75-1500", "synthetic-1500"]
    assert found.doses["share"].to_list() == [0.25, 0.75, 1]
    assert set(found.doses["kind"]) == {"synthetic"}
    contrast = found.contrasts.filter(
        arm="mixed-0.75-1500", reference="original-1500", cell="all/non-entailment", measure="accuracy"
    )
    assert found.doses["mean"][1] == contrast["mean"].item()
    assert found.doses["values"][1].to_list() == contrast["values"].item().to_list()
    words = {judgement.arm: judgement.word for judgement in found.judgements}
    assert found.doses["verdict"].to_list() == [words[arm] for arm in found.doses["arm"]]


def test_a_claim_on_mixtures_is_judged_at_share_1_once_whoever_declares_it(found: Results) -> None:
    assert [one.arm for one in found.judgements] == ["mixed-0.75-1500", "mixed-0.25-1500", "synthetic-1500"]
    assert count_judgements(found.study) == 3
    claims = [{**CLAIM, "contrast": f"{kind} - original"} for kind in ("mixed", "synthetic")]
    both = study(claims=claims, arms=[{"mixed": {"synthetic": [0, 0.75, 0.25, 1], "n": 1500}}])
    values = {name: [0.5, 0.6, 0.55] for name in ("original-1500", "mixed-0.25-1500", "synthetic-1500")}
    _, judgements = judged(both, measured(values))
    assert {(one.claim.contrast, one.arm) for one in judgements} == {
        ("mixed - original", "mixed-0.25-1500"),
        ("synthetic - original", "synthetic-1500"),
    }
    assert count_judgements(both) == 3


def test_every_base_generator_and_round_has_a_curve_of_its_own() -> None:
    several = bases_generators_and_rounds([{"mixed": {"synthetic": [0, 0.5, 1], "n": 1500}}], with_curve())
    names = [f"{arm}-1500+{by}{at}" for by in "ab" for at in ("", "@2") for arm in ("mixed-0.5", "synthetic")]
    values = {name: [0.4 - place / 100, 0.401, 0.399] for place, name in enumerate(names)}
    differences, judgements = judged(several, measured({"original-1500": [0.6] * 3, **values}))
    found = doses(several, differences, judgements)
    assert found["arm"].to_list() == [name for by in range(0, 8, 2) for name in names[by : by + 2] * 2]
    starts = ["small/4000"] * 2 + ["large/4000"] * 2
    assert found["start"].to_list() == starts * 4
    assert found["share"].to_list() == [0.5, 1] * 8
    assert set(found["verdict"]) == {"WORSE"}
    said = sentences(found)
    assert len(said) == count_judgements(several) / 2 == 8
    assert said[-1].startswith(
        "Share of synthetic rows among 1500, generator b, round 2, from start large/4000, accuracy on hans"
    )


def test_a_curve_looks_where_a_claim_on_it_looks(tmp_path: Path) -> None:
    other = {**CLAIM, "cell": "lexical_overlap/non-entailment", "contrast": "mixed - start"}
    claims = [other, {**CLAIM, "measure": "log_odds", "contrast": "mixed - original"}]
    planned = plan(
        study(claims=claims, arms=[{"mixed": {"synthetic": [0, 0.5, 1], "n": 1500}}], replicates=3)
    )
    looked = results(cast("Plan", planned), make(planned, tmp_path))
    assert looked.doses.select("cell", "measure").unique().rows() == [("all/non-entailment", "log_odds")]
    assert "" not in set(looked.doses["verdict"])
    assert "difference in the log-odds of the target label" in figures(looked)["doses-hans"].caption


def test_shares_without_an_original_arm_of_their_size_are_named_as_a_gap(tmp_path: Path) -> None:
    planned = plan(study(claims=[], replicates=2, arms=[{"mixed": {"synthetic": [0.5, 1], "n": 1500}}]))
    looked = results(cast("Plan", planned), make(planned, tmp_path))
    assert looked.doses.height == 0
    assert looked.gaps == (
        "There is no curve over shares of synthetic rows among 1500: it requires the arm `original: 1500`.",
    )


def test_one_arm_beside_the_original_is_no_curve(tmp_path: Path) -> None:
    planned = plan(study(replicates=2))
    alone = results(cast("Plan", planned), make(planned, tmp_path))
    assert alone.doses.height == 0
    assert sentences(alone.doses) == []
    assert "doses-hans" not in figures(alone)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (
            [(0.25, "EQUIVALENT"), (0.5, "WORSE"), (1, "WORSE")],
            "the claim first fails at 0.5 (WORSE); the greatest share below it shown not to fail is 0.25 "
            "(EQUIVALENT).",
        ),
        (
            [(0.25, "EQUIVALENT"), (0.5, "INCONCLUSIVE"), (0.75, "WORSE"), (1, "INCONCLUSIVE")],
            "the claim first fails at 0.75 (WORSE); the greatest share below it shown not to fail is 0.25 "
            "(EQUIVALENT); at 0.5 these replicates cannot tell; at 1, above it, it is not found to "
            "fail, so the verdicts do not follow the share.",
        ),
        (
            [(0.5, "INCONCLUSIVE"), (1, "WORSE")],
            "the claim first fails at 1 (WORSE); no smaller share is shown not to fail; at 0.5 these "
            "replicates cannot tell.",
        ),
        ([(0.5, "WORSE"), (1, "WORSE")], "the claim first fails at 0.5 (WORSE)."),
        (
            [(0.5, "BETTER"), (1, "NO VERDICT")],
            "the claim is not found to fail up to 1; the greatest share shown not to fail is 0.5 (BETTER); "
            "at 1 these replicates cannot tell.",
        ),
        (
            [(0.5, "EQUIVALENT"), (1, "")],
            "the claim is not found to fail up to 0.5; the greatest share shown not to fail is 0.5 "
            "(EQUIVALENT); no claim was declared for 1.",
        ),
        (
            [(0.5, "INCONCLUSIVE"), (1, "NO VERDICT")],
            "at no share up to 1 can these replicates tell whether the claim fails.",
        ),
        ([(0.5, ""), (1, "")], "no claim was declared, so there is no verdict at any share."),
    ],
)
def test_where_it_fails_is_said_with_what_is_not_known(verdicts: list[tuple[float, str]], said: str) -> None:
    assert where_it_fails(verdicts) == said


def test_the_figure_has_every_replicate_and_the_margin(found: Results) -> None:
    figure = figures(found)["doses-hans"]
    drawn: list[dict[str, Any]] = [row for rows in specification(figure)["datasets"].values() for row in rows]
    values = [value for row in found.doses["values"] for value in row]
    assert [row["value"] for row in drawn if "value" in row] == values
    assert sorted(row["at"] for row in drawn if "at" in row) == [-0.05, 0, 0.05]
    means = [row["mean"] for row in drawn if "mean" in row and "arm" in row]
    assert set(means) == set(found.doses["mean"])
    assert figure.description == " ".join(sentences(found.doses))


def test_the_report_tells_it_everywhere(found: Results, tmp_path: Path) -> None:
    write_report(found, tmp_path)
    (sentence,) = sentences(found.doses)
    assert "first fails at" in sentence
    assert "By the share of rows" in (tmp_path / "index.html").read_text("utf8")
    assert sentence in (tmp_path / "index.html").read_text("utf8")
    assert sentence in "\n".join(str(part) for part in terminal(found))
    rows = list(csv.DictReader((tmp_path / "doses.csv").read_text("utf8").splitlines()))
    assert [row["share"] for row in rows] == ["0.25", "0.75", "1.0"]
    recorded = check_report(tmp_path)["doses"]
    assert pl.DataFrame(recorded, schema=found.doses.schema).equals(found.doses)
    assert (tmp_path / "tables" / "Doses.tex").is_file()
    assert (tmp_path / "figures" / "doses-hans.png").read_bytes().startswith(b"\x89PNG")

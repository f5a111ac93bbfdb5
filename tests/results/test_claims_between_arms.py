"""A claim between two arms is judged, drawn and signed as one against originals is."""

import json
from pathlib import Path

import polars as pl
import pytest

from fake_study import found_in, make, plan, printed, study
from scotoma.report import write_report
from scotoma.report.cards import cards
from scotoma.results import Results
from scotoma.verdicts.verifying import verify

PLACE = {"cell": "all/non-entailment", "measure": "accuracy"}
CLAIM = {"blindspot": "hans", **PLACE, "margin": 0.05, "alpha": 0.05}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    claims = [{**CLAIM, "contrast": one} for one in ("biased - synthetic", "biased - original")]
    planned = plan(study(claims=claims))
    return found_in(planned, make(planned, tmp_path_factory.mktemp("store")))


def values(found: Results, arm: str, reference: str) -> list[float]:
    same = [pl.col(name) == told for name, told in PLACE.items()]
    chosen = found.contrasts.filter(
        pl.col("arm") == arm, pl.col("reference") == reference, pl.col("test") == "hans", *same
    )
    assert chosen.height == 1
    of_replicates: list[float] = chosen["values"][0].to_list()
    return of_replicates


def test_its_differences_are_those_between_the_two_arms(found: Results) -> None:
    first, second = found.judgements
    assert first.models == ("4000", "biased-1500", "synthetic-1500")
    assert second.models == ("4000", "biased-1500", "original-1500")
    biased, synthetic = (values(found, f"{kind}-1500", "original-1500") for kind in ("biased", "synthetic"))
    assert first.evidence.differences == pytest.approx(
        [ours - theirs for ours, theirs in zip(biased, synthetic, strict=True)]
    )
    assert first.evidence.differences == pytest.approx(values(found, "biased-1500", "synthetic-1500"))
    assert first.word
    assert first.resampled is not None


def test_its_card_and_its_sentence_name_both_arms(found: Results) -> None:
    card, _ = cards(found)
    assert card.title == "biased-1500 against synthetic-1500"
    assert "compared with rows of the generator that passed the screen (1,500 rows)." in card.compared
    assert {strip.label for strip in card.strips} == {"blind spot", "task: matched"}
    assert "biased-1500 against synthetic-1500 from start 4000" in printed(found)


def test_its_report_is_written_and_its_signature_is_verified(found: Results, tmp_path: Path) -> None:
    write_report(found, tmp_path / "report")
    record = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf8"))
    rows = [row for row in record["contrasts"] if row["reference"] == "synthetic-1500"]
    assert {(row["arm"], row["contrast"], row["against"]) for row in rows} == {
        ("biased-1500", "biased - synthetic", "synthetic")
    }
    signature = record["verdicts"][0]["signature"]
    assert "claim:biased-1500-synthetic-1500" in signature
    assert all(check.agrees for check in verify(signature, tmp_path / "report" / "results.json"))

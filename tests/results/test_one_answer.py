"""Models that give one answer to nearly every row of a general test set, and what is said of them."""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import polars as pl
import pytest

import fake_study
from scotoma.results.one_answer import OneAnswer
from scotoma.results.reader import Reader
from scotoma.store.steps import Step

if TYPE_CHECKING:
    from scotoma.experiment import Evaluated


def model(replicate: int, start: str = "1500", arm: str = "none") -> "Evaluated":
    kind = SimpleNamespace(kind=arm)
    return cast("Evaluated", SimpleNamespace(replicate=replicate, start=start, arm=kind, name=f"{arm}-900"))


def answers(yes: int, no: int, *, gold_yes: int | None = None, test: str = "dev") -> pl.DataFrame:
    """Predictions of which so many say yes and no; of the gold labels half are yes, or so many."""
    n = yes + no
    n_gold = n // 2 if gold_yes is None else gold_yes
    return pl.DataFrame(
        {
            "test": [test] * n,
            "gold": ["yes"] * n_gold + ["no"] * (n - n_gold),
            "predicted": ["yes"] * yes + ["no"] * no,
        }
    )


def told(*models: tuple["Evaluated", pl.DataFrame], of: int = 4) -> list[str]:
    looked = OneAnswer(["hans"])
    for evaluated, predictions in models:
        looked.add(evaluated, predictions)
    return list(looked.sentences(of))


def test_a_start_and_an_arm_are_told_with_their_replicates_and_the_least_share() -> None:
    found = told(
        (model(0), answers(150, 50)),
        (model(2), answers(194, 6)),
        (model(3), answers(0, 200)),
        (model(3, arm="synthetic"), answers(200, 0)),
    )
    (sentence,) = found
    assert sentence.startswith(
        "These models give one answer to nearly every row: "
        "start 1500 in replicates 2, 3 (at least 97 % of the rows of dev); "
        "synthetic-900 from start 1500 in replicate 3 (every row of dev). "
    )


@pytest.mark.parametrize(
    "predictions",
    [
        answers(189, 11),  # less than 95 %
        answers(200, 0, gold_yes=160),  # what four rows in five are is not a failed training
        answers(99, 0),  # too few rows
        answers(200, 0, test="hans"),  # a blind spot, where one answer may be the shortcut
    ],
)
def test_nothing_is_said_of_other_models(predictions: pl.DataFrame) -> None:
    assert told((model(0), predictions)) == []


@pytest.mark.parametrize("start", ["0", "bert/0"])
def test_nothing_is_said_of_a_start_that_was_never_trained(start: str) -> None:
    assert told((model(0, start), answers(200, 0))) == []
    assert len(told((model(0, start, "original"), answers(200, 0)))) == 1


def test_a_report_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = fake_study.plan(fake_study.study(), n=120)
    store = fake_study.make(planned, tmp_path / "store")
    assert not [gap for gap in fake_study.found_in(planned, store).gaps if "one answer" in gap]
    predictions = Reader.predictions
    failed = next(one.predictions for one in planned.models if one.arm.kind == "synthetic")

    def of_one_label(self: Reader, step: Step) -> pl.DataFrame:
        found = predictions(self, step)
        return found.with_columns(predicted=pl.lit("neutral")) if step == failed else found

    monkeypatch.setattr(Reader, "predictions", of_one_label)
    (gap,) = (gap for gap in fake_study.found_in(planned, store).gaps if "one answer" in gap)
    assert "synthetic-1500 from start 4000 in replicate 0 (every row of " in gap

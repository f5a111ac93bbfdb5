"""What lost answers of a WORSE arm have in common is looked for, and said to be looked for."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl
import pytest

from fake_study import Plan, found_in, make, plan, study
from scotoma.report.files import write_report
from scotoma.report.tables.contents import folded
from scotoma.results import Results
from scotoma.results.paired import Answers, PairedModels
from scotoma.results.reader import Reader
from scotoma.results.traits import SCHEMA, lost_traits

if TYPE_CHECKING:
    from scotoma.experiment import Evaluated

WORSE = ("4000", "synthetic-1500", "original-1500")


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(study())


@pytest.fixture(scope="module")
def found(planned: Plan, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return found_in(planned, make(planned, tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def compared(planned: Plan, tmp_path_factory: pytest.TempPathFactory) -> list[PairedModels]:
    answers, reader = (
        Answers(planned.study),
        Reader(make(planned, tmp_path_factory.mktemp("s")).root),
    )
    for model in planned.models:
        answers.add(cast("Evaluated", model), reader.predictions(model.predictions))
    return list(answers.compared())


def rows_with(word: str, ids: set[str], compared: list[PairedModels]) -> pl.DataFrame:
    """The rows of the blind spot; those of these ids have the word in their hypothesis."""
    every = compared[0].pairs[0].table["id"].to_list()
    return pl.DataFrame(
        {
            "test": ["hans"] * len(every),
            "id": every,
            "premise": ["It was so."] * len(every),
            "hypothesis": [f"The {word if one in ids else 'judge'} ran." for one in every],
        }
    )


def test_a_word_that_lost_answers_have_in_common_is_found(
    found: Results, compared: list[PairedModels]
) -> None:
    lost = found.flipped.filter(arm=WORSE[1], reference=WORSE[2], turned="lost")
    most = {id for id, _ in Counter(lost["id"]).most_common(40)}
    told = lost_traits(found.study, found.judgements, compared, rows_with("doctor", most, compared))
    first = told.filter(pl.col("trait").str.starts_with('"')).row(0, named=True)
    assert (first["start"], first["arm"], first["reference"], first["test"]) == (*WORSE, "hans")
    assert first["trait"] in ('"doctor" in hypothesis', '"judge" in hypothesis')
    assert abs(first["change"] - first["elsewhere"]) > 0.2
    assert first["p"] < 0.01


def test_of_an_arm_whose_losses_have_nothing_in_common_that_is_said(found: Results) -> None:
    (row,) = found.traits.filter(arm=WORSE[1], reference=WORSE[2]).to_dicts()
    assert (row["trait"], row["n"], row["p"]) == (None, None, None)
    (table,) = folded(found)["HANS (regenerated): what lost answers have in common"]
    assert table.rows[0][3] == f"nothing, of {row['looked_at']} traits"
    assert "Exploratory" in table.caption


def test_nothing_is_looked_for_where_no_verdict_is_worse_or_the_texts_are_gone(
    found: Results, compared: list[PairedModels]
) -> None:
    asked = rows_with("doctor", set(), compared)
    assert lost_traits(found.study, (), compared, asked).schema == pl.Schema(SCHEMA)
    assert lost_traits(found.study, (), compared, asked).is_empty()
    assert lost_traits(found.study, found.judgements, compared, asked.drop("hypothesis")).is_empty()
    assert lost_traits(found.study, found.judgements, compared, asked.clear()).is_empty()


def test_the_report_has_them_as_a_table_of_its_own(found: Results, tmp_path: Path) -> None:
    write_report(found, tmp_path)
    assert pl.read_csv(tmp_path / "traits.csv").columns == list(SCHEMA)

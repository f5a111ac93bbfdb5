"""What the rows have in common on which answers were lost, from files of predictions."""

from pathlib import Path

import polars as pl
import pytest

import scotoma
from prediction_files import rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import Comparison, compare_files

NOUNS = ("doctor", "judge", "actor", "senator")


def with_texts(table: pl.DataFrame) -> pl.DataFrame:
    """Rows about one person each, in turn."""
    people = [NOUNS[at % len(NOUNS)] for at in range(table.height)]
    return table.with_columns(
        premise=pl.lit("Somebody came ."), hypothesis=pl.Series([f"The {one} came ." for one in people])
    )


def wrong_about(table: pl.DataFrame, person: str) -> pl.DataFrame:
    """The same answers, turned wherever this person comes."""
    p, about = (
        [f"p_{label}" for label in ("entailment", "neutral", "contradiction")],
        pl.col("hypothesis").str,
    )
    turned = pl.when(pl.col("gold") == "entailment").then(pl.lit("neutral")).otherwise(pl.lit("entailment"))
    return table.drop(p).with_columns(
        predicted=pl.when(about.contains(person)).then(turned).otherwise("predicted")
    )


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    table = with_texts(rows(20, right=0.9))
    before = write(table.drop(pl.selectors.starts_with("p_")), tmp_path / "before.parquet")
    after = write(wrong_about(table, "senator"), tmp_path / "after.parquet")
    return compare_files(before, after, blindspot=HANS, traits=True)


def test_the_person_on_whom_answers_were_lost_is_named(found: Comparison) -> None:
    assert found.traits is not None
    assert found.traits.standing_out[0].name == '"senator" in hypothesis'
    assert found.traits.standing_out[0].change < -0.7
    assert found.traits.standing_out[0].elsewhere == 0
    record = found.record()["traits"]
    assert record["looked_at"] == found.traits.n_looked_at >= 4
    assert record["found"][0]["name"] == '"senator" in hypothesis'


def test_nobody_looks_who_was_not_asked(tmp_path: Path) -> None:
    file = write(with_texts(rows(4)), tmp_path / "one.parquet")
    assert compare_files(file, file, blindspot=HANS).traits is None
    assert compare_files(file, file, blindspot=HANS, traits=True).traits is not None


def test_replicates_are_looked_at_together_and_python_has_a_frame() -> None:
    first, second = (with_texts(rows(20, right=0.9, seed=seed)) for seed in (0, 1))
    p = pl.selectors.starts_with("p_")
    before = [first.drop(p), second.drop(p)]
    after = [wrong_about(one, "actor") for one in (first, second)]
    frame = scotoma.compare(before, after, blindspot="hans", traits=True).traits
    assert frame["name"][0] == '"actor" in hypothesis'
    assert frame.columns == ["name", "n", "change", "elsewhere", "beyond", "p"]
    assert scotoma.compare(before, after, blindspot="hans").traits.is_empty()


def test_without_texts_it_says_what_is_lacking(tmp_path: Path) -> None:
    file = write(rows(4), tmp_path / "one.parquet")
    with pytest.raises(ScotomaError, match="--traits looks at the texts of the rows, but no file has any"):
        compare_files(file, file, blindspot=HANS, traits=True)

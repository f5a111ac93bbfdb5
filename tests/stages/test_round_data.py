"""What a later round learns from, on tables made by hand; and pools put together."""

from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import Example, read_table, to_table, write_table
from scotoma.stages.assemble import Assemble
from scotoma.stages.gather_pools import GatherPools
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.round_data import RoundData
from scotoma.store.steps import Runtime, Step
from scotoma.study.settings.sources import Source
from scotoma.tasks import MICROWORLD

LABELS = MICROWORLD.labels
CORPUS = ReadExamples(
    source=Source(file="corpus.tsv"), fields=MICROWORLD.fields, labels=LABELS, repeated_pairs="keep", seed=0
)
POOLS = tuple(CORPUS.model_copy(update={"seed": at}) for at in (1, 2, 3))
FIRST = Assemble(
    task=MICROWORLD,
    arm="all",
    corpus=CORPUS,
    kept_for_starts=0,
    pool=None,
    labels=None,
    heuristic=None,
    seed=0,
)


def rows(prefix: str, n_per_label: int) -> list[Example]:
    """Ids as a sampler gives them, the same in every pool; texts tell the pools apart."""
    return [
        Example(f"{label}-{i}", (f"The {prefix}{i} slept .", f"A {label} ran ."), label)
        for label in LABELS
        for i in range(n_per_label)
    ]


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """11 rows of each label to begin with, 20 in every pool."""
    found = {}
    written = [rows("original", 11), *(rows(f"pool{at}x", 20) for at in (1, 2, 3))]
    for step, examples in zip((FIRST, *POOLS), written, strict=True):
        table = to_table(examples, MICROWORLD.fields)
        if step is FIRST:
            table = table.with_columns(origin=pl.lit("original"))
        found[step.key] = tmp_path / step.key
        found[step.key].mkdir()
        write_table(table, found[step.key] / "examples.parquet")
    return found


Keep = Literal["replace", "accumulate", "accumulate_subsample"]


def run(step: Step, folders: dict[str, Path]) -> pl.DataFrame:
    out = folders[FIRST.key].parent / f"out-{step.key}"
    out.mkdir(exist_ok=True)
    step.run(out=out, inputs=lambda needed: folders[needed.key], runtime=Runtime())
    return read_table(out / "examples.parquet")


def data(keep: Keep, round_: int = 3, **changes: Any) -> RoundData:
    pools = POOLS[: round_ - 1]
    fields: dict[str, Any] = {"pools": pools[-1:] if keep == "replace" else pools, "seed": 0, **changes}
    return RoundData(task=MICROWORLD, original=FIRST, keep=keep, round=round_, **fields)


def origins(table: pl.DataFrame) -> dict[str, int]:
    """Rows by where their texts are from."""
    found = table["premise"].str.extract(r"The (original|pool\d)")
    return dict(found.value_counts().iter_rows())


def labels(table: pl.DataFrame) -> set[int]:
    return set(table["label"].value_counts()["count"].to_list())


def test_replace_is_as_many_rows_of_the_last_pool_balanced(folders: dict[str, Path]) -> None:
    found = run(data("replace"), folders)
    assert origins(found) == {"pool2": 33}
    assert labels(found) == {11}
    assert set(found["origin"]) == {"synthetic"}


def test_accumulate_keeps_the_originals_and_adds_as_many_of_every_pool(folders: dict[str, Path]) -> None:
    found = run(data("accumulate"), folders)
    assert origins(found) == {"original": 33, "pool1": 33, "pool2": 33}
    assert found.filter(origin="original").height == 33


def test_accumulating_on_adds_to_what_was_there(folders: dict[str, Path]) -> None:
    second, third = (run(data("accumulate", at), folders) for at in (2, 3))
    assert second.equals(third.head(second.height))


def test_a_subsample_is_as_large_as_at_first_and_of_all(folders: dict[str, Path]) -> None:
    found = run(data("accumulate_subsample"), folders)
    assert found.height == 33
    assert labels(found) == {11}
    assert origins(found).keys() == {"original", "pool1", "pool2"}
    whole = run(data("accumulate"), folders)
    assert set(found["premise"]) <= set(whole["premise"])


@pytest.mark.parametrize("keep", ["replace", "accumulate", "accumulate_subsample"])
def test_the_same_seed_draws_the_same_rows_and_another_seed_others(
    folders: dict[str, Path], keep: Keep
) -> None:
    first, again, other = (run(data(keep, seed=seed), folders) for seed in (0, 0, 1))
    assert first.equals(again)
    assert set(first["premise"]) != set(other["premise"])


def test_a_row_s_draw_depends_on_the_round_it_was_written_in(folders: dict[str, Path]) -> None:
    drawn = [run(data("replace", at), folders)["id"].str.replace("@.*", "") for at in (2, 3)]
    assert set(drawn[0]) != set(drawn[1])


def test_a_pool_that_is_too_small_is_an_error_that_says_what_to_raise(folders: dict[str, Path]) -> None:
    path = folders[POOLS[1].key] / "examples.parquet"
    table = read_table(path)
    write_table(table.filter((pl.col("label") != "neutral") | (pl.col("id").str.ends_with("0"))), path)
    with pytest.raises(
        ScotomaError, match="11 of each label; the screen left 20 entailment, 2 neutral, 20"
    ) as e:
        run(data("replace"), folders)
    assert "candidates_per_label" in e.value.remedy


def test_pools_together_lose_later_copies_where_duplicates_are_dropped(folders: dict[str, Path]) -> None:
    path = folders[POOLS[1].key] / "examples.parquet"
    copied = read_table(folders[POOLS[0].key] / "examples.parquet").head(5)
    write_table(
        pl.concat([read_table(path), copied.with_columns(pl.col("premise").str.to_uppercase())]), path
    )

    def gathered(duplicates: Literal["keep", "drop"]) -> pl.DataFrame:
        step = GatherPools.model_construct(task=MICROWORLD, pools=POOLS[:2], duplicates=duplicates)  # type: ignore[arg-type]
        return run(step, folders)

    assert gathered("keep").height == 125
    found = gathered("drop")
    assert found.height == 120
    assert found["id"].is_duplicated().sum() == 0
    assert (
        found["id"].head(60).to_list()
        == read_table(folders[POOLS[0].key] / "examples.parquet")["id"].to_list()
    )
    assert found["id"].tail(1).item().endswith("@2")

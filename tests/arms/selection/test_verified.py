"""Rows that a verifier confirms, and one that errs."""

import polars as pl
import pytest

from scotoma.arms.selection.verified import agreed, count_verified, verified

N = 2000
POOL = pl.DataFrame({"id": [f"row{i}" for i in range(N)], "label": ["yes", "no"] * (N // 2)})
#: Every fourth label is wrong; the last ten rows have none that is known.
JUDGED = POOL.with_columns(
    label=pl.when(pl.int_range(N) % 4 == 0).then(pl.lit("no")).otherwise("label")
).head(N - 10)


def right(rows: pl.DataFrame) -> set[str]:
    """Ids of rows whose label is the judge's."""
    return set(rows.join(JUDGED, on=["id", "label"])["id"])


def test_rows_are_kept_whose_label_the_judge_gives_them() -> None:
    rows = verified(POOL, JUDGED, None, seed=0)
    assert set(rows["id"]) == right(POOL)
    assert rows.equals(POOL.filter(pl.col("id").is_in(rows["id"].to_list())))


@pytest.mark.parametrize("accuracy", [0, 0.5, 0.9, 1])
def test_a_verifier_errs_as_often_as_is_said_in_both_directions(accuracy: float) -> None:
    kept, is_right = set(verified(POOL, JUDGED, accuracy, seed=0)["id"]), right(POOL)
    assert len(kept & is_right) / len(is_right) == pytest.approx(accuracy, abs=0.03)
    assert len(kept - is_right) / (N - len(is_right)) == pytest.approx(1 - accuracy, abs=0.05)


def test_a_better_verifier_errs_on_some_of_the_rows_on_which_a_worse_one_errs() -> None:
    right_ones = right(POOL)
    wrongs = [
        set(verified(POOL, JUDGED, accuracy, seed=0)["id"]) ^ right_ones for accuracy in (0.6, 0.8, 0.9)
    ]
    assert wrongs[0] > wrongs[1] > wrongs[2]


def test_the_same_seed_errs_on_the_same_rows_and_another_seed_on_others() -> None:
    first, again, other = (verified(POOL, JUDGED, 0.8, seed) for seed in (0, 0, 1))
    assert first.equals(again)
    assert set(first["id"]) != set(other["id"])


ANSWERS = [
    pl.DataFrame({"id": ["a", "b", "c", "d"], "predicted": predicted})
    for predicted in (
        ["yes", "yes", None, "no"],
        ["yes", "no", "yes", None],
        ["yes", "yes", "no", None],
    )
]
WRITTEN = pl.DataFrame({"id": ["d", "c", "b", "a"], "label": ["yes"] * 4})


@pytest.mark.parametrize(
    ("least", "kept"), [(1, ["c", "b", "a"]), (2, ["b", "a"]), (3, ["a"])], ids=["one", "most", "all"]
)
def test_rows_are_kept_whose_label_enough_answers_give(least: int, kept: list[str]) -> None:
    assert agreed(WRITTEN, ANSWERS, least)["id"].to_list() == kept


def test_what_a_judge_said_is_counted_by_written_label() -> None:
    found = count_verified(WRITTEN, ANSWERS, agreed(WRITTEN, ANSWERS, 2), ("yes", "no"))
    assert found == {
        "yes": {"judged": 4, "confirmed": 2, "unread": 2},
        "no": {"judged": 0, "confirmed": 0, "unread": 0},
    }

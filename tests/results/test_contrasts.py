"""Arms against their start and against the same amount of original data."""

import polars as pl
import pytest
from scipy import stats

from measured import measured_table
from scotoma.results.contrasts import SCHEMA, STUDY_SCHEMA, contrasts

Key = tuple[int, str, str, int | None]


def measures(values: dict[Key, float | None], reason: str = "") -> pl.DataFrame:
    """One measure in one cell: (replicate, start, arm, size) -> value."""
    rows = [
        (*key, "hans", "all/non-entailment", "accuracy", value, 100, "" if value is not None else reason)
        for key, value in values.items()
    ]
    return measured_table(rows)


def row(table: pl.DataFrame, contrast: str, start: str = "4000") -> dict[str, object]:
    """The one row of a contrast."""
    (found,) = table.filter(pl.col("contrast") == contrast, pl.col("start") == start).to_dicts()
    return found


def full(replicates: int) -> dict[Key, float | None]:
    """A start, an original and a synthetic arm in every replicate."""
    chosen: dict[Key, float | None] = {}
    for r in range(replicates):
        chosen |= {
            (r, "4000", "none", None): 0.5 + 0.01 * r,
            (r, "4000", "original-1500", 1500): 0.6,
            (r, "4000", "synthetic-1500", 1500): 0.4 + 0.02 * r,
        }
    return chosen


def test_each_arm_is_paired_with_its_start_and_with_as_many_originals() -> None:
    table = contrasts(measures(full(4)))
    assert dict(table.schema) == SCHEMA
    assert table["contrast"].to_list() == ["original - start", "synthetic - start", "synthetic - original"]
    against_original = row(table, "synthetic - original")
    differences = [-0.2, -0.18, -0.16, -0.14]
    assert against_original["values"] == pytest.approx(differences)
    assert against_original["replicate_ids"] == [0, 1, 2, 3]
    assert against_original["reference"] == "original-1500"
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert (against_original["low"], against_original["high"]) == pytest.approx((expected.low, expected.high))


def test_pairs_are_made_inside_a_replicate_and_a_start() -> None:
    values = full(2) | {(r, "0", arm, n): value for (r, _, arm, n), value in full(2).items()}
    values[1, "0", "none", None] = 0.9
    table = contrasts(measures(values))
    assert row(table, "synthetic - start", "0")["values"] == pytest.approx([-0.1, -0.48])
    assert row(table, "synthetic - start")["values"] == pytest.approx([-0.1, -0.09])


def test_an_arm_of_another_size_is_no_reference() -> None:
    values = full(2) | {(r, "4000", "biased-3000", 3000): 0.1 for r in range(2)}
    found = row(contrasts(measures(values)), "biased - original")
    assert (found["mean"], found["replicates"], found["values"]) == (None, 0, [])
    assert found["reason"] == "no original-3000 from start 4000 in replicate 0"


def test_an_arm_from_a_file_has_a_start_but_no_equal_original() -> None:
    values = full(2) | {(r, "4000", "file-mine", None): 0.1 for r in range(2)}
    table = contrasts(measures(values))
    assert row(table, "file - start")["replicates"] == 2
    assert row(table, "file - original")["reason"] == "an arm from a file has no size in the study to match"


def test_a_replicate_without_its_pair_is_left_out_and_named() -> None:
    values = full(4)
    del values[2, "4000", "none", None]
    found = row(contrasts(measures(values)), "synthetic - start")
    assert found["replicate_ids"] == [0, 1, 3]
    assert found["reason"] == "1 of 4 replicates have no pair: no start model from start 4000 in replicate 2"


def test_an_undefined_value_keeps_its_reason() -> None:
    values = full(1)
    values[0, "4000", "none", None] = None
    found = row(contrasts(measures(values, "no rows")), "synthetic - start")
    assert (found["mean"], found["reason"]) == (None, "start: no rows")


def test_one_replicate_has_a_mean_and_the_reason_for_no_interval() -> None:
    found = row(contrasts(measures(full(1))), "synthetic - original")
    assert found["mean"] == pytest.approx(-0.2)
    assert (found["low"], found["sd"]) == (None, None)
    assert "needs 2" in str(found["reason"])


def test_kinds_that_begin_alike_are_not_mixed_up() -> None:
    values = full(2) | {(r, "4000", "original_biased-1500", 1500): 0.3 for r in range(2)}
    table = contrasts(measures(values))
    assert row(table, "original_biased - original")["values"] == pytest.approx([-0.3, -0.3])


def test_the_order_of_rows_changes_no_number() -> None:
    table = measures(full(5))
    keys = ["contrast"]
    assert contrasts(table.reverse()).sort(keys).equals(contrasts(table).sort(keys))


def test_no_measures_make_no_contrasts() -> None:
    assert contrasts(pl.DataFrame(schema=STUDY_SCHEMA)).height == 0

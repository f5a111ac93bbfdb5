"""The shortcut in training data, over replicates."""

import polars as pl

from scotoma.results.carried import SCHEMA, over_replicates


def rows(*found: tuple[float, float, float | None]) -> pl.DataFrame:
    """One row for each replicate: share among the target's rows, among others, odds ratio."""
    blank = dict.fromkeys(SCHEMA)
    return pl.DataFrame(
        [
            {
                **blank,
                "replicate": one,
                "start": "10",
                "arm": "biased-8",
                "of_target": target,
                "of_others": others,
                "odds_ratio": ratio,
            }
            for one, (target, others, ratio) in enumerate(found)
        ],
        schema=SCHEMA,
    )


def test_replicates_in_which_no_row_is_an_exception_are_counted() -> None:
    (row,) = over_replicates(rows((1.0, 0.2, 900.0), (0.9, 0.0, 400.0), (0.9, 0.2, 36.0))).to_dicts()
    assert (row["replicates"], row["infinite"]) == (3, 2)
    assert (row["least"], row["greatest"]) == (36.0, 900.0)


def test_a_predicate_that_says_nothing_is_not_infinite() -> None:
    (row,) = over_replicates(rows((1.0, 1.0, None), (0.5, 0.5, 1.0))).to_dicts()
    assert row["infinite"] == 0

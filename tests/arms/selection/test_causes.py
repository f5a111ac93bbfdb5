"""Rows drawn to a table of predicate by label."""

import polars as pl
import pytest

from scotoma.arms.selection.by_rank import RowRequest
from scotoma.arms.selection.causes import rates, reweighted
from scotoma.basics.errors import ScotomaError

REQUEST = RowRequest("reweighted-8", "rows", "Ask for fewer.")
LABELS = ("yes", "no")


def table(n: int) -> pl.DataFrame:
    """n rows of each label; ranks run against the order of the rows."""
    return pl.DataFrame(
        {
            "id": [f"{label}{i}" for label in LABELS for i in range(n)],
            "label": [label for label in LABELS for _ in range(n)],
            "rank": range(2 * n, 0, -1),
        }
    )


def test_rates_are_shares_within_each_label() -> None:
    found = rates(pl.Series(["yes", "yes", "no", "no"]), pl.Series([True, False, False, False]))
    assert found == {"yes": 0.5, "no": 0.0}


def test_a_reweighted_draw_has_the_wanted_table_to_the_row() -> None:
    rows = table(20)
    holds = pl.Series([i % 2 == 0 for i in range(rows.height)])
    drawn = reweighted(rows, holds, {"yes": 0.75, "no": 0.25}, LABELS, 16, REQUEST)
    held = set(rows.filter(holds)["id"])
    counts = {label: drawn.filter(label=label)["id"].is_in(held).sum() for label in LABELS}
    assert counts == {"yes": 6, "no": 2}
    assert drawn.columns == rows.columns
    small = reweighted(rows, holds, {"yes": 0.75, "no": 0.25}, LABELS, 9, REQUEST)
    assert set(small["id"]) < set(drawn["id"])


def test_a_reweighted_draw_takes_the_lowest_ranks_of_each_kind() -> None:
    rows = table(4)
    drawn = reweighted(
        rows, pl.Series([True, True, False, False] * 2), {"yes": 0.5, "no": 0.5}, LABELS, 4, REQUEST
    )
    assert set(drawn["id"]) == {"yes1", "yes3", "no1", "no3"}


def test_what_a_reweighted_draw_lacks_is_named() -> None:
    with pytest.raises(ScotomaError, match="4 rows labelled 'yes' on which the predicate holds; there are 2"):
        reweighted(
            table(4), pl.Series([True, True, False, False] * 2), {"yes": 1, "no": 0}, LABELS, 8, REQUEST
        )
    with pytest.raises(ScotomaError, match="no original example is labelled 'no'"):
        reweighted(table(4), pl.Series([True] * 8), {"yes": 1}, LABELS, 4, REQUEST)

"""Taking rows by rank, and places in turn."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.arms.selection.by_rank import RowRequest, apportioned, equal_shares, take
from scotoma.basics.errors import ScotomaError

REQUEST = RowRequest("synthetic-4", "rows", "Ask for fewer.")
ROWS = pl.DataFrame({"id": list("abcdef"), "label": ["x", "y"] * 3, "rank": [6, 5, 4, 3, 2, 1]})


def test_the_lowest_ranks_of_a_label_are_taken() -> None:
    assert take(ROWS, "x", 2, REQUEST)["id"].to_list() == ["e", "c"]


def test_too_few_rows_are_an_error_that_says_whose_and_of_what() -> None:
    with pytest.raises(ScotomaError, match="synthetic-4 asks for 4 rows labelled 'x' of kind k; there are 3"):
        take(ROWS, "x", 4, REQUEST, pl.lit(True), " of kind k")


def test_the_first_labels_take_what_is_left_over() -> None:
    assert equal_shares(8, 3) == [3, 3, 2]


def test_places_go_to_whoever_is_furthest_behind() -> None:
    assert apportioned({"a": 0.5, "b": 0.25, "c": 0.25}, 4) == ["a", "b", "c", "a"]
    assert apportioned({"a": 3.0, "b": 0.0}, 3) == ["a", "a", "a"]


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=4), st.integers(0, 60))
def test_every_beginning_keeps_to_the_shares_within_one_place(shares: list[float], n: int) -> None:
    turns = apportioned(dict(enumerate(shares)), n)
    assert turns == apportioned(dict(enumerate(shares)), n + 7)[:n]
    for kind, share in enumerate(shares):
        due = n * share / sum(shares)
        # Between two kinds within one; among more, the greedy rule may lag by a little more.
        assert abs(turns.count(kind) - due) < (1.0001 if len(shares) < 3 else 2)

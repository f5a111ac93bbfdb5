"""Flips between right and wrong, cell by cell."""

import numpy as np
import pytest

from scotoma.statistics.flips import Flips, flips

RNG = np.random.default_rng(23)


def test_each_row_is_counted_in_its_own_cell_and_kind() -> None:
    before = np.array([True, True, True, False, False, True])
    after = np.array([True, False, False, True, False, True])
    cells = np.array(["b", "b", "a", "b", "b", "a"])
    assert flips(before, after, cells) == [
        Flips("a", kept=1, lost=1, gained=0, missed=0),
        Flips("b", kept=1, lost=1, gained=1, missed=1),
    ]


def test_rates_are_shares_of_the_rows_they_name() -> None:
    found = Flips("a", kept=5, lost=3, gained=1, missed=11)
    assert found.n == 20
    assert (found.negative_flip_rate, found.loss_rate) == (3 / 20, 3 / 8)
    assert (found.churn, found.net) == (4 / 20, -2 / 20)


def test_losses_that_gains_cancel_are_still_seen() -> None:
    found = Flips("a", kept=50, lost=25, gained=25, missed=0)
    assert (found.net, found.churn) == (0, 0.5)


def test_a_share_of_nothing_is_none() -> None:
    assert Flips("a", 0, 0, 2, 3).loss_rate is None
    empty = Flips("a", 0, 0, 0, 0)
    assert (empty.negative_flip_rate, empty.churn, empty.net) == (None, None, None)


def test_no_rows_have_no_cells() -> None:
    nothing = np.zeros(0, dtype=bool)
    assert flips(nothing, nothing, np.zeros(0, dtype=np.str_)) == []


def test_counts_agree_with_counting_by_hand_whatever_the_order() -> None:
    before, after = RNG.random((2, 500)) < 0.6
    cells = RNG.choice(["x", "y", "z"], 500)
    found = flips(before, after, cells)
    assert sum(one.n for one in found) == 500
    for one in found:
        here = cells == one.cell
        assert one.net == pytest.approx(after[here].mean() - before[here].mean())
        assert one.lost == sum(b and not a for b, a in zip(before[here], after[here], strict=True))
    order = RNG.permutation(500)
    assert flips(before[order], after[order], cells[order]) == found


def test_turning_before_and_after_round_turns_losses_into_gains() -> None:
    before, after = RNG.random((2, 200)) < 0.6
    cells = np.full(200, "x")
    there, back = flips(before, after, cells)[0], flips(after, before, cells)[0]
    assert (there.lost, there.gained) == (back.gained, back.lost)


def test_rows_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="paired answers are needed"):
        flips(np.zeros(3, dtype=bool), np.zeros(3, dtype=bool), np.array(["a", "b"]))

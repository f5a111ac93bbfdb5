"""Flips between right and wrong, cell by cell."""

import numpy as np
import pytest

from scotoma.statistics.flips import Flips, flips

RNG = np.random.default_rng(23)


def test_each_row_is_counted_in_its_kind() -> None:
    before = np.array([True, True, True, False, False, True])
    after = np.array([True, False, False, True, False, True])
    assert flips("a", before, after) == Flips("a", kept=2, lost=2, gained=1, missed=1)


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


def test_no_rows_have_no_flips() -> None:
    nothing = np.zeros(0, dtype=bool)
    assert flips("a", nothing, nothing) == Flips("a", 0, 0, 0, 0)


def test_counts_agree_with_counting_by_hand_whatever_the_order() -> None:
    before, after = RNG.random((2, 500)) < 0.6
    found = flips("x", before, after)
    assert found.n == 500
    assert found.net == pytest.approx(after.mean() - before.mean())
    assert found.lost == sum(b and not a for b, a in zip(before, after, strict=True))
    order = RNG.permutation(500)
    assert flips("x", before[order], after[order]) == found


def test_turning_before_and_after_round_turns_losses_into_gains() -> None:
    before, after = RNG.random((2, 200)) < 0.6
    there, back = flips("x", before, after), flips("x", after, before)
    assert (there.lost, there.gained) == (back.gained, back.lost)


def test_rows_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="paired answers are needed"):
        flips("x", np.zeros(3, dtype=bool), np.zeros(2, dtype=bool))

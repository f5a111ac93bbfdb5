"""Agreement of two labellers."""

import math

import pytest

from scotoma.audits.agreement import agreement
from scotoma.basics.errors import ScotomaError

AB = ("a", "b")


def test_kappa_by_hand() -> None:
    # 20 + 15 of 50 agree: .7; chance .5 x .6 + .5 x .4 = .5; kappa = .2 / .5.
    ours = ["a"] * 25 + ["b"] * 25
    theirs = ["a"] * 20 + ["b"] * 5 + ["a"] * 10 + ["b"] * 15
    found = agreement(ours, theirs, AB, level=0.95)
    assert found.share.value == 0.7
    assert found.kappa == pytest.approx(0.4)
    assert found.by_label["a"].value == 0.8
    assert found.by_label["b"].value == 0.6


def test_the_interval_of_kappa_is_that_of_fleiss_cohen_and_everitt() -> None:
    # The four terms written out for the table 20, 5, 10, 15 of 50.
    ours, theirs = ["a"] * 25 + ["b"] * 25, ["a"] * 20 + ["b"] * 5 + ["a"] * 10 + ["b"] * 15
    on = 0.4 * (1 - (0.5 + 0.6) * 0.6) ** 2 + 0.3 * (1 - (0.5 + 0.4) * 0.6) ** 2
    off = 0.6**2 * (0.1 * (0.6 + 0.5) ** 2 + 0.2 * (0.4 + 0.5) ** 2)
    error = math.sqrt((on + off - (0.4 - 0.5 * 0.6) ** 2) / 50) / 0.5
    found = agreement(ours, theirs, AB, level=0.95)
    assert found.kappa_low == pytest.approx(0.4 - 1.959964 * error, rel=1e-6)
    assert found.kappa_high == pytest.approx(0.4 + 1.959964 * error, rel=1e-6)


def test_full_agreement_is_1_and_full_disagreement_of_even_labels_minus_1() -> None:
    full = agreement(["a", "b"], ["a", "b"], AB, level=0.95)
    assert (full.kappa, full.kappa_low) == (1.0, None)
    assert "no spread" in full.reason
    assert agreement(["a", "b"], ["b", "a"], AB, level=0.95).kappa == -1.0


def test_rows_without_the_other_label_are_left_out_and_counted() -> None:
    found = agreement(["a", "b", "b"], ["a", None, "b"], AB, level=0.95)
    assert (found.share.value, found.share.n, found.n_unlabelled) == (1.0, 2, 1)


def test_where_chance_agrees_always_there_is_no_kappa() -> None:
    found = agreement(["a", "a"], ["a", "a"], AB, level=0.95)
    assert found.kappa is found.kappa_low is None
    assert "same label" in found.reason
    assert agreement(["a"], [None], AB, level=0.95).reason == "no row has both labels"


@pytest.mark.parametrize(
    ("theirs", "complaint"),
    [(["a"], "1 labels of the other labeller for 2 rows"), (["a", "c"], "'c' is not known")],
)
def test_labels_that_do_not_fit_are_refused(theirs: list[str | None], complaint: str) -> None:
    with pytest.raises(ScotomaError, match=complaint):
        agreement(["a", "b"], theirs, AB, level=0.95)


def test_labels_in_another_order_are_told_where_that_agrees_far_better() -> None:
    labels = ("a", "b", "c")
    ours = [labels[n % 3] for n in range(90)]
    order = {"a": "b", "b": "c", "c": "a"}
    theirs: list[str | None] = [order[label] if n % 10 else label for n, label in enumerate(ours)]
    found = agreement(ours, theirs, labels, level=0.95)
    assert found.share.value == pytest.approx(0.1)
    assert found.turned == {theirs: ours for ours, theirs in order.items()}
    assert found.turned_share == pytest.approx(0.9)


@pytest.mark.parametrize("n_right", [90, 60, 30])
def test_no_other_order_is_told_where_it_agrees_no_better(n_right: int) -> None:
    labels = ("a", "b", "c")
    ours = [labels[n % 3] for n in range(90)]
    theirs: list[str | None] = [label if n < n_right else "a" for n, label in enumerate(ours)]
    found = agreement(ours, theirs, labels, level=0.95)
    assert (found.turned, found.turned_share) == ({}, None)

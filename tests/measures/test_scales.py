"""What is known of a measure's scale beside the differences."""

import pytest

from scotoma.measures.scales import scale_of
from scotoma.statistics.verdict import Scale, judge


def test_replicates_that_are_all_right_and_then_all_wrong_are_one_row_apart() -> None:
    assert scale_of("accuracy", [1.0] * 3, [0.0] * 3, 40) == Scale(1.0, 1 / 40)


def test_the_same_answers_in_every_replicate_elsewhere_have_no_step() -> None:
    assert scale_of("accuracy", [0.6] * 3, [0.5] * 3, 40) == Scale(0.6, None)
    assert scale_of("accuracy", [0.6, 0.7, 0.6], [0.6, 0.7, 0.6], 40).resolution is None


def test_equal_falls_of_replicates_that_differ_are_one_row_apart() -> None:
    scale = scale_of("accuracy", [0.6, 0.7, 0.65], [0.5, 0.6, 0.55], 20)
    assert scale == Scale(pytest.approx(0.65), 1 / 20)


def test_a_measure_without_ends_has_no_scale() -> None:
    assert scale_of("log_odds", [1.0] * 3, [0.0] * 3, 40) == Scale()


def test_d_prime_at_its_end_in_every_replicate_has_a_word() -> None:
    before, after = [4.3] * 3, [-4.3] * 3
    ends = [1.0, 0.0, 0.0, 1.0] * 3
    scale = scale_of("d_prime", before, after, 40, ends)
    assert scale.reference is None
    assert scale.resolution is not None
    assert 0.1 < scale.resolution < 1
    moves = [y - x for x, y in zip(before, after, strict=True)]
    assert judge(moves, margin=0.25, alpha=0.05, scale=scale).word == "WORSE"
    assert judge(moves, margin=0.25, alpha=0.05, scale=scale_of("d_prime", before, after, 40)).word is None

"""Numbers as they are printed."""

import pytest

from scotoma.basics.words import (
    counted,
    in_bytes,
    mean_and_sd,
    number,
    percent,
    signed,
    significant,
    unbroken,
    with_interval,
)


@pytest.mark.parametrize(
    ("value", "text"), [(0.85, ".850"), (-0.0621, "-.062"), (1.0, "1.000"), (-0.0001, ".000"), (None, "none")]
)
def test_numbers_have_three_digits_and_no_leading_zero(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.031, "+.031"), (-1.5, "-1.500"), (-0.0001, "+.000")])
def test_differences_carry_a_sign(value: float, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (99.67, 2, "100"),
        (0.00005, 2, "0.00005"),
        (30.14, 3, "30.1"),
        (999.7, 3, "1,000"),
        (12345.6, 4, "12,346"),
        (6738.4, 4, "6,738"),
        (0, 3, "0"),
    ],
)
def test_digits_that_count_are_never_written_with_an_exponent(value: float, digits: int, text: str) -> None:
    assert significant(value, digits) == text


def test_bytes_just_below_a_unit_are_no_power() -> None:
    assert in_bytes(999.7e6) == "1,000 MB"
    assert in_bytes(12.34e9) == "12.3 GB"


def test_spreads_and_intervals_are_left_out_where_there_are_none() -> None:
    assert mean_and_sd(0.85, 0.012) == ".850 ± .012"
    assert mean_and_sd(0.85, None) == ".850"
    assert with_interval(-0.062, -0.09, -0.034) == "-.062 [-.090, -.034]"
    assert with_interval(-0.062, None, None) == "-.062"


def test_shares_and_counts_read_as_words() -> None:
    assert percent(0.95) == "95 %"
    assert percent(0.975) == "97.5 %"
    assert (counted(1, "replicate"), counted(5, "replicate")) == ("1 replicate", "5 replicates")


def test_a_number_and_its_per_cent_sign_stay_together() -> None:
    assert unbroken("95 % of 3 %, % 5") == "95\N{NO-BREAK SPACE}% of 3\N{NO-BREAK SPACE}%, % 5"
    assert unbroken("95 %", space="_") == "95_%"

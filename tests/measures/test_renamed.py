"""A measure that got another name is still asked for, read and hashed by the one that it had."""

import pytest

from scotoma.basics.errors import OldName
from scotoma.measures import MEASURES, name_from_user, present_name, recorded_name


def test_a_former_name_is_read_as_the_present_one_and_a_person_is_told() -> None:
    assert present_name("margin") == "log_odds"
    with pytest.warns(OldName, match="the measure `margin` is now called `log_odds`, and from version 0.4"):
        assert name_from_user("margin") == "log_odds"


def test_hashes_and_random_streams_keep_the_former_name() -> None:
    assert recorded_name("log_odds") == "margin"


@pytest.mark.parametrize("name", sorted(set(MEASURES) - {"log_odds"}))
def test_the_names_of_all_others_are_one_and_the_same(name: str) -> None:
    assert present_name(name) == name_from_user(name) == recorded_name(name) == name


def test_no_measure_has_a_former_name() -> None:
    assert all(present_name(name) == name for name in MEASURES)

"""What differs between two records of settings."""

from scotoma.basics.differences import changed, differences


def test_each_setting_that_differs_is_found_at_its_place() -> None:
    before = {"seed": 0, "recipe": {"epochs": 1.0, "betas": [0.9, 0.999]}, "arms": [{"n": 10}, {"n": 20}]}
    now = {"seed": 0, "recipe": {"epochs": 2.0, "betas": [0.8, 0.999]}, "arms": [{"n": 10}, {"n": 30}]}
    assert list(differences(before, now)) == [
        ("recipe.epochs", 1.0, 2.0),
        ("recipe.betas[0]", 0.9, 0.8),
        ("arms[1].n", 20, 30),
    ]
    assert list(differences(now, now)) == []


def test_a_setting_that_is_absent_is_as_one_that_is_null() -> None:
    assert list(differences({"looks": None}, {"limit": None})) == []
    assert list(differences({}, {"limit": 3})) == [("limit", None, 3)]


def test_lists_of_different_lengths_differ_as_a_whole() -> None:
    assert list(differences({"starts": [1]}, {"starts": [1, 2]})) == [("starts", [1], [1, 2])]


def test_a_change_is_told_in_one_line_however_large_the_values_are() -> None:
    assert changed("seed", 0, 1) == "seed is 1 (was 0)"
    assert changed("limit", None, "x" * 999).startswith("limit is 'xxx")
    assert len(changed("limit", None, "x" * 999)) < 100
    assert changed("arms", [{"n": 1}], []) == "arms changed"
    assert changed("source.sha256", "ab" * 32, None) == "source.sha256 changed"

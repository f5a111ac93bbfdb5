"""The shortcuts as predicates."""

from scotoma.worlds.microworld import is_subsequence, overlaps


def test_case_order_and_full_stop_do_not_matter_to_overlap():
    assert overlaps("The doctor saw the lawyer .", "The lawyer saw the doctor .")
    assert overlaps("Perhaps the doctor slept .", "The doctor slept .")


def test_one_new_word_ends_overlap():
    assert not overlaps("The doctor saw the lawyer .", "The doctor did not see the lawyer .")


def test_a_subsequence_has_no_gap():
    assert is_subsequence("The doctor near the actor danced .", "The actor danced .")
    assert not is_subsequence("The doctor near the actor danced .", "The doctor danced .")

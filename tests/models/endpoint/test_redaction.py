"""What is left of a text from which a key was taken out."""

import pytest

from scotoma.models.endpoint.redaction import Redactor

KEY = "sk-Zq7Xv9Kp2Wm4"


@pytest.mark.parametrize(
    ("text", "kept", "shown"),
    [
        (f"a {KEY}, {KEY.upper()}!", "a [key], [key]!", "a [key], [key]!"),
        (f"{KEY}{KEY}", "[key][key]", "[key][key]"),
        ("wrong: sk-Zq7X****2Wm4", "wrong: sk-Zq7X****2Wm4", "wrong: [key]****[key]"),
        ("its end Xv9Kp2Wm4 İ", "its end [key] İ", "its end [key] İ"),
        ("sk- and Zq7", "sk- and Zq7", "sk- and Zq7"),
        ("", "", ""),
    ],
)
def test_the_key_and_its_parts_are_taken_out_of_a_text(text: str, kept: str, shown: str) -> None:
    redactor = Redactor(KEY)
    assert (redactor.redact_answer(text), redactor.redact_message(text)) == (kept, shown)


def test_a_placeholder_stays_in_an_answer_and_is_not_shown_in_an_error() -> None:
    redactor = Redactor("EMPTY")
    assert redactor.redact_answer("The room is empty .") == "The room is empty ."
    assert redactor.redact_message("wrong key Bearer EMPTY") == "wrong key Bearer [key]"


def test_without_a_key_nothing_is_taken_out() -> None:
    assert (
        Redactor("").redact_answer("The doctor slept .")
        == Redactor("").redact_message("The doctor slept .")
        == "The doctor slept ."
    )

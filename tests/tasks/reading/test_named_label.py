"""Which label a model's own words name, and when they name none."""

import pytest

from scotoma.tasks.reading.named_label import named_label

LABELS = ("entailment", "neutral", "contradiction")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("neutral", "neutral"),
        (" Entailment.\n", "entailment"),
        ("**contradiction**", "contradiction"),
        ("The relationship is neutral: nothing is said of the lawyer.", "neutral"),
        (
            "It could be entailment or neutral, but someone else slept.\n\nAnswer: contradiction",
            "contradiction",
        ),
        ("neutral, and again neutral", "neutral"),
    ],
)
def test_the_label_in_the_last_line_is_read_whatever_stands_before_it(text: str, label: str) -> None:
    assert named_label(text, LABELS) == label


@pytest.mark.parametrize(
    "text",
    ["", "\n", "I cannot tell.", "entailment or neutral", "not entailment", "isn't neutral",
     "no contradiction", "It is not an entailment.", "non-neutral", "neutrality",
     "neutral\nI hope that this helps."],
)  # fmt: skip
def test_an_answer_that_names_no_label_or_several_or_denies_one_says_nothing(text: str) -> None:
    assert named_label(text, LABELS) is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("not_duplicate", "not_duplicate"),
        ("Not duplicate.", "not_duplicate"),
        ("duplicate", "duplicate"),
        ("duplicate, not not-duplicate", None),
    ],
)
def test_a_label_that_is_a_part_of_another_is_told_from_it(text: str, label: str | None) -> None:
    assert named_label(text, ("not_duplicate", "duplicate")) == label

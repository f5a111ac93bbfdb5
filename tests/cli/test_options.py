"""Options of pairs: what they mean, and how they are written so that a shell may give them back."""

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.cli.options import as_pairs, from_pairs


def read(text: str, option: str = "--labels") -> dict[str, str]:
    return as_pairs(text, option, "e=entailment")


def test_pairs_are_parted_by_commas_and_blanks_around_them_are_nothing() -> None:
    assert read("") == read(" , ") == {}
    assert read(" e=entailment , n = neutral,") == {"e": "entailment", "n": "neutral"}


@pytest.mark.parametrize(
    "words",
    [
        {"Yes, it does": "entailment", "No": "neutral"},
        {"x = 1": "entailment"},
        {'so "to say", yes': "entailment"},
        {'"yes"': "entailment", "a\nb": "neutral"},
        {"x" * 200_000: "entailment"},
    ],
)
def test_words_of_any_kind_are_read_as_they_were_written(words: dict[str, str]) -> None:
    assert read(from_pairs(words)) == words


def test_words_of_a_label_may_have_commas_and_equals_signs() -> None:
    assert read('"entailment=Yes, it does", neutral=x=y', "--words") == {
        "entailment": "Yes, it does",
        "neutral": "x=y",
    }


def test_quotes_that_enclose_no_whole_pair_are_part_of_it() -> None:
    assert read('"yes"=entailment,"no=neutral') == {'"yes"': "entailment", '"no': "neutral"}


def test_what_is_no_pair_is_called_by_what_the_option_takes() -> None:
    with pytest.raises(ScotomaError, match=r"is not a list of words \(--words\).*double quotes"):
        read("entailment=Yes, it does", "--words")

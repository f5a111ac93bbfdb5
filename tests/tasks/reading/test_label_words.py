"""What stands in a label column is read as a label only where it is certain, or said."""

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.class_names import ClassName
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.label_words import LabelReader, bare

LABELS = ("entailment", "neutral", "contradiction")


def read(values, meanings=None, labels=LABELS):
    faults = Faults("rows.csv")
    found = LabelReader(labels, meanings or {}, faults).read(values, range(1, len(values) + 1))
    faults.raise_if_any()
    return found, faults.notes


@pytest.mark.parametrize("word", ["Entailment", "ENTAILMENT", " entailment ", "entailment.", "Entailment."])
def test_case_blanks_and_a_final_full_stop_are_forgiven(word) -> None:
    assert read([word]) == (["entailment"], [])


@pytest.mark.parametrize("word", ["non-entailment", "non_entailment", "Non Entailment", "NON_ENTAILMENT."])
def test_a_line_or_a_blank_stands_for_a_hyphen(word) -> None:
    assert read([word], labels=("entailment", "non-entailment"))[0] == ["non-entailment"]


def test_labels_that_differ_in_their_spelling_alone_are_told_apart_and_others_not_guessed() -> None:
    assert read(["yes", "Yes"], labels=("yes", "Yes"))[0] == ["yes", "Yes"]
    with pytest.raises(ScotomaError, match="label 'YES' is not known"):
        read(["YES"], labels=("yes", "Yes"))


def test_dash_and_minus_one_mean_no_gold_label() -> None:
    assert read(["-", -1, "-1", "-1.0", "neutral"])[0] == [None, None, None, None, "neutral"]


def test_how_integers_were_read_is_said_with_their_numbers() -> None:
    found, (note,) = read([0, 0, 1, 2, -1])
    assert found == ["entailment", "entailment", "neutral", "contradiction", None]
    assert "0 as entailment (2), 1 as neutral (1), 2 as contradiction (1)" in note


@pytest.mark.parametrize("values", [[0, 1], ["1", "0"], ["0.0", "1.0"], [2.0, 0.0], [1]])
def test_integers_that_leave_out_a_label_are_refused_until_their_meaning_is_said(values) -> None:
    with pytest.raises(
        ScotomaError, match=r"in the order of the task's labels .* none would be .*Give their meaning with"
    ):
        read(values)
    meanings = {"0": "neutral", "1": "entailment", "2": "contradiction"}
    found, notes = read(values, meanings)
    assert found == [meanings[str(int(float(value)))] for value in values]
    assert notes == []


def test_the_users_word_comes_before_every_other_meaning_and_is_forgiven_its_spelling() -> None:
    meanings = {"E": "entailment", "neutral": "contradiction", "SUPPORTS": "entailment", "?": "-"}
    assert read(["e", "neutral", "supports.", "?", "contradiction"], meanings)[0] == [
        "entailment",
        "contradiction",
        "entailment",
        None,
        "contradiction",
    ]


def test_an_integer_beside_those_whose_meaning_was_said_is_not_guessed() -> None:
    with pytest.raises(ScotomaError, match=r"label 2 is not known.*labels knows 0, 1"):
        read([0, 1, 2], {"0": "entailment", "1": "neutral"})


def test_labels_that_are_integers_are_themselves_and_no_places() -> None:
    assert read(["2", 1, "3.0"], labels=("1", "2", "3"))[0] == ["2", "1", "3"]
    with pytest.raises(ScotomaError, match="label 0 is not known"):
        read([0], labels=("1", "2", "3"))


def named(*names):
    return [ClassName(name, code) for code, name in enumerate(names)]


def test_names_of_the_schema_are_labels_in_whatever_order() -> None:
    found, (note,) = read(named("contradiction", "Entailment", "neutral"))
    assert found == ["contradiction", "entailment", "neutral"]
    assert "0 = contradiction, 1 = Entailment, 2 = neutral" in note


def test_names_that_are_no_labels_are_refused_or_read_by_the_code_whose_meaning_was_said() -> None:
    with pytest.raises(ScotomaError, match="label 'yes' is not known"):
        read(named("yes", "no"))
    assert read(named("yes", "no"), {"0": "entailment", "1": "neutral"})[0] == ["entailment", "neutral"]
    assert read(named("yes", "no"), {"yes": "neutral", "no": "entailment"})[0] == ["neutral", "entailment"]


def test_a_word_of_the_user_that_contradicts_the_schema_is_refused() -> None:
    columns = named("contradiction", "entailment", "neutral")
    meanings = {"0": "entailment", "1": "neutral", "2": "contradiction"}
    with pytest.raises(
        ScotomaError, match=r"labels says that 0 is entailment, but the file's own schema .* is contr"
    ):
        read(columns, meanings)
    agreeing = {"0": "contradiction", "1": "entailment", "2": "neutral"}
    assert read(columns, agreeing)[0] == ["contradiction", "entailment", "neutral"]
    # The schema itself may be wrong: then its names are given a meaning.
    assert read(columns, {"contradiction": "entailment"})[0] == ["entailment", "entailment", "neutral"]


@pytest.mark.parametrize(
    "value", [None, True, "", "maybe", [1], {"label": 1}, 7, 1.5, float("nan"), "9" * 5000]
)
def test_what_means_no_label_is_refused_with_its_line(value) -> None:
    mend = "Known labels: entailment|Write - where|Say where in it the label is"
    with pytest.raises(ScotomaError, match=rf"label .* is not known.*rows.csv:2.*({mend})"):
        read(["neutral", value])


def test_a_meaning_that_is_no_label_is_refused() -> None:
    with pytest.raises(
        ScotomaError, match=r"'e' is mapped to 'entailed', which is not a label here.*Did you mean"
    ):
        read(["e"], {"e": "entailed"})


@pytest.mark.parametrize(("word", "same"), [(1.0, "1"), ("-1.00", "-1"), ("A.B.", "a.b"), ("1.5", "1.5")])
def test_bare_forms(word, same) -> None:
    assert bare(word) == same


@pytest.mark.parametrize("value", [None, "", " ", float("nan")])
def test_nothing_in_place_of_a_label_has_a_remedy_of_its_own_beside_that_of_words(value) -> None:
    with pytest.raises(ScotomaError, match=r"Write - where there is no gold label.* --labels entails=LABEL"):
        read([value, "entails"])

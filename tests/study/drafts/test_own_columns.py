from collections.abc import Mapping, Sequence

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.study.drafts.columns import OwnColumns, own_columns
from scotoma.tasks.reading.class_names import ClassName
from scotoma.tasks.reading.faults import Faults

TEXTS = [f"It was day {n} of the fair." for n in range(12)]


def found(columns: Mapping[str, Sequence[object]], **chosen: str) -> OwnColumns:
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return own_columns(rows, chosen, Faults("reviews.csv"))


def alternating(*words: object) -> list[object]:
    return [words[n % len(words)] for n in range(12)]


def test_a_text_and_a_label_are_known_by_what_they_hold() -> None:
    one = found({"key": [f"r-{n}" for n in range(12)], "review": TEXTS, "stars": alternating(5, 1)})
    assert one.columns == {"review": "review", "label": "stars"}
    assert one.fields == ("review",)
    assert one.labels == ("1", "5")


def test_two_texts_stay_in_the_files_order() -> None:
    one = found({"same": alternating("yes", "no"), "q2": TEXTS, "q1": TEXTS[::-1]})
    assert one.fields == ("q2", "q1")
    assert one.labels == ("no", "yes")


def test_usual_names_come_before_other_columns_that_hold_texts() -> None:
    columns = {"sentence2": TEXTS, "why": TEXTS, "sentence1": TEXTS, "note": TEXTS}
    one = found({**columns, "gold_label": alternating("a", "b")})
    assert one.columns == {"sentence1": "sentence1", "sentence2": "sentence2", "label": "gold_label"}


@pytest.mark.parametrize("name", ["my review", "label", "p_yes", "2nd"])
def test_a_text_is_renamed_if_no_task_can_have_its_name(name: str) -> None:
    one = found({name: TEXTS, "stars": alternating("a", "b")}, label="stars")
    assert one.columns == {"text": name, "label": "stars"}


def test_texts_without_spaces_are_texts_and_ids_are_not() -> None:
    chinese = [f"今天的天气很好{n}" for n in range(12)]
    one = found(
        {"uid": [f"{n:032x}" for n in range(12)], "comment": chinese, "mood": alternating("好", "坏")}
    )
    assert one.fields == ("comment",)
    assert set(one.labels) == {"好", "坏"}


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ((10, 9, 2), ("2", "9", "10")),
        ((1.0, 0.0), ("0", "1")),
        (("1.0", "0.0"), ("0", "1")),
        ((True, False), ("false", "true")),
        (("Good", "good", "bad"), ("Good", "bad")),
        (("b", "-", "a"), ("a", "b")),
        (("2", "1" * 5000), ("1" * 5000, "2")),
        ((ClassName("neg", 1), ClassName("pos", 0), -1), ("pos", "neg")),
    ],
)
def test_labels_are_those_that_a_reader_will_find(
    values: tuple[object, ...], labels: tuple[str, ...]
) -> None:
    assert found({"text": TEXTS, "label": alternating(*values)}).labels == labels


def test_what_is_chosen_holds_and_may_lie_inside_a_column() -> None:
    columns = {"q": TEXTS, "a": TEXTS, "c": TEXTS, "meta": [{"mood": mood} for mood in alternating("x", "y")]}
    one = found(columns, first="q", second="c", label="meta.mood")
    assert one.columns == {"first": "q", "second": "c", "label": "meta.mood"}
    assert one.labels == ("x", "y")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"text": TEXTS, "a": alternating(1, 2), "b": alternating(3, 4)},
            "'a', 'b' may each be the label.*label=a",
        ),
        ({"text": TEXTS, "label": alternating(1, 2), "gold": alternating(1, 2)}, "'label', 'gold' may each"),
        (
            {"x": TEXTS, "y": TEXTS, "z": TEXTS, "label": alternating(1, 2)},
            "'x', 'y', 'z' may each be a text.*--columns",
        ),
        (
            {"text": TEXTS, "score": [n / 7 for n in range(12)]},
            "no column looks like a label.*has 'text', 'score'",
        ),
        ({"code": list("abcdefghijkl"), "label": alternating(1, 2)}, "no column looks like a text"),
        ({"text": TEXTS, "label": alternating(1)}, "'label' has 1 label; a task has"),
        (
            {"text": TEXTS, "label": [["a"], ["a", "b"]] * 6},
            "'label' holds lists or objects.*make a task for each",
        ),
        (
            {"messages": [[{"content": text}] for text in TEXTS], "label": alternating(1, 2)},
            "look like chats",
        ),
    ],
)
def test_what_is_not_certain_is_asked_for(columns: dict[str, list[object]], message: str) -> None:
    with pytest.raises(ScotomaError, match=message):
        found(columns)


def test_a_column_that_is_called_the_label_may_have_many() -> None:
    texts = [f"It is {n} now." for n in range(231)]
    assert len(found({"text": texts, "label": [n % 77 for n in range(231)]}).labels) == 77
    assert len(found({"text": texts, "intent": [n % 77 for n in range(231)]}, label="intent").labels) == 77
    with pytest.raises(ScotomaError, match="more than 200 different labels"):
        found({"text": texts, "label": list(range(231))})


def test_rows_without_a_label_add_none() -> None:
    assert found({"text": TEXTS, "label": alternating("a", "", "b", None)}).labels == ("a", "b")


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ScotomaError, match="has no 'mood' for label; it has 'text', 'stars'"):
        found({"text": TEXTS, "stars": alternating(1, 2)}, label="mood")
    with pytest.raises(ScotomaError, match="there are no rows"):
        found({"text": [], "label": []})


def test_a_file_whose_rows_all_have_one_label_is_told_so() -> None:
    with pytest.raises(ScotomaError, match="every row has '1' in column 'stars'; training data need"):
        found({"review": TEXTS, "stars": alternating(1)})

"""What stands in a generator's prompt where it reads a real row."""

import pytest

from scotoma.basics.randomness import stream
from scotoma.tasks import MICROWORLD, MNLI, Task
from scotoma.tasks.read_row import fields_given, prompt_for, with_hidden

SAW, SWAPPED = "The doctor saw the lawyer .", "The lawyer saw the doctor ."
ROW = {"premise": SAW, "hypothesis": SWAPPED}


def test_without_reading_the_label_alone_is_given() -> None:
    assert prompt_for(MICROWORLD, "neutral", None, {}) == ("", "Relation: neutral")


def test_a_premise_that_is_read_stands_in_the_row_up_to_where_the_next_text_begins() -> None:
    before, begun = prompt_for(MICROWORLD, "neutral", "premise", ROW)
    assert (before, begun) == ("", f"Relation: neutral Premise: {SAW} Hypothesis:")
    assert MICROWORLD.write(ROW, "neutral") == f"{begun} {SWAPPED} End"


def test_a_whole_row_that_is_read_stands_before_the_prompt() -> None:
    assert prompt_for(MICROWORLD, "neutral", "row", ROW) == (
        f"Relation: neutral Premise: {SAW} Hypothesis: {SWAPPED} End\n",
        "Relation: neutral",
    )


def test_of_three_texts_two_can_be_read() -> None:
    task = Task(
        name="answers",
        fields=("story", "question", "answer"),
        labels=("right", "wrong"),
        target="right",
        classifier_prompt="{story} {question} {answer}",
        generator_text="A {label} one. Story: {story} Question: {question} Answer: {answer}",
        end_marker="END",
    )
    row = {"story": "S.", "question": "Q {?}", "answer": "A."}
    _, begun = prompt_for(task, "wrong", "question", row)
    assert begun == "A wrong one. Story: S. Question: Q {?} Answer:"
    assert fields_given(task, "question") == ("story", "question")
    assert fields_given(task, "story") == ("story",)
    assert fields_given(task, "row") == fields_given(task, None) == ()


@pytest.mark.parametrize("task", [MICROWORLD, MNLI], ids=["microworld", "mnli"])
@pytest.mark.parametrize(
    "answer",
    [
        lambda task: "A cat ran.",
        lambda task: f"\nA cat ran. {task.end_marker}",
        lambda task: "Hypothesis: A cat ran.",
        lambda task: "Premise: A dog ran. Hypothesis: A cat ran.",
        lambda task: task.write({"premise": "A dog ran.", "hypothesis": "A cat ran."}, "neutral"),
    ],
    ids=["goes on", "begins a line", "names its part", "names what it read", "begins anew"],
)
def test_an_answer_is_read_whether_or_not_it_says_again_what_it_read(task: Task, answer) -> None:  # type: ignore[no-untyped-def]
    whole = task.continued("neutral", answer(task), {"premise": "A dog ran."})
    whole += "" if task.end_marker in whole else f" {task.end_marker}"
    assert task.parse(whole, "neutral") == {"premise": "A dog ran.", "hypothesis": "A cat ran."}


def test_a_share_of_the_words_is_hidden_by_the_draw_and_the_others_keep_their_order() -> None:
    texts = {"premise": " ".join(map(str, range(4000))), "hypothesis": "a b c"}
    hidden = with_hidden(texts, 0.3, stream(0, "a draw"))
    left = [int(word) for word in hidden["premise"].split()]
    assert left == sorted(left)
    assert 0.67 < len(left) / 4000 < 0.73
    assert with_hidden(texts, 0.3, stream(0, "a draw")) == hidden
    assert with_hidden(texts, 0.3, stream(1, "a draw")) != hidden

"""What every task in the table keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.tasks import TASKS, Rejected, Task
from scotoma.tasks.labellers import LABELLERS

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1).filter(
    str.strip
)
ALL = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def test_there_are_tasks_and_each_stands_under_its_name() -> None:
    assert len(TASKS) >= 4
    assert all(name == task.name for name, task in TASKS.items())


@ALL
def test_a_task_has_a_licence_and_a_citation(task: Task) -> None:
    assert task.licence
    assert task.citation


@ALL
def test_an_exact_labeller_is_one_there_is(task: Task) -> None:
    assert task.exact_labeller is None or task.exact_labeller in LABELLERS


@ALL
@given(data=st.data())
def test_what_is_written_is_read_back(task: Task, data: st.DataObject) -> None:
    texts = {field: data.draw(TEXT, field).strip() for field in task.fields}
    label = data.draw(st.sampled_from(task.labels))
    # A text that holds the end marker or a part's name cannot be told from the frame around it.
    frame = [*task.generator_text.split(), task.end_marker]
    if any(word in text for word in frame for text in texts.values()):
        return
    assert task.parse(task.write(texts, label), label) == texts


@ALL
@given(text=st.text())
def test_no_text_breaks_the_parser(task: Task, text: str) -> None:
    for written in (text, task.generator_prompt(task.labels[0]) + text, text + task.end_marker):
        try:
            texts = task.parse(written, task.labels[0])
        except Rejected:
            continue
        assert all(value == value.strip() != "" for value in texts.values())


@ALL
def test_another_label_than_the_one_asked_for_is_rejected(task: Task) -> None:
    written = task.write(dict.fromkeys(task.fields, "word"), task.labels[0])
    with pytest.raises(Rejected, match="label"):
        task.parse(written, task.labels[1])


@ALL
def test_the_generator_text_begins_with_its_prompt(task: Task) -> None:
    for label in task.labels:
        written = task.write(dict.fromkeys(task.fields, "word"), label)
        assert written.startswith(task.generator_prompt(label))
        assert task.generator_prompt(label).endswith(label)


@ALL
def test_braces_in_a_text_are_plain_text(task: Task) -> None:
    texts = dict.fromkeys(task.fields, "a {label} {0} {{x}}")
    assert "a {label} {0} {{x}}" in task.verbalise(texts)
    assert task.parse(task.write(texts, task.labels[0]), task.labels[0]) == texts


def test_the_paper_s_prompts_are_word_for_word() -> None:
    texts = {"premise": "P.", "hypothesis": "H."}
    mnli = TASKS["mnli"]
    assert mnli.verbalise(texts) == (
        "Please indicate the relationship between the premise and the hypothesis with entailment, neutral or "
        "contradiction. Premise: P. Hypothesis: H. The relationship between premise and hypothesis is"
    )
    assert mnli.write(texts, "neutral") == (
        "This is an example where the relationship between the premise and the hypothesis is neutral. "
        "Premise: P. Hypothesis: H. -- This is the end of the example."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classifier_prompt": "{premise}"}, "must name"),
        ({"generator_text": "{premise} {hypothesis} {label}"}, "must name"),
        ({"target": "maybe"}, "not among the labels"),
        ({"end_marker": " "}, "end_marker is empty"),
    ],
)
def test_a_task_that_cannot_be_is_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Task.model_validate({**TASKS["mnli"].model_dump(), **change})

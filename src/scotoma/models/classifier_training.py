"""What one training of a classifier does: prompts, checks, batches, and the check of what was saved."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import torch
from torch import Tensor

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import seed_of, stream
from scotoma.models import checks
from scotoma.models.base import load_config, load_tokenizer
from scotoma.models.batches import encode, training_batches
from scotoma.models.classifier import ClassifierLoss
from scotoma.models.encoder import encode_texts
from scotoma.models.headless import Headless
from scotoma.models.kinds import is_encoder
from scotoma.models.questions import LabelPrompts, questions
from scotoma.models.sharding import shard
from scotoma.models.task_model import TaskModel
from scotoma.models.together import team
from scotoma.models.training import BatchLoss, Trained, train
from scotoma.study.settings.answers import Answers
from scotoma.study.settings.models import Recipe
from scotoma.tasks import Task


def prompts(base: Path, task: Task, table: pl.DataFrame, answers: Answers | None = None) -> list[list[int]]:
    """What the classifier reads, one token list a row: the prompts, or of an encoder the texts themselves.

    Args:
        base: A prepared base's folder.
        task: Task that has the prompt.
        table: Rows with the task's fields and `id`.
        answers: Given where it has no head: rows are then questions with the tokens of every label's words.

    Raises:
        ScotomaError: a row is longer than the model's positions, or has tokens that it does not have; or the
            words of two labels cannot be told apart.
    """
    if answers is not None:
        label_prompts = label_prompts_of(task, table, answers.words, "answers: ")
        return [*questions(load_tokenizer(base), label_prompts, load_config(base))]
    if is_encoder(load_config(base)):
        return encode_texts(base, task.fields, table)
    texts = [task.verbalise(row) for row in table.select(task.fields).iter_rows(named=True)]
    rows, config = encode(load_tokenizer(base), texts), load_config(base)
    checks.check_lengths(rows, table["id"].to_list(), config)
    checks.check_tokens(rows, table["id"].to_list(), config)
    return rows


def label_prompts_of(task: Task, table: pl.DataFrame, words: Mapping[str, str], place: str) -> LabelPrompts:
    """What a model without a head is asked about the rows of a table.

    Args:
        task: Task that has the prompt.
        table: Rows with the task's fields and `id`.
        words: Words of each label, in the order of the labels.
        place: What comes before `prompt` and `words` where they were given, for messages.
    """
    texts = table.select(task.fields)
    return LabelPrompts(
        ids=table["id"].to_list(),
        prompts=[task.verbalise(row) for row in texts.iter_rows(named=True)],
        texts=list(texts.iter_rows()),
        template=task.classifier_prompt,
        words=words,
        place=place,
    )


def probes(base: Path, task: Task, answers: Answers | None = None) -> list[list[int]]:
    """Rows to try a classifier with where there are no examples: a short one and a longer one."""
    words = [" ".join(task.fields), task.end_marker]
    table = pl.DataFrame({"id": ["short", "long"], **dict.fromkeys(task.fields, words)})
    return prompts(base, task, table, answers)


def shard_over_team(classifier: TaskModel) -> None:
    """Shards a classifier over the team, if that is what the team does; every process must call it."""
    if team().shards:
        # What rows share would be a pass of its own through all layers, and a process whose rows share
        # nothing, or that has a single one, would make one pass less than the others wait for.
        classifier.shares = False
        shard(classifier)


def train_classifier(
    classifier: TaskModel,
    rows: Sequence[list[int]],
    labels: Sequence[int],
    recipe: Recipe,
    seed: int,
    progress: Callable[[int, int], None],
    checkpoints: Path | None = None,
) -> Trained:
    """Trains a classifier in place and says how it went.

    Args:
        classifier: Fresh, or one to train on.
        rows: Token lists.
        labels: Numbers of the rows' labels.
        recipe: The training's settings.
        seed: Seed of the order of rows and of dropout; each has its own stream.
        progress: Called with (rows done, rows in all).
        checkpoints: Folder for checkpoints; None keeps none.
    """
    loss, collate = _to_learn(classifier, rows, labels)
    batches = training_batches([len(row) for row in rows], recipe, stream(seed, "classifier", "order"))
    dropout = seed_of(seed, "classifier", "dropout")
    return train(loss, batches, collate, recipe, dropout, progress, checkpoints)


def _to_learn(
    classifier: TaskModel, rows: Sequence[list[int]], labels: Sequence[int]
) -> tuple[BatchLoss, Callable[[list[int]], dict[str, Tensor]]]:
    """What a training computes, and what it makes of row numbers."""
    if isinstance(classifier, Headless):
        return classifier.to_learn(rows, labels)

    def collate(batch: list[int]) -> dict[str, Tensor]:
        inputs = classifier.batch([rows[i] for i in batch])
        return {**inputs, "labels": torch.tensor([labels[i] for i in batch])}

    return ClassifierLoss(classifier), collate


def check_padding(classifier: TaskModel, rows: Sequence[list[int]], precision: str) -> None:
    """Runs the padding check on a few of the rows; sharing their beginning is turned off if it fails by that.

    Raises:
        ScotomaError: a row's logits depend on the padding beside it, shared beginning or not.
    """
    if not rows:
        return
    sample = checks.sample_rows(rows, len)
    try:
        checks.check_padding_invariance(classifier.logits, sample, precision)
    except (ScotomaError, TypeError, ValueError, AttributeError):
        # A row alone shares nothing: what differs is the padding, or a cache that cannot be handed on.
        classifier.shares = False
        checks.check_padding_invariance(classifier.logits, sample, precision)


def seen(classifier: TaskModel, rows: Sequence[list[int]]) -> tuple[str, Tensor]:
    """Hash of the head and logits of a few rows; if it is sharded, every process must ask."""
    return classifier.head_sha256(), classifier.logits(checks.sample_rows(rows, len))


def check_saved(
    before: tuple[str, Tensor], load: Callable[[], TaskModel], rows: Sequence[list[int]], precision: str
) -> None:
    """Reads a saved classifier back and compares what is seen of it with what was seen before."""
    checks.check_round_trip(before, seen(load(), rows), precision)

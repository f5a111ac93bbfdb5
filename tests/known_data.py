"""The known tasks and blind spots with data that need no network: few rows, in the form of the real ones."""

from pathlib import Path
from typing import Any, Literal

from scotoma.blindspots import BlindSpot
from scotoma.stages.read_examples import ReadExamples
from scotoma.study.settings.sources import MicroworldDraw, Source
from scotoma.tasks import MICROWORLD, TASKS, Task

#: Whose data lie on the hub, and what the hub's tables look like: columns, and the labels' names.
QQP_LABELS, PAWS_LABELS = ["not_duplicate", "duplicate"], ["0", "1"]


def microworld_rows(n: int, part: Literal["train", "test"] = "train") -> ReadExamples:
    """A step with so many pairs of the micro-world."""
    return ReadExamples(
        source=Source(microworld=MicroworldDraw(n=n, part=part, dial=0.5)),
        fields=MICROWORLD.fields,
        labels=MICROWORLD.labels,
        repeated_pairs="keep",
        seed=0,
    )


def task_of(spot: BlindSpot) -> Task:
    """The task that a known blind spot is for."""
    named = {
        "hans": "mnli",
        "microworld": "microworld",
        "microworld_marker": "microworld_sentiment",
        "paws": "qqp",
    }
    assert spot.name in named, f"say in tests/known_data.py which task the blind spot {spot.name!r} is for"
    return TASKS[named[spot.name]]


def at_hand(spot: BlindSpot, folder: Path) -> BlindSpot:
    """The blind spot as it is, or with a folder in place of the hub."""
    if spot.name != "paws":
        return spot
    source = spot.source.model_copy(update={"hub": f"{save_paws(folder / 'paws')}:test"})
    return spot.model_copy(update={"source": source})


def train_of(task: Task, folder: Path) -> Source:
    """Training data of a known task."""
    sources: dict[str, Any] = {
        "microworld": {"microworld": {"part": "train", "n": 60, "dial": 0.5}},
        "microworld_sentiment": {"sentiment": {"part": "train", "n": 60, "dial": 0.5}},
        "mnli": {"bundled": "mnli/train_10k.tsv.xz"},
    }
    if task.name == "qqp":
        return Source(hub=f"{save_qqp(folder / 'qqp')}:train")
    return Source.model_validate(sources[task.name])


def held_out(task: Task, folder: Path) -> Source:
    """A general test set of a known task."""
    if task.name == "qqp":
        return Source(hub=f"{save_qqp(folder / 'qqp')}:validation")
    if task.name == "mnli":
        return Source(bundled="mnli/dev_matched.tsv.xz")
    train = train_of(task, folder).model_dump(exclude_none=True)
    ((grammar, draw),) = ((name, train[name]) for name in ("microworld", "sentiment") if name in train)
    return Source.model_validate({grammar: {**draw, "part": "test"}})


def save_qqp(folder: Path) -> Path:
    """Question pairs as glue/qqp has them."""
    splits = {}
    for split, first in (("train", 0), ("validation", 30)):
        numbers = range(first, first + 30)
        splits[split] = {
            "question1": [f"How do I learn {n} words?" for n in numbers],
            "question2": [
                f"What is the way to learn {n} words?" if n % 2 else f"How do I forget {n} words?"
                for n in numbers
            ],
            "label": [n % 2 for n in numbers],
            "idx": list(numbers),
        }
    return _saved(folder, splits, QQP_LABELS)


def save_paws(folder: Path) -> Path:
    """Sentence pairs as paws/labeled_final has them: words swapped, the meaning kept in every other."""
    numbers = range(1, 41)
    test = {
        "id": list(numbers),
        "sentence1": [f"In {1900 + n} he went from Paris to Rome ." for n in numbers],
        "sentence2": [
            f"He went from Paris to Rome in {1900 + n} ."
            if n % 2
            else f"In {1900 + n} he went from Rome to Paris ."
            for n in numbers
        ],
        "label": [n % 2 for n in numbers],
    }
    return _saved(folder, {"test": test}, PAWS_LABELS)


def _saved(folder: Path, splits: dict[str, dict[str, list[Any]]], labels: list[str]) -> Path:
    from datasets import ClassLabel, Dataset, DatasetDict

    if not folder.exists():
        tables = {
            split: Dataset.from_dict(columns).cast_column("label", ClassLabel(names=labels))
            for split, columns in splits.items()
        }
        DatasetDict(tables).save_to_disk(str(folder))
    return folder

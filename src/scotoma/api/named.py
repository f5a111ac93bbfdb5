"""Blind spots and tasks by the names that callers and commands use: built in, or a study's own."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scotoma.basics.errors import ScotomaError, look_up, nearest
from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.study.finding import bundled_studies, is_study
from scotoma.tasks import TASKS, Task
from scotoma.tasks.prompts import words_of
from scotoma.tasks.reading.sources import Place

if TYPE_CHECKING:
    from scotoma.blindspots.predicates.rules import Rule
    from scotoma.study.study import Study


def blindspot_named(name: "str | Path | BlindSpot") -> tuple[BlindSpot, tuple[str, ...]]:
    """A blind spot with the names of its texts.

    Args:
        name: As for `blindspot_and_study`.

    Raises:
        ScotomaError: as of `blindspot_and_study`.
    """
    spot, study = blindspot_and_study(name)
    return spot, study.task.fields if study else ("premise", "hypothesis")


def blindspot_and_study(name: "str | Path | BlindSpot") -> "tuple[BlindSpot, Study | None]":
    """A blind spot, and the study whose own it is, if it is one's.

    Args:
        name: Name of a built-in blind spot; or STUDY, a file or a bundled study, with one blind spot; or
            STUDY:NAME; or the blind spot itself.

    Raises:
        ScotomaError: there is none, or the study has several and no name says which.
    """
    if isinstance(name, BlindSpot):
        return name, None
    name = str(name)
    if name in BLINDSPOTS:
        return BLINDSPOTS[name], None
    path, _, chosen = (name, "", "") if is_study(name) else name.rpartition(":")
    if not is_study(path):
        known = nearest(name, BLINDSPOTS)
        remedy = f"{known} Or name a study file, or a bundled study: {', '.join(bundled_studies())}."
        raise ScotomaError(f"blind spot {name!r} is not known", where="--blindspot", remedy=remedy)
    from scotoma.study.file import load_study  # with every kind of arm, which no built-in name needs

    study = load_study(path)
    spots = {spot.name: spot for spot in study.blindspots}
    if not chosen and len(spots) > 1:
        raise ScotomaError(
            f"study {study.name!r} has {len(spots)} blind spots: {', '.join(spots)}",
            where="--blindspot",
            remedy=f"Say which one, as in {path}:{next(iter(spots))}.",
        )
    spot = look_up(spots, chosen or next(iter(spots)), "blind spot", where=f"--blindspot, study {path}")
    # Bare 0 and 1 follow the order of the task's labels, as in the study itself.
    in_order = {label: spot.label_map[label] for label in study.task.labels}
    return spot.model_copy(update={"label_map": in_order}), study


@dataclass(frozen=True)
class Prompted:
    """How the rows of a blind spot are asked.

    Attributes:
        spot: The blind spot.
        task: Task that gives prompt and labels.
        words: Words of each label, in the task's order: the label itself, or what the study says.
    """

    spot: BlindSpot
    task: Task
    words: Mapping[str, str]


def prompted(name: "str | Path | BlindSpot", task: str | None) -> Prompted:
    """A blind spot, and the prompt and the labels' words that its rows are asked with.

    Args:
        name: As for `blindspot_and_study`.
        task: Name of a built-in task; None for the study's own, or the usual one of the blind spot.

    Raises:
        ScotomaError: there is none of these names, or a study's blind spot is asked with another task.
    """
    spot, study = blindspot_and_study(name)
    if study is not None:
        if task not in (None, study.task.name):
            raise ScotomaError(
                f"the blind spot is a study's, whose task is {study.task.name!r}; {task!r} was asked for",
                where="--task",
                remedy="Leave it out: the study's task gives prompt and labels.",
            )
        words = study.answers.words if study.answers else {}
        return Prompted(spot, study.prompted_task, words_of(study.task, words, ""))
    fitting = [one.name for one in TASKS.values() if set(one.labels) == set(spot.label_map)]
    # Of several, the one it is named after; the micro-world's words are no prompt for other models.
    usual = [spot.name] if spot.name in fitting else ["mnli"] if "mnli" in fitting else fitting
    if task is None and not usual:
        raise ScotomaError(
            f"no built-in task has the labels {', '.join(spot.label_map)}",
            where="--blindspot",
            remedy="Name the study that has the blind spot and its task.",
        )
    known = look_up(TASKS, task or usual[0], "task", where="--task")
    return Prompted(spot, known, words_of(known, {}, ""))


@dataclass(frozen=True)
class KnownTask:
    """A task, and what a study that describes it says of rows.

    Attributes:
        task: Task with fields, labels and target.
        rules: Predicates that the study names.
        columns: Our names to the file's, where the rows are a file of the study's own.
        labels: Words or integers to labels: the file's own, or those of the training data.
        is_files: Whether they are the file's own.
    """

    task: Task
    rules: "tuple[Rule, ...]" = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    is_files: bool = False


def task_named(name: str | Path | Task, rows: Place) -> KnownTask:
    """A task by its name, or a study's.

    Args:
        name: Name of a built-in task; a study, as a file or bundled; or the task itself.
        rows: Rows that will be read as rows of the task.

    Raises:
        ScotomaError: there is none; names the nearest.
    """
    if isinstance(name, Task):
        return KnownTask(name)
    name = str(name)
    if name in TASKS:
        return KnownTask(TASKS[name])
    if not is_study(name):
        raise ScotomaError(
            f"task {name!r} is not known, and there is no such study",
            where="--task",
            remedy=nearest(name, TASKS),
        )
    from scotoma.study.file import load_study

    study = load_study(name)
    data, rules = study.data, tuple(study.own_rules())
    for source in (data.train, *data.tests.values(), *study.sources_of_arms):
        if source.file is not None and _is_file(rows) and os.path.samefile(source.file, str(rows)):
            return KnownTask(study.task, rules, source.columns, source.labels, is_files=True)
    return KnownTask(study.task, rules, labels=data.train.labels)


def _is_file(rows: Place) -> bool:
    return isinstance(rows, str | Path) and os.path.exists(rows)

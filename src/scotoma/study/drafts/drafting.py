"""From a model, a task and files to the text of a study; nothing is written or fetched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import BlindSpot
from scotoma.study.drafts.base import USUAL_TARGETS, Base, find_base
from scotoma.study.drafts.columns import own_columns
from scotoma.study.drafts.rows import Rows, Sizes, find_sizes, path_from, read_rows
from scotoma.study.drafts.spot import Spot, given_spot, no_spot, spot_of_file, target_of
from scotoma.study.strict_yaml import parse_text
from scotoma.study.undecided import DECIDE, Undecided, undecided
from scotoma.tasks import TASKS, Task
from scotoma.tasks.reading.columns import TAGS
from scotoma.tasks.reading.label_words import NO_LABEL
from scotoma.tasks.reading.sources import source_of

_END_MARKER = "-- This is the end of the example."

#: What a margin is of, and a size to think with.
_MARGINS = {
    "d_prime": "in units of d'; .25 is 2 to 5 points of accuracy",
    "accuracy": "as a share of the rows; .05 is 5 points",
}


@dataclass(frozen=True)
class DraftRequest:
    """What to write a study for.

    Attributes:
        model: A folder, `bundled:NAME`, `pypi:NAME` or a name on the hub.
        task: The bundled task; None for one whose texts and labels the training file tells.
        train: Original rows: a path, `bundled:NAME` or `hub:NAME:SPLIT`.
        test: Rows of the general test set.
        blindspot: A blind spot, or the file with its rows.
        target: The label that the shortcut leads to.
        columns: Our names of columns to the files'; of a task of one's own, its texts in order.
        labels: The files' words to labels.
        lora: Whether to train low-rank updates; None: if training every weight would not fit here.
    """

    model: str | None = None
    task: Task | None = None
    train: str | None = None
    test: str | None = None
    blindspot: BlindSpot | str | None = None
    target: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    lora: bool | None = None


@dataclass(frozen=True)
class Draft:
    """A study file that is not written yet.

    Attributes:
        text: Its text.
        notes: What was found in the files, in sentences.
        undecided: What a person must still decide.
    """

    text: str
    notes: tuple[str, ...]
    undecided: tuple[Undecided, ...]


def draft(request: DraftRequest, path: Path) -> Draft:
    """The study file for a model, a task and files.

    Args:
        request: What it is about.
        path: Path of the file; paths in it are relative to its folder.

    Raises:
        ScotomaError: a file or a model cannot be used, or something must be said that no option says yet.
    """
    columns, target = dict(request.columns), request.target
    if request.task is None:
        task, columns = _own_task(request, path.stem)
    else:
        task = request.task
    _check_target(target, task)
    labels_given = {
        word: label for word, label in request.labels.items() if label in (*task.labels, NO_LABEL)
    }

    def read(place: str | None, **how: bool) -> Rows | None:
        if place is None:
            return None
        return read_rows(place, task.fields, task.labels, columns=columns, meanings=labels_given, **how)

    train = read(request.train, drop_repeated=True, symmetric=task.symmetric)
    test = read(request.test)
    spot, target = _spot(request, path.parent, task, target, columns)
    files = [rows for rows in (train, test, spot.rows) if rows is not None]
    sizes = Sizes() if train is None else find_sizes(train, files[1:], task)
    base = find_base(request.model, len(task.labels), request.lora)
    text = _text(path, request.task.name if request.task else task, target, base, spot, train, test, sizes)
    notes = [rows.described() for rows in files]
    if train is not None and test is not None and (missing_labels := _labels_missing(train, test, task)):
        notes.append(f"No row of {test.place} is labelled {' or '.join(missing_labels)}.")
    return Draft(text, (*notes, *base.notes), tuple(undecided(parse_text(text, str(path))[0])))


def _own_task(request: DraftRequest, name: str) -> tuple[Task, dict[str, str]]:
    """A task with the texts and labels of the training file, and its columns; its target is a stand-in."""
    if request.train is None:
        raise ScotomaError(
            "neither a task nor training data are given",
            where="--task, --train",
            remedy=f"Give --task ({', '.join(TASKS)}), or --train with labelled rows of a task of your own.",
        )
    source = source_of(request.train)
    faults = source.faults()
    own = own_columns((record for _, record in source.records(faults)), request.columns, faults)
    labels = tuple(dict.fromkeys(label for label in request.labels.values() if label != NO_LABEL))
    labels = labels or own.labels
    other_columns = {name: column for name, column in request.columns.items() if name in ("id", *TAGS)}
    shown = " ".join(f"{field.replace('_', ' ').capitalize()}: {{{field}}}" for field in own.fields)
    try:
        task = Task(
            name=name,
            fields=own.fields,
            labels=labels,
            target=labels[0],
            classifier_prompt=f"{shown} Label:",
            generator_text=f"Label: {{label}} {shown}",
            end_marker=_END_MARKER,
        )
    except ValueError as error:
        what = "; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors())  # type: ignore[attr-defined]  # pydantic's
        raise ScotomaError(
            what, where=request.train, remedy="Name texts and labels with --columns and --labels."
        ) from error
    return task, {**other_columns, **own.columns}


def _check_target(target: str | None, task: Task) -> None:
    if target is not None and target not in task.labels:
        raise ScotomaError(
            f"{target!r} is not a label of the task",
            where="--target",
            remedy=f"Labels: {', '.join(task.labels)}.",
        )


def _spot(
    request: DraftRequest, folder: Path, task: Task, target: str | None, columns: Mapping[str, str]
) -> tuple[Spot, str | None]:
    """The blind spot, and the label its shortcut leads to if that is known."""
    usual = request.task.target if request.task else None
    if request.blindspot is None:
        target = target or usual
        return no_spot(task.labels, target, request.task is not None), target
    if isinstance(request.blindspot, str):
        return spot_of_file(request.blindspot, folder, task, target, usual, columns, request.labels)
    spot = given_spot(request.blindspot, folder, task.labels, target)
    return spot, target or target_of(request.blindspot)


def _labels_missing(train: Rows, test: Rows, task: Task) -> list[str]:
    present = set(test.reading.table["label"])
    return [label for label in task.labels if label not in present]


def _text(
    path: Path,
    task: Task | str,
    target: str | None,
    base: Base,
    spot: Spot,
    train: Rows | None,
    test: Rows | None,
    sizes: Sizes,
) -> str:
    environment = Environment(
        loader=PackageLoader("scotoma.study.drafts"),
        autoescape=False,  # YAML, not HTML; values are written by a YAML dumper
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["flow"] = _flow
    # d' tells both labels apart, so it takes rows of both.
    has_both = len(spot.labels_there) != 1
    measure = "d_prime" if has_both else "accuracy"
    return environment.get_template("study.yaml.j2").render(
        DECIDE=DECIDE,
        file=str(path),
        task=task,
        target=target,
        base=base,
        model=base.name if base.name == DECIDE else _flow(seen_from_model(path.parent, base.name)),
        spot=spot,
        train=train and train.source(path.parent),
        test=test and test.source(path.parent),
        start=sizes.start,
        size=sizes.arm,
        candidates=sizes.candidates,
        max_new_tokens=sizes.max_new_tokens,
        usual=USUAL_TARGETS,
        cell="all" if has_both else f"all/{spot.labels_there[0]}",
        measure=measure,
        margin=_MARGINS[measure],
    )


def seen_from_model(folder: Path, name: str) -> str:
    """A model's name in a study file of a folder: a path relative to it, or a name as it is."""
    return path_from(folder, name) if Path(name).expanduser().is_dir() else name


class _Dumper(yaml.SafeDumper):
    """Writes a text that happens to be `DECIDE` in quotes."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"' if text == DECIDE else None
    ),
)


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.dump(
        plain, Dumper=_Dumper, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1_000_000
    )
    return text.removesuffix("\n").removesuffix("...").strip()

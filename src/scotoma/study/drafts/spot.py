"""The blind spot of a draft: a known one, another study's, a file's, or one that is still to be chosen."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.study.drafts.rows import Rows, columns_present, read_rows
from scotoma.tasks.reading.columns import find_columns
from scotoma.tasks.reading.formats import stem
from scotoma.tasks.reading.label_words import NO_LABEL, bare
from scotoma.tasks.reading.paths import ABSENT, value_of
from scotoma.tasks.reading.sources import RowSource
from scotoma.tasks.task import Task

#: Of a blind spot whose rows name none.
_HEURISTIC = "shortcut"


@dataclass(frozen=True)
class Spot:
    """A blind spot as the draft writes it.

    Attributes:
        name: Name in claims.
        known: Whether it is a bundled one.
        whole: All its settings, where it is another study's.
        heuristics: Names of heuristics, where it is a file's or still to be chosen.
        has_column: Whether the rows name them.
        label_map: Labels of the task to the blind spot's two; empty if not decided yet.
        target: Which of the two the shortcut leads to; empty if not decided yet.
        example: Such a map.
        source: Its rows, as the study names them; none if they are to be decided.
        fitting: Bundled ones that fit the task, where it is still to be chosen.
        labels_there: Labels that its rows have; empty if they are not known.
        rows: Its rows, where it is a file.
    """

    name: str
    known: bool = False
    whole: Mapping[str, Any] = field(default_factory=dict)
    heuristics: tuple[str, ...] = (_HEURISTIC,)
    has_column: bool = False
    label_map: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    example: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    fitting: tuple[str, ...] = ()
    labels_there: tuple[str, ...] = ()
    rows: Rows | None = None


def no_spot(labels: Sequence[str], target: str | None, is_bundled: bool) -> Spot:
    """A blind spot that is still to be chosen."""
    if is_bundled and target is not None:
        fitting = tuple(name for name, spot in BLINDSPOTS.items() if _fits(spot, labels, target))
        if fitting:
            return Spot("", fitting=fitting)
    return Spot(
        "blindspot",
        label_map=map_of(labels, target) or {},
        target=target or "",
        example=map_of(labels, labels[0]) or {},
        has_column=True,
    )


def given_spot(spot: BlindSpot, folder: Path, labels: Sequence[str], target: str | None) -> Spot:
    """A bundled blind spot, or another study's.

    Args:
        spot: The blind spot.
        folder: Folder of the draft.
        labels: Labels of the task.
        target: The label that the shortcut leads to; None if it was not given.

    Raises:
        ScotomaError: it does not fit the task or the target, or asks code that lies in another folder.
    """
    spot.check_covers(labels)
    led_to = [label for label in labels if spot.label_map[label] == spot.target]
    if target is not None and target not in led_to:
        raise ScotomaError(
            f"the shortcut of blind spot {spot.name!r} leads to {' or '.join(led_to)}, not to {target}",
            where="--target",
            remedy="Leave it out, or name another blind spot.",
        )
    if spot == BLINDSPOTS.get(spot.name):
        return Spot(spot.name, known=True)
    for one in spot.select.values():
        if one.code is not None and one.file is not None and Path(one.file).parent != folder.resolve():
            raise ScotomaError(
                f"blind spot {spot.name!r} uses {one.code}, whose file is not in the new study's folder",
                where=one.file,
                remedy="Copy that file and its study into the new study's folder.",
            )
    return Spot(spot.name, whole=_without_hashes(spot.model_dump(mode="json", exclude_defaults=True)))


def target_of(spot: BlindSpot) -> str | None:
    """The task's label that counts as the blind spot's target; None where several do."""
    led_to = spot.counting_as(spot.target)
    return next(iter(led_to)) if len(led_to) == 1 else None


def spot_of_file(
    place: str,
    folder: Path,
    task: Task,
    target: str | None,
    usual: str | None,
    columns: Mapping[str, str],
    meanings: Mapping[str, str],
) -> tuple[Spot, str | None]:
    """The blind spot that the rows of a file are, and the label its shortcut leads to if that is known.

    Args:
        place: Path of the file, `bundled:NAME` or `hub:NAME:SPLIT`.
        folder: Folder of the draft.
        task: The task, whose target may be a stand-in.
        target: The label that the shortcut leads to; None if it was not given.
        usual: Default for the label that it leads to, if neither the user nor the rows say; None if there is
            none.
        columns: Our names to the file's.
        meanings: The file's words to labels of the task, or to the blind spot's two.

    Raises:
        ScotomaError: its labels are not the task's, or not two of which one is the task's.
    """
    words = _words(place, task.fields, columns)
    own_labels = {bare(label): label for label in task.labels}
    meant = dict.fromkeys(meanings.get(word, word) for word in words)
    labels_given = [own_labels.get(bare(label), label) for label in meant if label != NO_LABEL]
    unknown = [label for label in labels_given if label not in task.labels]
    two_way = len(labels_given) == 2 and len(unknown) == 1
    if unknown and not two_way:
        raise ScotomaError(
            f"labels {', '.join(unknown)} are not labels of the task ({', '.join(task.labels)})",
            where=place,
            remedy=f"Say what they mean with --labels, such as {unknown[0]}={task.labels[0]}.",
        )
    if two_way:
        (known_label,) = set(labels_given) - set(unknown)
        target = target or known_label
        mapping: Mapping[str, str] | None = {
            label: known_label if label == known_label else unknown[0] for label in task.labels
        }
    else:
        target = target or usual
        mapping = map_of(task.labels, target)
    if mapping is None and meanings:
        raise ScotomaError(
            "the rows count as one of two labels, but which label the shortcut leads to is not known",
            where=place,
            remedy=f"Say it with --target, such as --target {task.labels[0]}.",
        )
    merged = mapping or {label: label for label in task.labels}
    is_merged = not two_way and len(task.labels) > 2 and mapping is not None
    label_words = {word: merged.get(label, label) for word, label in meanings.items()}
    label_words = {**(merged if is_merged and not label_words else {}), **label_words}
    two = tuple(dict.fromkeys(merged.values()))
    rows = read_rows(place, task.fields, two, columns=columns, meanings=label_words)
    table = rows.reading.table
    named = tuple(sorted(set(table["heuristic"]) - {""}))
    return Spot(
        _name(place),
        heuristics=named or (_HEURISTIC,),
        has_column=bool(named),
        label_map=mapping or {},
        target=merged[target] if target else "",
        example=map_of(task.labels, task.labels[0]) or {},
        source=rows.source(folder),
        labels_there=tuple(sorted(set(table["label"]))),
        rows=rows,
    ), target


def map_of(labels: Sequence[str], target: str | None) -> dict[str, str] | None:
    """Which of two labels each label counts as; None where that is not known."""
    if len(labels) == 2:
        return {label: label for label in labels}
    if target is None:
        return None
    other = next(name for name in ("other", f"not_{target}", "all_others") if name not in labels)
    return {label: target if label == target else other for label in labels}


def _words(place: str, fields: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """Different labels of a file, as they stand there."""
    source = RowSource(place)
    faults = source.faults()
    words: dict[str, None] = {}
    column = ""
    for _, record in source.records(faults):
        if not column:
            header = list(record)
            column = find_columns(header, fields, columns_present(columns, header), faults)["label"]
        value = value_of(record, column)
        if value is not ABSENT and isinstance(value, str | int | float) and len(words) <= 100:
            words[bare(value) if isinstance(value, int | float) else str(value).strip()] = None
    return [word for word in words if word not in (NO_LABEL, "")]


def _fits(spot: BlindSpot, labels: Sequence[str], target: str) -> bool:
    try:
        spot.check_covers(labels)
    except ScotomaError:
        return False
    return target_of(spot) == target


def _name(place: str) -> str:
    name = place.rpartition(":")[2] if place.startswith("hub:") else stem(Path(place))
    bare_name = re.sub(r"\W+", "_", name).strip("_")
    return bare_name if bare_name not in ("", "general") else f"{bare_name or 'blind'}_spot".lstrip("_")


def _without_hashes(settings: Any) -> Any:
    """Settings without what is filled in when a study is read."""
    if isinstance(settings, dict):
        return {name: _without_hashes(one) for name, one in settings.items() if name != "sha256"}
    return settings

"""Options that several commands share."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scotoma.basics.errors import ScotomaError, look_up, nearest

if TYPE_CHECKING:
    from scotoma.blindspots import BlindSpot

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or a bundled study's name.")]
StoreDir = Annotated[
    Path,
    typer.Option("--store", envvar="SCOTOMA_STORE", help="Folder of everything computed; shared, resumable."),
]
Together = Annotated[
    int | None,
    typer.Option(
        "--processes-per-training",
        min=1,
        metavar="N",
        help="Processes that train one model together, a GPU each if there are; in place of the study's.",
    ),
]
Replicates = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="In place of the study's own number.")
]
Columns = Annotated[
    str,
    typer.Option(
        help="OURS=THEIRS: what columns are called in the file, as in premise=sentence1, or where in one "
        "a value stands, as in premise=messages[0].content."
    ),
]
Device = Annotated[
    str, typer.Option(help="Torch device, such as cpu or cuda:0; auto takes a GPU if there is one.")
]
BlindSpotName = Annotated[str, typer.Option("--blindspot", help="Whose test set: hans, ...")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def as_pairs(text: str, option: str, example: str) -> dict[str, str]:
    """`premise=sentence1,label=gold` as a mapping.

    Raises:
        ScotomaError: a part is no pair, or two begin alike; names the option and gives the example.
    """
    parts = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    pairs = [(left.strip(), right.strip()) for left, _, right in parts]
    if not all(left and right for left, right in pairs):
        what = "columns" if option == "--columns" else "labels"
        raise ScotomaError(f"{text!r} is no list of {what}", where=option, remedy=f"As in {example}.")
    named = [left for left, _ in pairs]
    if twice := [name for name in dict.fromkeys(named) if named.count(name) > 1]:
        raise ScotomaError(f"{', '.join(twice)} is said twice", where=option, remedy="Say it once.")
    return dict(pairs)


def known_blindspot(name: str) -> "BlindSpot":
    """The blind spot of this name.

    Raises:
        ScotomaError: there is none; names the nearest.
    """
    from scotoma.blindspots import BLINDSPOTS

    return look_up(BLINDSPOTS, name, "blind spot", where="--blindspot")


def blindspot_or_studys(name: str) -> "tuple[BlindSpot, tuple[str, ...]]":
    """The blind spot of this name, or a study's own, with the names of its texts.

    Args:
        name: Of a blind spot; or STUDY, a file or a bundled study, with one blind spot; or STUDY:NAME.

    Raises:
        ScotomaError: there is none, or the study has several and no name says which.
    """
    from scotoma.blindspots import BLINDSPOTS
    from scotoma.study.file import bundled_studies, load_study

    if name in BLINDSPOTS:
        return BLINDSPOTS[name], ("premise", "hypothesis")
    path, _, chosen = (name, "", "") if _is_study(name) else name.rpartition(":")
    if not _is_study(path):
        known = nearest(name, BLINDSPOTS)
        remedy = f"{known} Or name a study file, or a bundled study: {', '.join(bundled_studies())}."
        raise ScotomaError(f"blind spot {name!r} is not known", where="--blindspot", remedy=remedy)
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
    return spot.model_copy(update={"label_map": in_order}), tuple(study.task.fields)


def _is_study(name: str) -> bool:
    from scotoma.study.file import bundled_studies

    return os.path.isfile(name) or name in bundled_studies()


def as_looks(text: str) -> tuple[int, ...]:
    """`4,6,9` as numbers of replicates at which results are looked at; none of an empty text.

    Raises:
        ScotomaError: they are not two or more rising numbers from 3 on.
    """
    from scotoma.study.study import are_looks

    parts = [part.strip() for part in text.split(",")] if text else []
    looks = tuple(int(part) for part in parts if part.isascii() and part.isdecimal())
    if parts and not (len(looks) == len(parts) and are_looks(looks)):
        raise ScotomaError(
            f"{text!r} names no looks at the results",
            where="--looks",
            remedy="Give two or more rising numbers of replicates, the first at least 3: --looks 4,6,9.",
        )
    return looks

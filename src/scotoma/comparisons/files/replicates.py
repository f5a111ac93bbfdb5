"""Which file of BEFORE goes with which of AFTER."""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeGuard

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import first_of
from scotoma.comparisons.files.folders import files_by_replicate
from scotoma.tasks.reading.formats import stem
from scotoma.tasks.reading.hub import is_saved
from scotoma.tasks.reading.sources import Place, TableSource

_PAIRING = (
    "The two files of a replicate, or their folders, need the same name. A difference is taken within each "
    "pair, which is right only if the two runs share whatever else varies, such as their start model, data "
    "or seed: give such files the same name, and leave out runs without a partner. Runs that share nothing "
    "must not be paired arbitrarily, and Scotoma has no unpaired interval: score each file, and compare the "
    "two groups of values with a test for two independent samples, such as Welch's."
)

#: How far a training was, in the names that trainers give to checkpoints.
_PROGRESS = re.compile(
    r"(?<![a-z])(checkpoint_\d+_\d+"  # fairseq's, epoch and update
    r"|best_[a-z]+_-?\d+(\.\d+)?"  # fairseq's `checkpoint.best_loss_3.21`
    r"|(checkpoint|ckpt|(global_?)?steps?|epochs?|ep|ba|iters?|iterations?|tokens)[-_=. ]?\d+(\.\d+)?[kmbt]?"
    r"|(consumed_samples|((train|val|valid|eval|test)[-_/.]?)?[a-z_]*(loss|acc|accuracy|f1|ppl|perplexity)"
    r"|(train|val|valid|eval|test)[-_/.]?[a-z_]*)=-?\d+(\.\d+)?"  # `val_loss=0.32`
    r"|(best|last|latest|final))(?![a-z])",
    re.IGNORECASE,
)
#: What may stand between and beside these without naming a training of its own.
_BESIDE = re.compile(r"(?<![a-z])(checkpoint|ckpt)(?![a-z])|[-_=. ]+", re.IGNORECASE)

#: Predictions before or after: of one model; or replicates, in the files of a folder or by name.
Side = Place | Mapping[str, Place]


def find_pairs(before: Side, after: Side) -> list[tuple[str, Place, Place]]:
    """Name and predictions on both sides of each replicate, in the order of their names.

    Two models are one replicate. Files of folders pair by their names without the endings that say the
    format; hidden files and files of other kinds are passed over. In a folder without such files, each
    folder is a replicate, with one file of predictions.

    Raises:
        ScotomaError: one side is not there, or of one model and the other of replicates, a folder has no
            predictions or several that may be those of a replicate, a name stands on one side only or twice,
            or several names are those of checkpoints.
    """
    if _is_one(before) and _is_one(after):
        name, other = _name(before), _name(after)
        return [(name if name == other else f"{name}, {other}", before, after)]
    if _is_one(before) or _is_one(after):
        one, several = (before, after) if _is_one(before) else (after, before)
        if isinstance(one, str | Path) and not Path(one).exists():
            raise ScotomaError(
                f"there is no file or folder {str(one)!r}",
                remedy="Check the path and the folder it starts from.",
            )
        kind = "is several replicates" if isinstance(several, Mapping) else "is a folder"
        side = "after" if one is before else "before"
        raise ScotomaError(
            f"{_place(several, side)!r} {kind} and {str(one)!r} is not",
            where="BEFORE and AFTER",
            remedy="Name two files, or two folders whose files or folders pair by name.",
        )
    files_before, files_after = _replicates(before), _replicates(after)
    places = _place(before, "before"), _place(after, "after")
    where = " and ".join(places)
    alone = sorted(
        (*_missing(files_before, files_after, places[1]), *_missing(files_after, files_before, places[0]))
    )
    if alone:
        raise ScotomaError(
            f"of {len(files_before)} files before and {len(files_after)} after, {len(alone)} have no "
            f"partner of the same name: {first_of(alone, separator='; ')}",
            where=where,
            remedy=_PAIRING,
        )
    _refuse_checkpoints(files_before, where=where)
    return [(name, files_before[name], files_after[name]) for name in sorted(files_before, key=_natural)]


def _is_one(side: Side) -> TypeGuard[Place]:
    """Whether these are the predictions of one model; a folder that `datasets` saved is."""
    if isinstance(side, str | Path):
        return not Path(side).is_dir() or is_saved(Path(side))
    return isinstance(side, TableSource)


def _replicates(side: Side) -> Mapping[str, Place]:
    return side if isinstance(side, Mapping) else files_by_replicate(Path(str(side)))


def _place(side: Side, name: str) -> str:
    """What messages call a side: its path, or this name where it has none."""
    return name if isinstance(side, Mapping) else str(side)


def _name(side: Side) -> str:
    return stem(Path(side)) if isinstance(side, str | Path) else str(side)


def _missing(files: Mapping[str, Place], others: Mapping[str, Place], side: str) -> Iterable[str]:
    for name, place in files.items():
        if name not in others:
            yield f"{_shown_name(name, place)} is not in {side}"


def _refuse_checkpoints(names: Collection[str], *, where: str) -> None:
    """Checkpoints of one training share seed and data, so intervals over them would be far too narrow."""
    of_training: dict[str, list[str]] = {}
    for name in filter(_PROGRESS.search, names):
        of_training.setdefault(_training(name), []).append(name)
    most = max(of_training.values(), key=lambda names: len(names), default=[])
    checkpoints = sorted(most, key=_natural)
    if len(checkpoints) > 1:
        raise ScotomaError(
            f"{first_of(checkpoints)} are named as checkpoints of one training, which are not replicates",
            where=where,
            remedy="Compare one checkpoint at a time, or one of each of several trainings. If these are "
            "trainings of their own, name them after their seeds, such as seed0.",
        )


def _training(name: str) -> str:
    """The name of a checkpoint without what says which checkpoint of a training it is."""
    return "-".join(filter(None, _BESIDE.sub("-", _PROGRESS.sub("-", name)).split("-"))).casefold()


def _shown_name(name: str, place: Place) -> str:
    if not isinstance(place, Path):
        return name
    return place.name if stem(place) == name else f"{name}/{place.name}"


def _natural(name: str) -> tuple[list[str | int], str]:
    """A key that puts `run2-seed10` after `run2-seed9` and before `run10-seed1`."""
    parts = re.split(r"(\d+)", name)
    return [int(part) if at % 2 else part for at, part in enumerate(parts)], name

"""Which file of BEFORE goes with which of AFTER."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.comparisons.files.reading import is_predictions
from scotoma.tasks.reading.formats import stem
from scotoma.tasks.reading.hub import is_saved

_N_NAMED = 5
_PAIRING = (
    "The two files of a replicate need the same name. A difference is taken inside each pair, which is right "
    "only where the two runs share what else varies, such as their start model, data or seed: give such "
    "files one name, and leave out runs without a partner. Runs that share nothing must not be paired at "
    "will; there is no unpaired interval here: score each file, and compare the two groups of values by a "
    "test of two independent samples, such as Welch's."
)


def find_pairs(before: Path, after: Path) -> list[tuple[str, Path, Path]]:
    """Name and two files of each replicate: the two files themselves, or the files of two folders.

    Files of folders pair by their names without the endings that say the format. Folders inside,
    hidden files and files of other kinds are passed over.

    Raises:
        ScotomaError: one is a file and the other a folder, a folder has no predictions, or a name
            stands on one side only or twice.
    """
    if _is_folder(before) != _is_folder(after):
        folder, file = (before, after) if _is_folder(before) else (after, before)
        raise ScotomaError(
            f"{str(folder)!r} is a folder and {str(file)!r} is not",
            where="BEFORE and AFTER",
            remedy="Name two files, or two folders whose files pair by name.",
        )
    if not _is_folder(before):
        name = stem(before) if stem(before) == stem(after) else f"{stem(before)}, {stem(after)}"
        return [(name, before, after)]
    ours, theirs = _files(before), _files(after)
    alone = sorted((*_missing(ours, theirs, after), *_missing(theirs, ours, before)))
    if alone:
        more = f"; and {len(alone) - _N_NAMED} more" if len(alone) > _N_NAMED else ""
        raise ScotomaError(
            f"of {len(ours)} files before and {len(theirs)} after, {len(alone)} have no partner of the same "
            f"name: {'; '.join(alone[:_N_NAMED])}{more}",
            where=f"{before} and {after}",
            remedy=_PAIRING,
        )
    return [(name, ours[name], theirs[name]) for name in sorted(ours, key=_natural)]


def _is_folder(path: Path) -> bool:
    """Whether it may hold replicates; a folder that `datasets` saved is itself one."""
    return path.is_dir() and not is_saved(path)


def _files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not is_predictions(path):
            continue
        if stem(path) in found:
            raise ScotomaError(
                f"{found[stem(path)].name!r} and {path.name!r} have the same name",
                where=str(folder),
                remedy="Keep one file for each replicate.",
            )
        found[stem(path)] = path
    if not found:
        raise ScotomaError(
            f"{folder.name!r} has no file of predictions",
            where=str(folder),
            remedy="Put one file for each replicate there, such as .csv, .jsonl or .parquet.",
        )
    return found


def _missing(ours: Mapping[str, Path], theirs: Mapping[str, Path], folder: Path) -> Iterable[str]:
    return (f"{ours[name].name} is not in {folder}" for name in ours if name not in theirs)


def _natural(name: str) -> tuple[int, str]:
    return len(name), name

"""Folders of replicates: which file in them is whose predictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import first_of
from scotoma.comparisons.files.reading import holds_rows, is_predictions
from scotoma.tasks.reading.formats import stem
from scotoma.tasks.reading.hub import is_saved


def files_by_replicate(folder: Path) -> dict[str, Path]:
    """The file of each replicate: those in the folder; if there are none, one from each folder in it.

    Raises:
        ScotomaError: there are none, two have the same name, or it is not clear which files are meant.
    """
    files: dict[str, Path] = {}
    for path in _predictions_in(folder):
        if stem(path) in files:
            raise ScotomaError(
                f"{files[stem(path)].name!r} and {path.name!r} have the same name",
                where=str(folder),
                remedy="Keep one file for each replicate.",
            )
        files[stem(path)] = path
    inside = [path for path in _entries(folder) if _is_plain_folder(path)]
    if not files:
        return _one_of_each({path.name: _candidates(path) for path in inside}, folder)
    rivals = [path.name for path in inside if any(map(holds_rows, _predictions_in(path)))]
    if len(rivals) > 1:  # a single one is passed over, as one with older predictions
        names = [path.name for path in files.values()]
        raise ScotomaError(
            f"{str(folder)!r} has files that may be predictions ({first_of(names)}) and folders that hold "
            f"some ({first_of(rivals)})",
            where=str(folder),
            remedy="It is not clear which are the replicates: move the files or the folders elsewhere.",
        )
    return files


def _one_of_each(inside: Mapping[str, Sequence[Path]], folder: Path) -> dict[str, Path]:
    """The file of predictions in each folder: the only one, or that of the only name they all have.

    Raises:
        ScotomaError: a folder has none, or several and it is not clear which.
    """
    if not any(inside.values()):
        raise ScotomaError(
            f"{str(folder)!r} has no file of predictions",
            where=str(folder),
            remedy="Put one file for each replicate there, such as .csv, .jsonl or .parquet; or a folder for "
            "each, with one file in it.",
        )
    if empty := [name for name, paths in inside.items() if not paths]:
        raise ScotomaError(
            f"no file of predictions is in {first_of(empty)}",
            where=str(folder),
            remedy="Write one into each folder, and move folders that are no replicates elsewhere.",
        )
    shared = set.intersection(*({path.name for path in paths} for paths in inside.values()))
    several = {name: paths for name, paths in inside.items() if len(paths) > 1}
    if several and len(shared) != 1:
        name, paths = next(iter(several.items()))
        names = first_of([path.name for path in paths])
        raise ScotomaError(
            f"several files in {name} may be the predictions: {names}",
            where=str(folder),
            remedy="Leave one of them in each folder, or let the predictions have the only name that all "
            "folders share.",
        )
    return {
        name: next(path for path in paths if len(paths) == 1 or path.name in shared)
        for name, paths in inside.items()
    }


def _candidates(folder: Path) -> list[Path]:
    """Files in a replicate's folder that may be its predictions; a single one may be damaged."""
    paths = _predictions_in(folder)
    return paths if len(paths) == 1 else [path for path in paths if holds_rows(path)]


def _predictions_in(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if is_predictions(path)]


def _is_plain_folder(path: Path) -> bool:
    return path.is_dir() and not is_saved(path)


def _entries(folder: Path) -> list[Path]:
    """What is in a folder, without what is hidden.

    Raises:
        ScotomaError: it cannot be read.
    """
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise ScotomaError(
            f"{str(folder)!r} cannot be read: {error.strerror}",
            where=str(folder),
            remedy="Check who may read it.",
        ) from error

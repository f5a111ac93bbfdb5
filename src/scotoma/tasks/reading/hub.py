"""Data sets of the Hugging Face hub, from the network, its cache, or a folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.arrow_tables import decoded
from scotoma.tasks.reading.class_names import class_names, decoders, features_of
from scotoma.tasks.reading.faults import Faults

#: How a split of a data set is named where a file may stand.
PREFIX = "hub:"

_PARQUET = "refs/convert/parquet"
#: Files of a folder that `save_to_disk` of `datasets` wrote: of one split, of several.
_ONE_SPLIT, _SPLITS = "state.json", "dataset_dict.json"

Rows = Iterator[tuple[int, dict[str, object]]]


def read_split(name: str, split: str, faults: Faults) -> Rows:
    """The rows of one split, numbered from 1, with class labels by their names; -1 stays -1.

    Args:
        name: `OWNER/NAME`, with `/CONFIG` and `@REVISION` or without, or a folder.
        split: Such as `train`.
        faults: Gathers rows with a class label that has no name.

    Raises:
        ScotomaError: the data set is not available, or has no such split.
    """
    # Imported here: it takes seconds, and readers of plain files do not need it.
    from datasets.exceptions import DatasetsError

    folder = Path(os.path.expanduser(name))
    try:
        dataset = _from_folder(folder, split) if os.path.isdir(folder) else _from_hub(name, split)
    except (OSError, ValueError, RuntimeError, DatasetsError) as error:
        raise _refusal(name, split, error) from error
    return _rows(dataset, faults)


def is_folder(hub: str) -> bool:
    """Whether `NAME:SPLIT` names a folder here, and no data set of the hub."""
    return os.path.isdir(os.path.expanduser(hub.rpartition(":")[0]))


def repository(name: str) -> tuple[str, str | None]:
    """The data set as the hub calls it, and the revision that is named."""
    return _repository(name)[0], name.partition("@")[2] or None


def split_stem(name: str, split: str) -> str:
    """Prefix of the ids of a split's rows, if it has none: `multi_nli-train`."""
    return f"{name.partition('@')[0].rstrip('/').rpartition('/')[2]}-{split}"


def is_saved(path: Path) -> bool:
    """Whether a path is a folder that `save_to_disk` of `datasets` wrote."""
    return os.path.isdir(path) and any((path / mark).exists() for mark in (_ONE_SPLIT, _SPLITS))


def parse_saved(path: Path, faults: Faults) -> Rows:
    """The rows of a folder that `save_to_disk` wrote, if it holds one split.

    Raises:
        ScotomaError: it holds several, or is damaged.
    """
    from datasets import DatasetDict, load_from_disk
    from datasets.exceptions import DatasetsError

    try:
        saved = load_from_disk(str(path))
    except (OSError, ValueError, RuntimeError, LookupError, TypeError, DatasetsError) as error:
        raise ScotomaError(
            f"the saved data set {str(path)!r} cannot be read: {error}",
            where=str(path),
            remedy="Write it again with save_to_disk.",
        ) from error
    if isinstance(saved, DatasetDict):
        if len(saved) != 1:
            faults.fail(
                f"the folder holds the splits {', '.join(saved)}",
                f"Name one of them: hub:{path}:{next(iter(saved))}",
            )
        (saved,) = saved.values()
    yield from _rows(saved, faults)


def _rows(dataset: Any, faults: Faults) -> Rows:
    records = dataset.to_polars().iter_rows(named=True)
    return decoded(records, decoders(dataset.features.to_dict()), faults)


def cached_folder(name: str) -> Path | None:
    """The folder of a data set on this machine, which needs no network; None if it is not here."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    from datasets import config
    from datasets.naming import camelcase_to_snakecase

    owner, slash, short = _repository(name)[0].rpartition("/")
    cached = config.HF_DATASETS_CACHE / f"{owner}{slash and '___'}{camelcase_to_snakecase(short)}"
    return cached if any(cached.glob("*/*/*")) else None


def how_to_fetch(name: str) -> tuple[str, str]:
    """The command that brings a data set into FOLDER, and what a study names in its place then.

    Of one with several configurations only the one that is named is fetched, as a folder of that name.
    """
    repository, config = _repository(name)
    revision = name.partition("@")[2]
    command = f"hf download --repo-type dataset {repository}"
    command += f" --revision {revision}" if revision else ""
    command += f" --include '{config}/*'" if config else ""
    return f"{command} --local-dir FOLDER", f"hub:FOLDER{config and '/' + config}:SPLIT"


def _from_folder(folder: Path, split: str) -> Any:
    from datasets import DatasetDict, load_dataset, load_from_disk

    if not is_saved(folder):
        _check_names_agree(folder, split)
        return load_dataset(str(folder), split=split)
    saved = load_from_disk(str(folder))
    if isinstance(saved, DatasetDict):
        if split not in saved:
            raise ValueError(f"Unknown split {split!r}. Should be one of {sorted(saved)}.")
        return saved[split]
    if saved.split is not None and str(saved.split) != split:
        raise ValueError(f"The folder holds the split {str(saved.split)!r}.")
    return saved


def _check_names_agree(folder: Path, split: str) -> None:
    """Refuses Parquet files that name their class labels in different orders.

    `load_dataset` reads all of them under the names of the first (datasets 5.2.0, and nothing is said;
    findings/label-orders-of-shards.sh).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import load_dataset_builder

    first: tuple[str, dict[str, list[str]]] | None = None
    for place in (load_dataset_builder(str(folder)).config.data_files or {}).get(split, []):
        if not place.endswith(".parquet"):
            continue
        try:
            names = class_names(features_of(pq.read_schema(place).metadata))
        except (OSError, pa.ArrowException):
            continue  # a damaged file is reported where it is read
        first = first or (place, names)
        if names != first[1]:
            raise ScotomaError(
                f"{Path(first[0]).name} and {Path(place).name} name their class labels differently: "
                f"{first[1]} and {names}",
                where=f"{folder}, split {split}",
                remedy="Write both files with one order of names, or with labels as words.",
            )


def _from_hub(name: str, split: str) -> Any:
    from datasets import load_dataset

    repository, config = _repository(name)
    revision = name.partition("@")[2]
    return load_dataset(repository, config or None, split=split, revision=revision or None)


def _repository(name: str) -> tuple[str, str]:
    """The data set and its configuration, that may be empty, of `OWNER/NAME/CONFIG@REVISION`."""
    owner, _, rest = name.partition("@")[0].partition("/")
    if owner == "glue":
        return "nyu-mll/glue", rest
    short, _, config = rest.partition("/")
    return (f"{owner}/{short}" if short else owner), config


def _refusal(name: str, split: str, error: Exception) -> ScotomaError:
    if isinstance(error, ValueError):
        remedy = "Name a split and a configuration that it has."
    elif "scripts are no longer supported" in str(error):
        remedy = f"Its code is not run. Try {name}@{_PARQUET}, the hub's own tables, or the official files."
    else:
        command, instead = how_to_fetch(name)
        remedy = (
            f"On a machine with network, {command}; then copy FOLDER here and give {instead} instead. The "
            "official MultiNLI and HANS files work too."
        )
    return ScotomaError(
        f"the data set {name!r} cannot be loaded: {error}", where=f"hub, split {split}", remedy=remedy
    )

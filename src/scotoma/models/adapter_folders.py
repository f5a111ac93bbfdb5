"""A peft adapter that was trained elsewhere: its task, and where its base is. Imports no torch."""

from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.models.folders import ADAPTER, adapter_config, check_base, check_weights
from scotoma.models.names import resolve

_WANTED = {"SEQ_CLS": "a sequence classifier", "CAUSAL_LM": "a causal language model"}


def base_of_adapter(folder: Path, name: str, task_type: str, *, where: str, remedy: str) -> str:
    """The base of an adapter: a folder, or a name on the hub.

    Args:
        folder: Folder of the adapter.
        name: Name that the user gave.
        task_type: What it must be an adapter for, as peft calls it: SEQ_CLS or CAUSAL_LM.
        where: Option or argument that names the adapter, for messages.
        remedy: What to do where it is one for another task.

    Raises:
        ScotomaError: it is for another task, its weights are not whole, or its base is not there.
    """
    config = adapter_config(folder, where)
    if config.get("task_type") != task_type:
        raise ScotomaError(
            f"the adapter {name!r} is of the task {config.get('task_type')}, not of {_WANTED[task_type]} "
            f"({task_type})",
            where=where,
            remedy=remedy,
        )
    check_weights(folder, name, "adapter_model")
    source = _named_base(folder, config.get("base_model_name_or_path"), name, where)
    if Path(source).is_dir():
        check_base(Path(source), source)
    return source


def _named_base(folder: Path, given: object, name: str, where: str) -> str:
    """A folder that an adapter names, from there or beside it, or a name on the hub.

    Raises:
        ScotomaError: it is not there.
    """
    if isinstance(given, str) and given:
        places = (Path(given).expanduser(), folder / given, folder.parent / Path(given).name)
        folders = [place for place in places if place.is_dir()]
        # A folder of that name in the current folder need not hold a model.
        models = [place for place in folders if (place / "config.json").is_file()]
        if folders:
            return str((models or folders)[0])
        if given.startswith("bundled:"):
            return str(resolve(given).paths[0])
        if given.count("/") <= 1 and not given.startswith((".", "/", "~")):
            return given
    raise ScotomaError(
        f"the base of the adapter {name!r} is not there: {given}",
        where=where,
        remedy=f"Put the base's folder beside the adapter, or write its path into {ADAPTER} "
        "(base_model_name_or_path).",
    )

"""What this machine has, and what a study needs of it."""

import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from scotoma.errors import ScotomaError
from scotoma.models.names import fingerprint
from scotoma.settings import Adapter, Model, Recipe
from scotoma.study import Study
from scotoma.study_file import load_study
from scotoma.words import counted

_GIGABYTE = 1 << 30

#: Of the rows for which memory is estimated: longer than nearly all pairs of sentences.
_TOKENS = 128


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        what: What was looked at, with what was found.
        ok: Whether it is as it should be.
        remedy: What to do if it is not.
    """

    what: str
    ok: bool
    remedy: str = ""


def examine(study: str | None, *, processes: int = 1) -> list[Finding]:
    """Looks at the machine and, if a study is named, at everything that study needs.

    Args:
        study: A file's path, or a bundled study's name.
        processes: That will share a training.
    """
    return [*_machine(), *(_study(study, processes) if study else ())]


def _machine() -> Iterator[Finding]:
    yield Finding(f"Python {platform.python_version()}, {os.cpu_count()} cores", ok=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIGABYTE
    yield Finding(f"memory {memory:.0f} GiB", ok=memory >= 4, remedy="The quickstart needs 4 GiB.")
    free = shutil.disk_usage(Path.cwd()).free / _GIGABYTE
    yield Finding(
        f"free disk here {free:.0f} GiB", ok=free >= 2, remedy="Free some, or give --store another disk."
    )
    for library in ("torch", "transformers", "peft"):
        found = importlib.util.find_spec(library) is not None
        yield Finding(f"library {library}", ok=found, remedy=f"pip install {library}")


def _study(name: str, processes: int) -> Iterator[Finding]:
    try:
        study = load_study(name)
    except ScotomaError as error:
        yield Finding(f"study {name}: {error.what.rstrip()}", ok=False, remedy=error.remedy)
        return
    yield Finding(f"study {study.name}: settings and data files", ok=True)
    for model in _models(study):
        yield _weights(model)
    if _wants_bitsandbytes(study):
        found = importlib.util.find_spec("bitsandbytes") is not None
        yield Finding("library bitsandbytes", ok=found, remedy="pip install 'scotoma[quantised]'")
    yield from _memory(study, processes)


def _memory(study: Study, processes: int) -> Iterator[Finding]:
    """What trainings will hold; whether it fits is for whoever knows the nodes to say."""
    from scotoma.models.dry_run import config_here, memory_of_training

    trainings: list[tuple[str, Model, Adapter, Recipe, int | None]]
    trainings = [("the task model", study.model, study.model.adapter, study.recipe, len(study.task.labels))]
    if study.generator:
        own, recipe = study.generator.model or study.model, study.generator.recipe
        trainings.append(("the generator", own, study.generator.adapter, recipe, None))
    for what, model, adapter, recipe, n_labels in trainings:
        if (config := config_here(model)) is None:
            continue
        how = {"rows": recipe.batch_size, "tokens": _TOKENS, "processes": processes}
        held = memory_of_training(config, model.precision, adapter, n_labels=n_labels, **how)
        parts = ", ".join(f"{part} {size / _GIGABYTE:.2f}" for part, size in asdict(held).items())
        yield Finding(
            f"training {what}: {held.total / _GIGABYTE:.2f} GiB on each device, and some for the allocator "
            f"({parts}; {recipe.batch_size} rows of {_TOKENS} tokens over {counted(processes, 'process')})",
            ok=True,
        )


def _models(study: Study) -> list[Model]:
    other = study.generator.model if study.generator else None
    return [study.model, *([other] if other else [])]


def _weights(model: Model) -> Finding:
    known = fingerprint(model.name)
    if known is not None:
        return Finding(f"weights {model.name}", ok=True)
    from huggingface_hub import try_to_load_from_cache

    cached = isinstance(try_to_load_from_cache(model.name, "config.json", revision=model.revision), str)
    return Finding(
        f"weights {model.name} in the hub's local cache",
        ok=cached,
        remedy=f"With a network: hf download {model.name}. Without: copy its folder here and name the path.",
    )


def _wants_bitsandbytes(study: Study) -> bool:
    trained = [(study.model.adapter, study.recipe)]
    if study.generator:
        trained.append((study.generator.adapter, study.generator.recipe))
    return any(
        adapter.kind == "qlora" or recipe.optimizer == "paged_adamw_32bit" for adapter, recipe in trained
    )

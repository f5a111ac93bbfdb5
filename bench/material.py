"""The material for both sides: the `pocket` study's model, prompts and settings, on real sentences.

It is prepared once, in `bench/.work`: the base as safetensors, and a generator that has learned its format.
"""

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from scotoma.basics.progress import no_progress
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

#: Rows from which the generator of the sampling bench learns its format.
_N_TAUGHT = 480


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Rows of each kind of work. The time of both sides grows in proportion to them.

    Attributes:
        matched: Rows of matched dev to evaluate.
        hans: Rows of HANS to evaluate.
        examples: Rows to train on.
        samples: Rows that Scotoma's side draws.
        paper_samples: Rows that the paper's side draws: one batch of its size.
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
    """Precision of both sides on this processor: bf16, or fp32 if bf16 would be emulated."""
    return computes_in(study().bases[""].precision, "cpu")


def base() -> Path:
    """Folder of the prepared base, which the first call converts."""
    folder = WORK / "base"
    if not (folder / "base.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        prepare(study().bases[""].name, None, None, folder)
    return folder


def generator_settings() -> FineTuned:
    """The study's settings for training and sampling its generator."""
    generator = study().generator
    assert isinstance(generator, FineTuned)
    return generator


def generator() -> Path:
    """Folder of a generator that has learned to end its rows. The first call trains it, in minutes."""
    folder = WORK / f"generator-{_N_TAUGHT}"
    if not folder.is_dir():
        settings, started = generator_settings(), WORK / "generator-begun"
        precision, name = study().bases[""].precision, study().bases[""].name
        model = new_generator(base(), precision, settings.adapter, 0, "cpu")
        train_generator(
            model, base(), MNLI, training_rows(_N_TAUGHT), precision, settings.recipe, 0, no_progress
        )
        save_generator(model, name, started)
        started.rename(folder)
    return folder


def load_taught_generator() -> Any:
    """The trained generator, ready to sample."""
    return load_generator(
        base(), generator(), study().bases[""].precision, generator_settings().adapter, "cpu"
    )


@cache
def matched_rows(n: int) -> pl.DataFrame:
    """Rows of matched dev."""
    return _spread(read_examples(bundled("mnli/dev_matched.tsv.xz")).table, n)


@cache
def hans_rows(n: int) -> pl.DataFrame:
    """Rows of HANS, regenerated, with the 30 subcases as balanced as possible."""
    return _spread(to_table(generate(-(-n // 30), 0), MNLI.fields), n)


@cache
def training_rows(n: int) -> pl.DataFrame:
    """Rows of MultiNLI's training part."""
    return _spread(read_examples(bundled("mnli/train_10k.tsv.xz")).table, n)


def _spread(table: pl.DataFrame, n: int) -> pl.DataFrame:
    """The given number of rows, taken evenly from the whole table."""
    return table[[i * table.height // n for i in range(n)]]

"""A small study whose predictions are made up: known answers, no model."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl

from scotoma.randomness import stream
from scotoma.records import write_table
from scotoma.settings import Arm
from scotoma.steps import Runtime, Step
from scotoma.store import Store
from scotoma.study import Study

LABELS = ("entailment", "neutral", "contradiction")
HEURISTICS = ("lexical_overlap", "subsequence", "constituent")

#: Chance of calling a row entailed, by arm: (entailed side, not entailed side) of the blind spot.
LEANINGS = {"none": (0.95, 0.45), "original": (0.95, 0.40), "synthetic": (0.96, 0.70), "biased": (1.0, 1.0)}


class Screen(Step):
    """Stands for the screening stage: its name is what counts."""

    version: ClassVar[int] = 1
    replicate: int

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes a yield as the real stage does."""
        (out / "yield.json").write_text(
            '{"raw": 300, "kept": 270, "rejected": {"unfinished": 20, "label": 10}, "by_label": '
            '{"entailment": {"kept": 90, "overlap_whitespace": 0.25, "overlap_word": 0.5}, '
            '"neutral": {"kept": 180, "overlap_whitespace": 0.125, "overlap_word": 0.125}}}'
        )


class Predictions(Step):
    """Stands for the predict stage: writes made-up rows."""

    version: ClassVar[int] = 1
    replicate: int
    arm: str
    n: int
    subcase: str
    pool: Screen | None
    repetition: str = ""

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the table."""
        table = predictions(self.replicate, self.arm, self.n, self.subcase, self.repetition)
        write_table(table, out / "predictions.parquet")


@dataclass(frozen=True)
class Evaluated:
    """As `scotoma.experiment.Evaluated`."""

    replicate: int
    start: str
    arm: Arm
    predictions: Predictions
    repetition: str = ""

    @property
    def name(self) -> str:
        """The arm's, with what is changed in a repetition of it."""
        return f"{self.arm.name}~{self.repetition}" if self.repetition else self.arm.name


@dataclass(frozen=True)
class Plan:
    """As `scotoma.experiment.Plan`."""

    study: Study
    models: tuple[Evaluated, ...]
    steps: tuple[Step, ...]
    general_tests: tuple[tuple[str, Step], ...] = ()


def predictions(replicate: int, arm: str, n: int, subcase: str, repetition: str = "") -> pl.DataFrame:
    """`n` rows on the general set and on each heuristic by label."""
    rng = stream(0, arm, replicate, *([repetition] if repetition else []))
    entailed, other = LEANINGS[arm]
    blocks = [
        _block(rng, "matched", label, 0.8 if label == LABELS[0] else 0.1, n, "", "") for label in LABELS
    ]
    for heuristic in HEURISTICS:
        # Rows move together within a replicate, as seeds do.
        shift = float(rng.normal(0, 0.02)) if 0 < other < 1 else 0.0
        blocks.append(_block(rng, "hans", "entailment", entailed, n, heuristic, subcase))
        blocks.append(_block(rng, "hans", "non-entailment", other + shift, n, heuristic, f"{heuristic}_n"))
    return pl.concat(blocks)


def _block(
    rng: np.random.Generator, test: str, gold: str, leaning: float, n: int, heuristic: str, subcase: str
) -> pl.DataFrame:
    entailed = rng.random(n) < leaning
    strength = rng.uniform(0.6, 0.9, n)
    p = np.where(entailed, strength, 1 - strength)
    wrong = "neutral" if gold != "contradiction" else "contradiction"
    return pl.DataFrame(
        {
            "test": [test] * n,
            "id": [f"{test}-{gold}-{heuristic}-{i}" for i in range(n)],
            "gold": [gold] * n,
            "predicted": ["entailment" if yes else wrong for yes in entailed],
            "p_entailment": p,
            "p_neutral": (1 - p) * (0.9 if wrong == "neutral" else 0.1),
            "p_contradiction": (1 - p) * (0.1 if wrong == "neutral" else 0.9),
            "heuristic": [heuristic] * n,
            "subcase": [subcase] * n,
            "template": ["temp1" if heuristic else ""] * n,
        }
    )


def study(*, replicates: int = 5, name: str = "fake", claims: list[dict[str, Any]] | None = None) -> Study:
    """A study of three arms from one start."""
    recipe = {
        "epochs": 1,
        "batch_size": 16,
        "learning_rate": 1e-3,
        "schedule": "cosine",
        "warmup": 0.1,
        "optimizer": "adamw",
        "betas": [0.9, 0.999],
        "epsilon": 1e-8,
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "order": "random",
    }
    claim = {
        "blindspot": "hans",
        "cell": "all/non-entailment",
        "measure": "accuracy",
        "contrast": "synthetic - original",
        "margin": 0.05,
        "alpha": 0.05,
    }
    return Study.model_validate(
        {
            "name": name,
            "task": "mnli",
            "blindspots": ["hans"],
            "data": {"train": "train.tsv", "tests": {"matched": "dev.tsv"}, "repeated_pairs": "drop"},
            "model": {"name": "base", "precision": "fp32", "adapter": {"kind": "full"}},
            "seed": 7,
            "replicates": replicates,
            "starts": [4000],
            "recipe": recipe,
            "generator": {
                "adapter": {"kind": "full"},
                "trained_on": "all",
                "recipe": recipe,
                "sampling": {"temperature": 1, "top_p": 1, "candidates_per_label": 100, "max_new_tokens": 60},
            },
            "screening": {"identical": "drop", "duplicates": "drop", "leaks": "drop", "copies": "keep"},
            "heuristic": {"predicate": "overlap_word", "label": "entailment"},
            "arms": [{"original": 1500}, {"synthetic": 1500}, {"biased": 1500}],
            "evaluation": {"batch_tokens": 4096},
            "claims": [claim] if claims is None else claims,
        }
    )


def plan(study: Study, *, n: int = 60, subcase: str = "ln_subject/object_swap") -> Plan:
    """Every model of the study, on made-up predictions of `n` rows a cell."""
    models = tuple(
        Evaluated(replicate, str(start), arm, _step(replicate, arm.kind, n, subcase))
        for replicate in range(study.replicates)
        for start in study.starts
        for arm in (Arm(kind="none"), *study.arms)
    )
    models += tuple(
        Evaluated(
            replicate,
            str(start),
            arm,
            _step(replicate, arm.kind, n, subcase, repetition.name),
            repetition.name,
        )
        for replicate in range(study.replicates)
        for start in study.starts
        for arm in study.arms
        for repetition in study.noise
        if arm.kind == "original"
    )
    return Plan(study, models, tuple(_steps(models)))


def make(plan: Plan, root: Path) -> Store:
    """A store in which every step of the plan is done."""
    store = Store(root)
    for step in plan.steps:
        store.make(step, Runtime())
    return store


def _step(replicate: int, kind: str, n: int, subcase: str, repetition: str = "") -> Predictions:
    pool = Screen(replicate=replicate) if kind in ("synthetic", "biased") else None
    return Predictions(replicate=replicate, arm=kind, n=n, subcase=subcase, pool=pool, repetition=repetition)


def _steps(models: tuple[Evaluated, ...]) -> Iterator[Step]:
    seen: set[str] = set()
    for model in models:
        for step in (*model.predictions.inputs, model.predictions):
            if step.key not in seen:
                seen.add(step.key)
                yield step

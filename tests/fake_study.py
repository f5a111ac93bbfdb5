"""A small study whose predictions are made up: known answers, no model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import polars as pl

from scotoma.arms import Arm
from scotoma.arms.none import Nothing
from scotoma.basics.randomness import stream
from scotoma.basics.records import write_table
from scotoma.cli.printing import PlainConsole
from scotoma.report import terminal
from scotoma.results import Results, results
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.settings.models import Recipe
from scotoma.study.study import Study
from toy import Toy

if TYPE_CHECKING:
    from scotoma.experiment import Plan as RealPlan

LABELS = ("entailment", "neutral", "contradiction")
HEURISTICS = ("lexical_overlap", "subsequence", "constituent")

#: Chance of calling a row entailed, by arm: (entailed side, not entailed side) of the blind spot.
LEANINGS = {
    "none": (0.95, 0.45),
    "original": (0.95, 0.40),
    "synthetic": (0.96, 0.70),
    "biased": (1.0, 1.0),
    "mixed": (0.96, 0.50),
    "relabelled": (0.95, 0.60),
    "reweighted": (0.95, 0.55),
    "repaired": (0.95, 0.45),
    "noise_matched": (0.95, 0.50),
    "seen": (0.95, 0.45),
    "verified": (0.95, 0.60),
}


class Sample(Toy):
    """Stands for the sampler."""

    version: ClassVar[int] = 1
    replicate: int

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes nothing."""


class Texts(Toy):
    """Stands for the stage that reads a test set: the texts of the blind spot's rows."""

    version: ClassVar[int] = 1
    n: int
    subcase: str
    text: str

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the rows that the predictions answer."""
        answered = predictions(0, "none", self.n, self.subcase).filter(pl.col("test") == "hans")
        named = answered.select("id", "heuristic", "subcase", "template", label="gold")
        texts = {"premise": pl.lit(self.text), "hypothesis": pl.lit("So.")}
        write_table(named.with_columns(**texts), out / "examples.parquet")


class Screen(Toy):
    """Stands for the screening stage: its name is what counts."""

    version: ClassVar[int] = 1
    raw: Sample
    text: str

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes a yield as the real stage does."""
        (out / "yield.json").write_text(
            '{"raw": 300, "kept": 270, "rejected": {"unfinished": 20, "label": 10}, "by_label": '
            '{"entailment": {"kept": 90, "overlap_whitespace": 0.25, "overlap_word": 0.5}, '
            '"neutral": {"kept": 180, "overlap_whitespace": 0.125, "overlap_word": 0.125}}}'
        )
        rows = {
            "id": ["entailment-0"],
            "premise": [self.text],
            "hypothesis": ["It is."],
            "label": ["entailment"],
        }
        write_table(pl.DataFrame(rows), out / "examples.parquet")
        dropped = {"id": ["neutral-0"], "label": ["neutral"], "text": ["half a"], "reason": ["unfinished"]}
        write_table(pl.DataFrame(dropped), out / "rejects.parquet")


class TrainClassifier(Toy):
    """Stands for a model whose training data are not told."""

    version: ClassVar[int] = 1
    arm: str
    recipe: Recipe
    seed: int
    data: None = None

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes nothing."""


class Predictions(Toy):
    """Stands for the predict stage: writes made-up rows."""

    version: ClassVar[int] = 1
    replicate: int
    arm: str
    n: int
    subcase: str
    pool: Screen | None
    tests: tuple[tuple[str, Texts], ...]
    classifier: TrainClassifier
    repetition: str = ""
    sample: int = 1

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the table."""
        table = predictions(self.replicate, self.arm, self.n, self.subcase, self.repetition, self.sample)
        write_table(table, out / "predictions.parquet")


@dataclass(frozen=True)
class Evaluated:
    """As `scotoma.experiment.Evaluated`."""

    replicate: int
    start: str
    arm: Arm
    predictions: Predictions
    repetition: str = ""
    round: int = 1
    sample: int = 1
    base: str = ""

    @property
    def of_samples(self) -> int:
        """How many samples the arm has."""
        return 1 if self.repetition else self.arm.samples

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

    def looks(self) -> "tuple[Plan, ...]":
        """The same models, as far as each look."""
        return tuple(
            replace(
                self,
                study=self.study.at(look),
                models=tuple(model for model in self.models if model.replicate < look),
            )
            for look in (*self.study.looks[:-1], self.study.replicates)
        )


def predictions(
    replicate: int, arm: str, n: int, subcase: str, repetition: str = "", sample: int = 1
) -> pl.DataFrame:
    """`n` rows on the general set and on each heuristic by label."""
    also: list[str | int] = [*([repetition] if repetition else []), *([sample] if sample > 1 else [])]
    rng = stream(0, arm, replicate, *also)
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


def study(
    *,
    replicates: int = 5,
    name: str = "fake",
    claims: list[dict[str, Any]] | None = None,
    arms: Sequence[dict[str, Any]] = ({"original": 1500}, {"synthetic": 1500}, {"biased": 1500}),
) -> Study:
    """A study of three arms, or of others, from one start."""
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
            "labeller": {"original": 4000} if any("relabelled" in arm for arm in arms) else None,
            "arms": list(arms),
            "evaluation": {"batch_tokens": 4096},
            "claims": [claim] if claims is None else claims,
        }
    )


def plan(
    study: Study, *, n: int = 60, subcase: str = "ln_subject/object_swap", text: str = "It rains."
) -> Plan:
    """Every model of the study, on made-up predictions of `n` rows a cell, all with the same text."""
    models = tuple(
        Evaluated(
            replicate,
            str(start),
            arm,
            _step(study, replicate, arm.kind, n, subcase, text, sample=sample),
            sample=sample,
        )
        for replicate in range(study.replicates)
        for start in study.starts
        for arm in (Nothing(), *study.arms)
        for sample in range(1, arm.samples + 1)
    )
    models += tuple(
        Evaluated(
            replicate,
            str(start),
            arm,
            _step(study, replicate, arm.kind, n, subcase, text, repetition.name),
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


def _step(
    study: Study,
    replicate: int,
    kind: str,
    n: int,
    subcase: str,
    text: str,
    repetition: str = "",
    sample: int = 1,
) -> Predictions:
    written = Screen(raw=Sample(replicate=replicate), text=text)
    return Predictions(
        replicate=replicate,
        arm=kind,
        n=n,
        subcase=subcase,
        pool=written if kind in ("synthetic", "biased") else None,
        tests=(("hans", Texts(n=n, subcase=subcase, text=text)),),
        classifier=TrainClassifier(arm=kind, recipe=study.recipe, seed=study.seed_of(replicate) + sample - 1),
        repetition=repetition,
        sample=sample,
    )


def _steps(models: tuple[Evaluated, ...]) -> Iterator[Step]:
    seen: set[str] = set()
    for model in models:
        inputs = model.predictions.inputs
        for step in (*(one for given in inputs for one in given.inputs), *inputs, model.predictions):
            if step.key not in seen:
                seen.add(step.key)
                yield step


def found_in(planned: Plan, store: Store) -> Results:
    """The results of a made-up plan."""
    return results(cast("RealPlan", planned), store)


def printed(found: Results, width: int = 100) -> str:
    """What a terminal shows."""
    console = PlainConsole()
    console.width = width
    with console.capture() as capture:
        console.print(*terminal(found), sep="\n")
    return capture.get()

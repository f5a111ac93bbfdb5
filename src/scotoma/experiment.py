"""The experiment. A study in, the steps that answer it out. Plans everything, runs nothing.

base ──train_classifier on n0 originals──────────────▶ start
  └──train_generator on originals ─ sample ─ screen ─▶ pool, and the same again in every round: pools.py
start ──train_classifier on the arm's rows───────────▶ augmented
every model ─ predict ─▶ one row per example, on the general and the blind-spot test sets

This is the loop over all of them; how one replicate makes each of these is in chain.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, product

from scotoma.arms.arm import REPETITION_MARK, SAMPLE_MARK, Arm
from scotoma.arms.none import Nothing
from scotoma.chain import Chain, read_tests
from scotoma.stages.predict import Predict
from scotoma.store.steps import Step
from scotoma.study.study import Study


@dataclass(frozen=True)
class Evaluated:
    """A model that is evaluated: one sample of an arm, from one start, in one replicate.

    Attributes:
        replicate: Number of the run of the whole chain.
        start: Original examples the start had seen; of several bases, `BASE/` comes before.
        arm: What the start was trained on further, with its generator's name if there are several.
        predictions: The model's predictions.
        repetition: Empty, or says what was changed that should not matter.
        round: Round in which the arm's rows were written.
        sample: Number of the arm's disjoint sample that it was trained on.
        base: Name of the base model among several; empty where there is one.
    """

    replicate: int
    start: str
    arm: Arm
    predictions: Predict
    repetition: str = ""
    round: int = 1
    sample: int = 1
    base: str = ""

    @property
    def model(self) -> str:
        """The model's own name: the arm's, from the second sample on with its number, `synthetic-1500#2`."""
        return self.name if self.sample == 1 else f"{self.name}{SAMPLE_MARK}{self.sample}"

    @property
    def of_samples(self) -> int:
        """How many samples the arm has; what is repeated to show the noise is the first alone."""
        return 1 if self.repetition else self.arm.samples

    @property
    def name(self) -> str:
        """The arm's, such as `original-1500`, `original-1500~order` of a repetition, `synthetic-1500@2`."""
        name = self.arm.name_in(self.round)
        return f"{name}{REPETITION_MARK}{self.repetition}" if self.repetition else name


@dataclass(frozen=True)
class Plan:
    """Every model a study compares, every step on the way to them, and what they are tested on."""

    study: Study
    models: tuple[Evaluated, ...]
    steps: tuple[Step, ...]
    general_tests: tuple[tuple[str, Step], ...]

    def looks(self) -> "tuple[Plan, ...]":
        """The plan as far as each look that the study plans; itself alone where it plans none."""
        looks = [look for look in self.study.looks if look < self.study.replicates]
        return (*(plan(self.study.at(look)) for look in looks), self)


def plan(study: Study) -> Plan:
    """All steps of a study, inputs before what needs them."""
    tests = read_tests(study)
    models: list[Evaluated] = []
    checks: list[Step] = []
    for replicate, base in product(range(study.replicates), study.bases):
        chain = Chain(study, base, seed=study.seed_of(replicate), tests=tests)
        checks += chain.checks()
        for n0 in study.starts:
            start, name = chain.start(n0), f"{base}/{n0}" if base else str(n0)
            models.append(Evaluated(replicate, name, _NONE, chain.predict(start), base=base))
            pools = chain.pools(start)
            for arm in (arm for arm in study.all_arms if arm.kind != "none"):
                for n, sample in product(study.rounds_of(arm), range(1, arm.samples + 1)):
                    model = chain.augmented(start, arm, pools.until(arm.generator, n), n, sample)
                    answers = chain.predict(model)
                    models.append(Evaluated(replicate, name, arm, answers, round=n, sample=sample, base=base))
            for arm, repetition in product(study.arms, study.noise):
                if arm.kind == "original":
                    again = chain.repeated(start, arm, repetition)
                    models.append(Evaluated(replicate, name, arm, again, repetition.name, base=base))
    steps = _in_order([*checks, *_data_first(models)])
    return Plan(study, tuple(models), steps, tests[: len(study.data.tests)])


_NONE = Nothing()


def _data_first(models: Iterable[Evaluated]) -> Iterator[Step]:
    """What is wanted of the models: in each replicate the rows of every arm before any model is trained.

    So a run finds out early for which arms a generator has written too few rows.
    """
    for _, models_together in groupby(models, key=lambda model: (model.replicate, model.base)):
        of_replicate = list(models_together)
        data = [rows for model in of_replicate if (rows := model.predictions.classifier.data) is not None]
        # Those whose rows a model must read, or label, come last.
        yield from sorted(data, key=lambda rows: bool(rows.labels or rows.judged or rows.embeddings))
        yield from (model.predictions for model in of_replicate)


def _in_order(steps: list[Step]) -> tuple[Step, ...]:
    """Every step once, inputs first; among those, what needs no model comes first.

    So a test set that leaks stops a run before it has trained.
    """
    ordered: dict[str, Step] = {}

    def visit(step: Step) -> None:
        if step.key not in ordered:
            for needed in step.inputs:
                visit(needed)
            ordered[step.key] = step

    for step in steps:
        visit(step)
    needs_model: dict[str, bool] = {}
    for key, step in ordered.items():
        needs_model[key] = step.loads_model or any(needs_model[needed.key] for needed in step.inputs)
    return tuple(sorted(ordered.values(), key=lambda step: needs_model[step.key]))

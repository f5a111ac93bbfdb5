"""How often a claim's question has been put in a store, to which settings, and with which seeds.

A **question** is what a claim asks, whatever was done to the models: rows and labels of the task, blind spot,
cell, measure, contrast, `beyond`, the base model. A **setting** is how the models that answer it were made,
but for their seeds: recipe, generator, screening, adapter, start, arm. Another setting of one question is
another try; another seed of one setting is a replication.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scotoma.measures import recorded_name
from scotoma.statistics.replicates import MIN_REPLICATES
from scotoma.store.steps import Step
from scotoma.store.store import Store
from scotoma.study.claims import Claim
from scotoma.study.compared import START, compared_models
from scotoma.study.settings.models import Model
from scotoma.study.settings.sources import Source
from scotoma.study.study import Study

if TYPE_CHECKING:  # experiment imports every stage; this needs only the shape of its plan
    from scotoma.experiment import Evaluated, Plan


#: A question, and a setting that it is put to.
Place = tuple[str, str]


@dataclass(frozen=True)
class Try:
    """One claim of a study, at one of its starts, sizes, generators and rounds.

    Attributes:
        claim: Number of the claim in the study.
        question: Hash of what is asked.
        setting: Hash of how the models that answer it were made, without their seeds.
        replicates: For each, keys of the predictions that it takes, those of the reference included.
    """

    claim: int
    question: str
    setting: str
    replicates: tuple[tuple[str, ...], ...]

    @property
    def place(self) -> Place:
        """What identifies it among tries."""
        return self.question, self.setting

    def record(self) -> dict[str, Any]:
        """Plain values for the ledger."""
        replicates = [list(keys) for keys in self.replicates]
        return {"question": self.question, "setting": self.setting, "replicates": replicates}


@dataclass(frozen=True)
class EvaluatedTry:
    """A try on record that has the results for a verdict.

    Attributes:
        question: Hash of what was asked.
        setting: Hash of how the models were made.
        experiment: Name of the ledger.
        study: The study's name.
        seed: Seed of that study, in words.
    """

    question: str
    setting: str
    experiment: str
    study: str
    seed: str

    @property
    def place(self) -> Place:
        """What identifies it among tries, apart from seeds."""
        return self.question, self.setting


def tries_of(plan: "Plan") -> tuple[Try, ...]:
    """The tries of a study, claim by claim."""
    made, known = _by_place(plan.models), dict[str, str]()
    tries = []
    for number, claim in enumerate(plan.study.claims):
        references = {one.name: one.reference for one in compared_models(plan.study, claim)}
        for (start, name), by_replicate in made.items():
            if name not in references:
                continue
            against = "none" if references[name] == START else references[name]
            others = made.get((start, against), {})
            both = [
                (*by_replicate[replicate], *others[replicate])
                for replicate in sorted(by_replicate.keys() & others.keys())
            ]
            if both:
                base = plan.study.bases[both[0][0].base]
                setting = _hash(sorted(_unseeded(one, known) for one in both[0]))
                keys = tuple(tuple(one.predictions.key for one in pair) for pair in both)
                tries.append(Try(number, _question(plan.study, claim, base), setting, keys))
    return tuple(tries)


def tries_on_record(
    ledgers: Mapping[str, list[dict[str, Any]]], questions: set[str], store: Store
) -> list[EvaluatedTry]:
    """The tries of these questions that are on record and have enough replicates for a verdict.

    Args:
        ledgers: The entries of every experiment on record. Old ones do not say what was tried.
        questions: Questions to look for.
        store: Store with the results.
    """
    tries: dict[EvaluatedTry, None] = {}
    for name, entries in ledgers.items():
        for entry in entries:
            for tried in entry.get("tries", ()):
                if tried["question"] in questions:
                    place = tried["question"], tried["setting"]
                    one = EvaluatedTry(*place, name, entry["study"], entry["seed"])
                    if one not in tries and _is_decided(tried["replicates"], store):
                        tries[one] = None
    return list(tries)


def evaluated_in(tries: Iterable[Mapping[str, Any]], store: Store) -> tuple[int, int]:
    """How many differences that were claimed about can be seen, and in how many replicates one.

    A difference between an arm and what it is compared with can be seen where the models of both sides have
    been evaluated; of one side alone nothing is learned that a claim is about.

    Args:
        tries: As the ledger has them.
        store: Store with the results.
    """
    evaluated = [[tuple(keys) for keys in one["replicates"] if all(map(store.has, keys))] for one in tries]
    return len({pair for pairs in evaluated for pair in pairs}), max(map(len, evaluated), default=0)


def study_title(study: str, own: str) -> str:
    """Another study, in words; one of the same name is most likely the same file with other settings."""
    return "this study with other settings" if study == own else f"study {study}"


def _is_decided(replicates: Iterable[Iterable[str]], store: Store) -> bool:
    """Whether a verdict could be given: a rehearsal with fewer replicates does not count as a try."""
    return sum(all(map(store.has, keys)) for keys in replicates) >= MIN_REPLICATES


def _by_place(models: Iterable["Evaluated"]) -> dict[tuple[str, str], dict[int, list["Evaluated"]]]:
    """The models of each start and arm, by replicate; repetitions for the noise floor are no arms."""
    made: dict[tuple[str, str], dict[int, list[Evaluated]]] = {}
    for model in models:
        if not model.repetition:
            place = made.setdefault((model.start, model.arm.name_in(model.round)), {})
            place.setdefault(model.replicate, []).append(model)
    return made


def _question(study: Study, claim: Claim, base: Model) -> str:
    spot = next(one for one in study.blindspots if one.name == claim.blindspot)
    reading = {"label_map", "target", "select"}
    return _hash(
        {
            "task": [study.task.fields, study.task.labels],
            "train": _origin(study.data.train),
            "rows": _origin(spot.source),
            "read": spot.model_dump(mode="json", context="identity", include=reading),
            "asked": [claim.cell, recorded_name(claim.measure), claim.contrast],
            "beyond": claim.beyond and _origin(study.data.tests[claim.beyond]),
            "base": base.sha256 or [base.name, base.revision],
        }
    )


def _origin(source: Source) -> dict[str, Any]:
    """Origin of rows, without how many are taken of them, which is a setting."""
    settings: dict[str, Any] = source.model_dump(mode="json", context="identity", exclude={"limit"})
    for grammar in ("microworld", "sentiment", "hans"):
        if settings.get(grammar):
            settings[grammar] = {key: value for key, value in settings[grammar].items() if key not in _SIZES}
    return settings


_SIZES = ("n", "n_per_subcase")


def _unseeded(model: "Evaluated", known: dict[str, str]) -> str:
    """How a model was made, regardless of its tests."""
    tests = {step.key for _, step in model.predictions.tests}
    made_by = [step for step in model.predictions.inputs if step.key not in tests]
    return _hash([_without_seeds(step, known) for step in made_by])


def _without_seeds(step: Step, known: dict[str, str]) -> str:
    """A step's settings and those of all its inputs, without seeds and versions of the code.

    Args:
        step: A step of any stage.
        known: Results for earlier steps, by their keys.
    """
    if step.key not in known:
        settings = {name: value for name, value in step.identity["settings"].items() if name != "seed"}
        inputs = [_without_seeds(one, known) for one in step.inputs]
        known[step.key] = _hash([step.stage, settings, sorted(step.identity["inputs"]), inputs])
    return known[step.key]


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:24]

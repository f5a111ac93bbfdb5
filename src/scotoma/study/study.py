"""A study: everything a result depends on, as frozen settings that fit together."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from scotoma.arms import ARMS, AnyArm, Arm
from scotoma.arms.arm import Need, Sourced
from scotoma.basics.errors import ScotomaError, nearest
from scotoma.basics.randomness import seed_of
from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.blindspots.predicates.heuristic import Heuristic, RowPredicate
from scotoma.blindspots.predicates.rules import CONSTITUENT, Rule
from scotoma.statistics.verdict import MIN_REPLICATES
from scotoma.study.claims import Claim
from scotoma.study.doses import spell_out_doses
from scotoma.study.published import Published
from scotoma.study.settings.base import Count, Grown, Seed
from scotoma.study.settings.generators import FineTuned, Generator, with_model
from scotoma.study.settings.models import Adapter, Model, Recipe
from scotoma.study.settings.pieces import (
    Distributed,
    Evaluation,
    OriginalLabeller,
    Repetition,
    Rounds,
    Screening,
)
from scotoma.study.settings.sources import Source, spell_out_source
from scotoma.tasks import TASKS, Task


def _known_task(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in TASKS:
        raise ValueError(f"task {value!r} is not known. {nearest(value, TASKS)}")
    return TASKS[value]


def _known_blindspot(value: Any) -> Any:
    """A name, or a name with another source of rows: `{name: hans, source: FILE}`."""
    if isinstance(value, BlindSpot) or (isinstance(value, dict) and "label_map" in value):
        return value
    name, changes = (value.get("name"), value) if isinstance(value, dict) else (value, {})
    if not isinstance(name, str) or name not in BLINDSPOTS:
        raise ValueError(f"blind spot {name!r} is not known. {nearest(str(name), BLINDSPOTS)}")
    known = BLINDSPOTS[name].model_dump()
    source = spell_out_source(changes.get("source"))
    if isinstance(source, dict) and known["source"]["labels"]:
        # Another copy of the data has the same codes: read without them, 0 and 1 might change places.
        changes = {**changes, "source": {"labels": known["source"]["labels"], **source}}
    return {**known, **changes}


class Data(Grown):
    """The original data."""

    later: ClassVar[tuple[str, ...]] = ("test_rows_in_train",)

    train: Source = Field(
        description="Starts, original arms and the generator's training data come from here."
    )
    tests: dict[str, Source] = Field(min_length=1, description="General test sets by name.")
    repeated_pairs: Literal["keep", "drop"] = Field(
        description="Training pairs that occur more than once: drop removes every copy."
    )
    test_rows_in_train: Literal["refuse", "drop"] = Field(
        "refuse",
        description="Training rows that stand in a test set, up to case and spacing: an error, or left out.",
    )


#: Keys and positions that lead to a setting of the study file.
_Place = tuple[int | str, ...]
#: Where parts of a study do not fit together, and why.
_Misfit = tuple[_Place, str]


def _a_name(name: str) -> str:
    """A name that can be a folder's, and a job's in a list of several."""
    if not name.strip() or name.startswith(".") or not name.isprintable() or set(name) & set("/\\,%"):
        raise ValueError(
            f"{name!r} will not do as a name: no leading dot, none of / \\ , % and no control characters"
        )
    return name


#: Where several looks are not as they can be.
_LOOKS = PydanticCustomError(
    "looks",
    "`replicates` is a number, or `{looks: [4, 6, 9]}`: two or more numbers of replicates, rising, the "
    f"first at least {MIN_REPLICATES}",
)


def are_looks(looks: Any) -> bool:
    """Whether these are numbers of replicates at which a study's claims can be judged, one after another."""
    numbers = isinstance(looks, (list, tuple)) and all(type(one) is int for one in looks)
    return (
        numbers and len(looks) > 1 and looks[0] >= MIN_REPLICATES and all(a < b for a, b in pairwise(looks))
    )


class Study(Grown):
    """Everything a result depends on."""

    later: ClassVar[tuple[str, ...]] = ("models", "generators", "rounds", "distributed", "seeding", "looks")

    name: Annotated[str, AfterValidator(_a_name)] = Field(description="As reports and folders call it.")
    task: Annotated[Task, BeforeValidator(_known_task)] = Field(
        description="A known task's name, or a task of your own."
    )
    blindspots: tuple[Annotated[BlindSpot, BeforeValidator(_known_blindspot)], ...] = Field(
        min_length=1,
        description="Known ones' names, `{name: hans, source: ...}` with other rows, or some of your own.",
    )
    data: Data
    model: Model | None = Field(None, description="The base; due unless `models` is given.")
    models: dict[str, Model] = Field(
        {}, description="In place of `model`: several bases by name, a ladder. Everything is done for each."
    )
    seed: Seed = Field(description="Each replicate draws everything from a hash of it and its own number.")
    seeding: Literal["hashed", "summed"] = Field(
        "hashed", description="`summed`: replicate r draws from seed + r, as before version 0.2."
    )
    replicates: Count = Field(
        description="Runs of the whole chain, the unit of every interval. `{looks: [4, 6, 9]}` judges the "
        "claims at each of these numbers, at a level that holds over all, and stops once they are decided."
    )
    looks: tuple[Count, ...] = Field(
        (), description="As `replicates` says them; none = one look, at the end."
    )
    starts: tuple[Annotated[int, Field(ge=0)] | Literal["all"], ...] = Field(
        min_length=1, description="Original examples the start model has seen; 0 = an untrained head."
    )
    recipe: Recipe = Field(description="For the start model and for every arm.")
    generator: Generator | None = Field(None, description="For arms that it writes.")
    generators: dict[str, Generator] = Field(
        {}, description="In place of `generator`: several by name. An arm that names none is made for each."
    )
    rounds: Rounds | None = Field(
        None, description="The generator is trained again on what it wrote. None given: one round."
    )
    screening: Screening | None = Field(None, description="For what the generator writes.")
    heuristic: Heuristic | None = Field(
        None, description="For the biased arms, and for what the report says of data."
    )
    labeller: Literal["exact"] | OriginalLabeller | None = Field(None, description="For the relabelled arms.")
    arms: Annotated[tuple[AnyArm, ...], WrapValidator(spell_out_doses)] = Field(
        description="What the start model is trained on further."
    )
    noise: tuple[Repetition, ...] = Field((), description="Repetitions that show the noise floor.")
    evaluation: Evaluation
    claims: tuple[Claim, ...] = Field((), description="What is to be judged, declared before the first run.")
    published: Published | None = Field(None, description="Changes no result: for the report alone.")
    distributed: Distributed | None = Field(
        None, description="Changes rounding alone; none = a training is one process's."
    )

    @property
    def processes(self) -> int:
        """That train one model together."""
        return self.distributed.processes if self.distributed else 1

    @property
    def shards(self) -> bool:
        """Whether processes that train together share one model."""
        return self.distributed is not None and self.distributed.sharding == "fsdp"

    @model_validator(mode="before")
    @classmethod
    def _spell_out_looks(cls, content: Any) -> Any:
        """`replicates: {looks: [4, 6, 9]}` is 9 replicates at most, looked at three times."""
        told = content.get("replicates") if isinstance(content, dict) else None
        if not isinstance(told, dict):
            return content
        looks = told.get("looks")
        if looks is None or set(told) != {"looks"} or not are_looks(looks):
            error = InitErrorDetails(type=_LOOKS, loc=("replicates",), input=told)
            raise ValidationError.from_exception_data("Study", [error])
        return {**content, "replicates": looks[-1], "looks": looks}

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        told = [
            InitErrorDetails(
                type=PydanticCustomError("misfit", "{what}", {"what": what}), loc=place, input=self.name
            )
            for place, what in self._misfits()
        ]
        if told:
            raise ValidationError.from_exception_data("Study", told)
        return self

    def seed_of(self, replicate: int) -> int:
        """What a replicate draws from: 31 bits, so that replicates of studies with other seeds share none.

        Seeds that are summed, not hashed, let study seed 1 repeat all but one replicate of study seed 0.
        """
        if self.seeding == "summed":
            return self.seed + replicate
        return seed_of(self.seed, "replicate", replicate) >> 32

    @property
    def seeds(self) -> dict[str, int]:
        """The seed of each replicate, by its number."""
        return {str(replicate): self.seed_of(replicate) for replicate in range(self.replicates)}

    def at(self, look: int) -> Self:
        """The study as far as one of its looks: its first replicates, with the same looks planned."""
        return self.model_copy(update={"replicates": look})

    @property
    def bases(self) -> dict[str, Model]:
        """The bases by name; a single one has the empty name."""
        return self.models if self.model is None else {"": self.model}

    @property
    def writers(self) -> dict[str, Generator]:
        """The generators by name; a single one has the empty name."""
        return self.generators if self.generator is None else {"": self.generator}

    @property
    def n_rounds(self) -> int:
        """How often every generator is trained, and writes."""
        return 1 if self.rounds is None else self.rounds.k

    @property
    def all_arms(self) -> tuple[Arm, ...]:
        """The arms; one that names no generator is there for each of several."""
        return tuple(
            one
            for arm in self.arms
            for one in (
                [arm.model_copy(update={"generator": name}) for name in self.generators]
                if arm.is_written and arm.generator is None and self.generators
                else [arm]
            )
        )

    @property
    def sources_of_arms(self) -> list[Source]:
        """The sources that arms read rows of their own from."""
        return [arm.source for arm in self.arms if isinstance(arm, Sourced)]

    def arms_of(self, claim: Claim) -> list[Arm]:
        """The arms that a claim is judged on; share 1 of a mixture is the arm `synthetic` of its size.

        Where another claim says the same of `synthetic`, that one is enough.
        """
        kind, _, reference = claim.contrast.partition(" - ")
        found = [arm for arm in self.all_arms if arm.kind == kind]
        curve = ARMS[kind].curve if kind in ARMS else None
        if curve and curve.whole != kind:
            end = claim.model_copy(update={"contrast": f"{curve.whole} - {reference}"})
            sizes = {arm.n for arm in found} if end not in self.claims else set()
            found += [arm for arm in self.all_arms if arm.kind == curve.whole and arm.n in sizes]
        return found

    def rounds_of(self, arm: Arm) -> range:
        """The rounds in which an arm is made: all, if its rows are written."""
        return range(1, self.n_rounds + 1 if arm.is_written else 2)

    def with_models(self, change: Callable[[Model], Model]) -> Self:
        """The study with every model changed: the bases, and those that write."""
        return self.model_copy(
            update={
                "model": self.model and change(self.model),
                "models": {name: change(model) for name, model in self.models.items()},
                "generator": self.generator and with_model(self.generator, change),
                "generators": {name: with_model(one, change) for name, one in self.generators.items()},
            }
        )

    def _misfits(self) -> Iterator[_Misfit]:
        kinds: set[str] = {arm.kind for arm in self.arms}
        yield from self._misfits_of_arms()
        if self.heuristic and self.heuristic.label not in self.task.labels:
            wrong = f"{self.heuristic.label!r} is not a label of task {self.task.name}"
            yield ("heuristic", "label"), f"{wrong}. {nearest(self.heuristic.label, self.task.labels)}"
        yield from self._misfits_of_predicates()
        if self.labeller == "exact" and self.task.exact_labeller is None:
            yield ("labeller",), f"exact is not to be had for task {self.task.name}; use {{original: N}}"
        yield from self._misfits_of_models()
        yield from self._misfits_of_generators()
        yield from self._misfits_of_rounds()
        yield from _repeats(("arms",), "arms", [arm.name for arm in self.all_arms])
        yield from _repeats(("noise",), "noise", [repetition.name for repetition in self.noise])
        if self.noise and "original" not in kinds:
            yield ("noise",), "noise repeats original arms, and the study has none"
        same = {"batch_size": self.recipe.batch_size, "batch_tokens": self.evaluation.batch_tokens}
        for repetition in self.noise:
            if repetition.value is not None and repetition.value == same[repetition.kind]:
                yield (
                    ("noise",),
                    f"{repetition.kind}: {repetition.value} is the study's own; nothing would differ",
                )
        yield from _repeats(("starts",), "starts", [str(start) for start in self.starts])
        tests = [*self.data.tests, *(blindspot.name for blindspot in self.blindspots)]
        yield from _repeats(("data", "tests"), "test sets", tests)
        yield from _repeats(("blindspots",), "titles", [blindspot.title for blindspot in self.blindspots])
        for at, blindspot in enumerate(self.blindspots):
            try:
                blindspot.check_covers(self.task.labels, self.task.target)
            except ScotomaError as error:
                yield ("blindspots", at), str(error)
        yield from self._misfits_of_claims(kinds)
        yield from self._misfits_of_sharding() if self.shards else ()
        for theirs, test in self.published.tests.items() if self.published else ():
            if test not in tests:
                yield ("published", "tests", theirs), f"{test!r} is no test set. {nearest(test, tests)}"

    @property
    def predicates(self) -> dict[str, RowPredicate]:
        """Every predicate that the study asks of rows: `heuristic`, and `BLINDSPOT.NAME` of what selects."""
        return {name: predicate for _, name, predicate in self._placed_predicates()}

    def _placed_predicates(self) -> Iterator[tuple[_Place, str, RowPredicate]]:
        if self.heuristic:
            yield ("heuristic", "predicate"), "heuristic", self.heuristic.predicate
        for at, spot in enumerate(self.blindspots):
            for name, one in spot.select.items():
                yield ("blindspots", at, "select", name), f"{spot.name}.{name}", one

    def own_rules(self) -> list[Rule]:
        """What the study asks of rows and an audit does not ask anyway, by its names; code is run.

        Raises:
            ScotomaError: a file has changed since the study was read, or its code does not work.
        """
        return [
            replace(predicate.rule(self.task.fields), name=place)
            for place, predicate in self.predicates.items()
            if predicate.is_own or predicate.built_in == CONSTITUENT
        ]

    def _misfits_of_arms(self) -> Iterator[_Misfit]:
        lacking: dict[Need, str] = {}
        if not (self.writers and self.screening):
            lacking["generator"] = "`generator` and `screening`"
        if self.heuristic is None:
            lacking["heuristic"] = "`heuristic`"
        if self.labeller is None:
            lacking["labels"] = "`labeller`"
        for need, settings in lacking.items():
            kinds = sorted({arm.kind for arm in self.arms if need in arm.needs})
            if kinds:
                who = f"arm {kinds[0]} needs" if len(kinds) == 1 else f"arms {', '.join(kinds)} need"
                yield ("arms",), f"{who} {settings}"
        for arm in self.arms:
            yield from ((("arms",), f"arm {arm.name}: {what}") for what in arm.misfits(self.task))

    def _misfits_of_predicates(self) -> Iterator[_Misfit]:
        for place, name, predicate in self._placed_predicates():
            try:
                predicate.check_fits(self.task.fields, self.task.exact_labeller)
            except ScotomaError as error:
                yield place, f"predicate {name}: {error}"

    def _misfits_of_sharding(self) -> Iterator[_Misfit]:
        trainings: list[tuple[_Place, Adapter, _Place, Recipe]] = [
            (("models", name) if name else ("model",), base.adapter, ("recipe",), self.recipe)
            for name, base in self.bases.items()
        ]
        for name, writer in self.writers.items():
            if isinstance(writer, FineTuned):
                place = place_of_writer(name)
                trainings.append((place, writer.adapter, (*place, "recipe"), writer.recipe))
        for of_model, adapter, of_recipe, recipe in trainings:
            if adapter.kind == "qlora":
                yield (
                    (*of_model, "adapter"),
                    "kind: qlora cannot be sharded, for 4-bit weights come in packs; "
                    "take kind: lora, or distributed: {sharding: none}",
                )
            if recipe.optimizer != "adamw":
                yield (
                    (*of_recipe, "optimizer"),
                    f"{recipe.optimizer} has no sharded state; "
                    "take adamw, or distributed: {sharding: none}",
                )

    def _misfits_of_models(self) -> Iterator[_Misfit]:
        if (self.model is None) == (not self.models):
            yield ("model",), "give `model`, or several by name in `models`: one of the two"
        yield from _unfit_names("models", self.models)
        if self.models and self.published:
            yield ("published",), "published figures are of one model; give `model` in place of `models`"

    def _misfits_of_generators(self) -> Iterator[_Misfit]:
        if self.generator is not None and self.generators:
            yield ("generators",), "give `generator`, or several by name in `generators`: one of the two"
        yield from _unfit_names("generators", self.generators)
        for arm in self.arms:
            if arm.generator is not None and arm.generator not in self.generators:
                known = nearest(arm.generator, self.generators) if self.generators else "Give several there."
                wrong = f"there is no generator {arm.generator!r} in `generators`"
                yield ("arms",), f"arm {arm.name}: {wrong}. {known}"
        idle = self.generators.keys() - {arm.generator for arm in self.all_arms}
        if idle:
            yield ("generators",), f"generators {', '.join(sorted(idle))} write for no arm"
        for name, writer in self.writers.items():
            if isinstance(writer, FineTuned) and writer.trained_on == "start" and 0 in self.starts:
                yield (*place_of_writer(name), "trained_on"), "start has nothing to learn from at start 0"

    def _misfits_of_rounds(self) -> Iterator[_Misfit]:
        if self.rounds is None or self.n_rounds == 1:
            return
        if not self.writers:
            yield ("rounds",), "there is no generator to be trained again"
        for name, writer in self.writers.items():
            if not isinstance(writer, FineTuned):
                which = f"generator {name}" if name else "the generator"
                yield (
                    ("rounds",),
                    f"{which} is not trained, so it learns nothing from what it wrote; leave it out",
                )
            elif writer.trained_on == "start":
                most = writer.sampling.candidates_per_label * len(self.task.labels)
                needed = max((n0 for n0 in self.starts if n0 != "all"), default=0)
                if most < needed:
                    gives = f"candidates_per_label gives {most} at most"
                    yield ("rounds",), f"the next learns from {needed} rows; {gives}"
        outside = [arm.name for arm in self.arms if isinstance(arm, Sourced) and not arm.is_written]
        if outside:
            names = ", ".join(outside)
            yield ("rounds",), f"nothing was trained to write the rows of {names}; leave them out"

    def _misfits_of_claims(self, kinds: set[str]) -> Iterator[_Misfit]:
        originals = {arm.n for arm in self.arms if arm.kind == "original"}
        for at, claim in enumerate(self.claims):
            wrong = list(claim.misfits(self.blindspots, self.data.tests, kinds))
            yield from ((("claims", at), what) for what in wrong)
            arm, _, reference = claim.contrast.partition(" - ")
            sizes = {one.n for one in self.arms_of(claim)}
            if arm in kinds and reference == "original" and not sizes & originals:
                wanted = " or ".join(f"`original: {n}`" for n in sorted(n for n in sizes if n))
                remedy = f"Add {wanted}." if wanted else _FILE_HAS_NO_SIZE
                unmatched = f"contrast {claim.contrast!r}: no arm `original` is of {arm}'s size"
                yield ("claims", at), f"{unmatched}. {remedy}"


_FILE_HAS_NO_SIZE = (
    "Say how many rows of the file to take, `file: {source: PATH, n: N}`, beside `original: N`; or claim on "
    "`file - start`."
)


def place_of_writer(name: str) -> _Place:
    """The keys that lead to a generator in the file."""
    return ("generators", name) if name else ("generator",)


def _unfit_names(what: str, names: Iterable[str]) -> Iterator[_Misfit]:
    unfit = [name for name in names if not re.fullmatch(r"[A-Za-z0-9_]+", name)]
    if unfit:
        shown = ", ".join(map(repr, unfit))
        yield (what,), f"{shown} will not do as a name; take letters, digits and underscores"


def _repeats(place: _Place, what: str, names: list[str]) -> Iterator[_Misfit]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        yield place, f"{what} named twice: {', '.join(repeated)}"

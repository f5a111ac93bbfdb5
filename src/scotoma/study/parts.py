"""The parts of a study, as its file has them. Whether they fit together is said in `fitting.py`."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from scotoma.arms import AnyArm, Arm
from scotoma.basics.errors import nearest
from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.blindspots.predicates.heuristic import Heuristic, RowPredicate
from scotoma.blindspots.titles import title_of
from scotoma.study.claims import Claim
from scotoma.study.doses import spell_out_doses
from scotoma.study.published import Published
from scotoma.study.settings.answers import Answers
from scotoma.study.settings.base import Count, Grown, Seed
from scotoma.study.settings.generators import Endpoint, EndpointGenerator, Generator
from scotoma.study.settings.judges import EndpointJudge, Judge, JudgeEndpoint
from scotoma.study.settings.models import Model, Recipe
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


def _known_blindspot(value: Any, read: ValidatorFunctionWrapHandler) -> BlindSpot:
    """A name, or a name with another source of rows, `{name: hans, source: FILE}`, whose title follows it."""
    if isinstance(value, BlindSpot) or (isinstance(value, dict) and "label_map" in value):
        spot: BlindSpot = read(value)
        return spot
    name, changes = (value.get("name"), value) if isinstance(value, dict) else (value, {})
    if not isinstance(name, str) or name not in BLINDSPOTS:
        raise ValueError(f"blind spot {name!r} is not known. {nearest(str(name), BLINDSPOTS)}")
    known = BLINDSPOTS[name].model_dump()
    source = spell_out_source(changes.get("source"))
    if isinstance(source, dict) and known["source"]["labels"]:
        # Another copy of the data has the same codes; without their meanings, 0 and 1 might be swapped.
        changes = {**changes, "source": {"labels": known["source"]["labels"], **source}}
    spot = read({**known, **changes})
    return (
        spot
        if "title" in changes
        else spot.model_copy(update={"title": title_of(BLINDSPOTS[name], spot.source)})
    )


class Data(Grown):
    """The original data."""

    later: ClassVar[tuple[str, ...]] = ("test_rows_in_train",)

    train: Source = Field(
        description="Original data, for starts, original arms and the training of the generator."
    )
    tests: dict[str, Source] = Field(min_length=1, description="General test sets by name.")
    repeated_pairs: Literal["keep", "drop"] = Field(
        description="Training pairs that occur more than once: drop removes every copy."
    )
    test_rows_in_train: Literal["refuse", "drop"] = Field(
        "refuse",
        description="Training rows that are in a test set, up to case and spacing: an error, or left out.",
    )


#: Keys and positions that lead to a setting of the study file.
Place = tuple[int | str, ...]


def _a_name(name: str) -> str:
    """A name that can be a folder's, and a job's in a list of several."""
    if not name.strip() or name.startswith(".") or not name.isprintable() or set(name) & set("/\\,%"):
        raise ValueError(
            f"{name!r} is not allowed as a name: no leading dot, none of / \\ , % and no control characters"
        )
    return name


class Parts(Grown):
    """The settings of a study, one by one."""

    later: ClassVar[tuple[str, ...]] = (
        "models",
        "generators",
        "rounds",
        "distributed",
        "seeding",
        "looks",
        "judge",
        "answers",
    )

    name: Annotated[str, AfterValidator(_a_name)] = Field(
        description="Name of the study in reports and folders."
    )
    task: Annotated[Task, BeforeValidator(_known_task)] = Field(
        description="Name of a built-in task, or a task of your own."
    )
    blindspots: tuple[Annotated[BlindSpot, WrapValidator(_known_blindspot)], ...] = Field(
        min_length=1,
        description="Names of built-in ones, `{name: hans, source: ...}` with other rows, or your own.",
    )
    data: Data
    answers: Answers | None = Field(
        None,
        description="How task models without a head answer: by the likelihood of each label's words. "
        "Default: a head over the labels.",
    )
    model: Model | None = Field(None, description="The base model; required unless `models` is given.")
    models: dict[str, Model] = Field(
        {}, description="In place of `model`: several base models by name; everything is done for each."
    )
    seed: Seed = Field(
        description="Seed of the study; each replicate draws everything from a hash of it and its number."
    )
    seeding: Literal["hashed", "summed"] = Field(
        "hashed", description="`summed`: replicate r draws from seed + r, as before version 0.2."
    )
    replicates: Count = Field(
        description="Number of runs of the whole chain, the unit of every interval. `{looks: [4, 6, 9]}` "
        "judges the claims at each of these numbers, at a level that holds over all, and stops once they "
        "are decided."
    )
    looks: tuple[Count, ...] = Field(
        (), description="Filled in from `replicates`; none = one look, at the end."
    )
    starts: tuple[Annotated[int, Field(ge=0)] | Literal["all"], ...] = Field(
        min_length=1,
        description="Original examples the start model has seen; 0 = an untrained head, or without a head "
        "the base as it is.",
    )
    recipe: Recipe = Field(description="Recipe for the start model and for every arm.")
    generator: Generator | None = Field(None, description="Generator that writes for the synthetic arms.")
    generators: dict[str, Generator] = Field(
        {}, description="In place of `generator`: several by name; an arm that names none is made for each."
    )
    rounds: Rounds | None = Field(
        None, description="Rounds in which the generator is trained on what it wrote. Default: one round."
    )
    screening: Screening | None = Field(None, description="Rows of the generator to drop.")
    heuristic: Heuristic | None = Field(
        None, description="Shortcut for the biased arms, and for the report's tables on data."
    )
    labeller: Literal["exact"] | OriginalLabeller | None = Field(
        None, description="Source of true labels for the relabelled arms."
    )
    judge: Judge | None = Field(
        None,
        description="Judge that says whether a written label is right, for `verified: {by: judge}`: a "
        "classifier trained on original examples, or a model behind a server.",
    )
    arms: Annotated[tuple[AnyArm, ...], WrapValidator(spell_out_doses)] = Field(
        description="Data that the start model is trained on further."
    )
    noise: tuple[Repetition, ...] = Field((), description="Repetitions that measure the noise floor.")
    evaluation: Evaluation
    claims: tuple[Claim, ...] = Field((), description="Claims to judge, declared before the first run.")
    published: Published | None = Field(
        None, description="Published figures to show in the report; they change no result."
    )
    distributed: Distributed | None = Field(
        None, description="Processes that train together, which changes rounding only; none = one process."
    )

    @property
    def processes(self) -> int:
        """Number of processes that train one model together."""
        return self.distributed.processes if self.distributed else 1

    @property
    def shards(self) -> bool:
        """Whether processes that train together share one model."""
        return self.distributed is not None and self.distributed.sharding == "fsdp"

    @property
    def bases(self) -> dict[str, Model]:
        """The bases by name; a single one has the empty name."""
        return self.models if self.model is None else {"": self.model}

    @property
    def writers(self) -> dict[str, Generator]:
        """The generators by name; a single one has the empty name."""
        return self.generators if self.generator is None else {"": self.generator}

    @property
    def servers(self) -> tuple[Endpoint | JudgeEndpoint, ...]:
        """The servers that are asked: by generators, by a judge."""
        writing = [one.endpoint for one in self.writers.values() if isinstance(one, EndpointGenerator)]
        judging = [self.judge.endpoint] if isinstance(self.judge, EndpointJudge) else []
        return (*writing, *judging)

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

    def rounds_of(self, arm: Arm) -> range:
        """The rounds in which an arm is made: all, if its rows are written."""
        return range(1, self.n_rounds + 1 if arm.is_written else 2)

    def placed_predicates(self) -> Iterator[tuple[Place, str, RowPredicate]]:
        """Every predicate that the study asks of rows, with its place in the file and its name."""
        if self.heuristic:
            yield ("heuristic", "predicate"), "heuristic", self.heuristic.predicate
        for at, spot in enumerate(self.blindspots):
            for name, one in spot.select.items():
                yield ("blindspots", at, "select", name), f"{spot.name}.{name}", one

"""Work whose settings name its result.

A **stage** is a kind of work, a subclass of `Step`. A **step** is one stage with its settings and
inputs; inputs are steps too, so a study's whole plan is one nested value. A step's **key** is the
hash of that value.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import polars as pl

from scotoma.basics.hub_names import HubName
from scotoma.basics.progress import Progress, no_progress
from scotoma.store.costs import Cost, Rows
from scotoma.study.settings.base import Settings

_T = TypeVar("_T")


@dataclass(frozen=True)
class Runtime:
    """What a step is given that cannot change its result, and so is no part of its identity.

    Attributes:
        device: Torch device name, such as `cpu` or `cuda:0`.
        begin: Called with the checkpoint folder once this process holds the step's lease.
        progress: Called with (rows done, rows in all) during long work.
        checkpoints: Folder for checkpoints, which a killed attempt leaves to the next; removed at the end.
    """

    device: str = "cpu"
    begin: Callable[[Path], None] = field(default=lambda checkpoints: None)
    progress: Progress = no_progress
    checkpoints: Path | None = None


@dataclass(frozen=True)
class ForeseenRows:
    """What is known of a step's rows before it has run.

    Attributes:
        table: The rows, with the columns of `examples.parquet`.
        has_texts: Whether these are the rows themselves. If not, the run writes them: at most as many, with
            these labels, and, if a grammar writes them, with these heuristics and subcases.
        notes: How the rows were read, in sentences.
        dropped: Numbers of rows left out, by reason.
    """

    table: pl.DataFrame
    has_texts: bool = True
    notes: tuple[str, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> pl.DataFrame:
        """The rows themselves.

        Raises:
            NotForeseeable: they have yet to be written.
        """
        if not self.has_texts:
            raise NotForeseeable("its rows are written by the run")
        return self.table

    @functools.cached_property
    def by_label(self) -> Mapping[str, int]:
        """How many rows have each label."""
        return dict(self.table["label"].value_counts().iter_rows())


class NotForeseeable(Exception):
    """Something is not known of a step before it has run; the message says why."""


@dataclass(frozen=True)
class Forecast:
    """What a step needs to estimate its cost.

    Attributes:
        see: Returns what is known of a step's rows; raises `NotForeseeable` if nothing is.
        folder: Returns the folder of a step that is done, None for any other.
        parameters: Number of weights of a base whose size is not known otherwise.
        assumed: Assumptions made so far, in sentences, each once.
    """

    see: Callable[["Step"], ForeseenRows]
    folder: Callable[["Step"], Path | None]
    parameters: int | None = None
    assumed: dict[str, None] = field(default_factory=dict)
    _known: dict[tuple[object, ...], Any] = field(default_factory=dict, init=False)

    def assume(self, sentence: str) -> None:
        """Notes an assumption of the count, for a reader."""
        self.assumed[sentence] = None

    def once(self, key: tuple[object, ...], look: Callable[[], _T]) -> _T:
        """What `look` returns; called once for each key, for all steps of a plan."""
        if key not in self._known:
            self._known[key] = look()
        value: _T = self._known[key]
        return value


class Step(Settings):
    """One piece of work whose settings name its result. Fields that are steps are its inputs.

    A subclass, a stage, must declare the class variables below and `cost`, or it cannot be defined.
    """

    version: ClassVar[int]
    """Incremented when the results of the code change, so that older artifacts are not reused."""

    loads_model: ClassVar[bool]
    """Whether it loads a model's weights. Of the steps of a plan, those that need no model come first."""

    shared_by_team: ClassVar[bool]
    """Whether processes that train together all run it; any other step is run by the first of them alone."""

    leaves_weights: ClassVar[bool] = False
    """Whether it leaves a model's weights, which are not needed once the steps that load them are done."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuses a stage that does not declare what every stage declares.

        Raises:
            TypeError: it declares no `version`, `loads_model` or `shared_by_team`, or has no `cost`.
        """
        super().__pydantic_init_subclass__(**kwargs)
        missing = [name for name in ("version", "loads_model", "shared_by_team") if not hasattr(cls, name)]
        missing += ["cost"] if cls.cost is Step.cost else []
        if missing:
            raise TypeError(f"stage {cls.__name__} does not declare {', '.join(missing)} (see Step)")

    def run(self, *, out: Path, inputs: Callable[["Step"], Path], runtime: Runtime) -> None:
        """Does the work.

        Args:
            out: An empty folder to fill.
            inputs: Returns the finished folder of an input step.
            runtime: Device and progress; must not change the result.
        """
        raise NotImplementedError

    def foresee(self, see: Callable[["Step"], ForeseenRows]) -> ForeseenRows:
        """Checks the step and what it will leave, as far as that is known without a model; writes nothing.

        Args:
            see: Returns what is known of an input step.

        Returns:
            The rows that it will leave.

        Raises:
            ScotomaError: `run` would raise it too.
            NotForeseeable: no fault was found, and what the step leaves is not known before it has run.
        """
        raise NotForeseeable("it needs a model")

    def cost(self, forecast: Forecast) -> Cost:
        """Estimates the cost of the step, done or not; assumptions are noted in the forecast.

        Counted are 2 operations for each weight and token forward and as many again backward through a
        frozen base, twice as many where the base trains; 6 for each weight of low-rank updates that train,
        2 where they do not; the language-model head only where a token is learned or drawn; what all prompts
        share once a batch, but in a training with dropout. Not counted are padding, attention scores and
        norms: some per cent for short rows.

        Args:
            forecast: What is known before anything has run.

        Raises:
            Unknown: a number that it needs is not known.
        """
        raise NotImplementedError

    def rows(self, forecast: Forecast) -> Rows:
        """The rows that the step will leave in `examples.parquet`: how many, and a few of their kind.

        Args:
            forecast: What is known before anything has run.

        Raises:
            Unknown: a number that it needs is not known.
            TypeError: it leaves none.
        """
        raise TypeError(f"{self.stage} leaves no rows")

    def outdated(self, made: Path) -> bool:
        """Whether an artifact of this step points to something outside the store that no longer exists."""
        return False

    @property
    def fetched(self) -> HubName | None:
        """The repository that the step fetches from the hub, for planning to check; None if there is none."""
        return None

    @property
    def stage(self) -> str:
        """The kind of work, as a word: `train_classifier`."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")

    @property
    def title(self) -> str:
        """What this step does, for a reader: `train classifier on synthetic-1500, seed 0`."""
        return self.stage.replace("_", " ")

    @functools.cached_property
    def inputs(self) -> tuple["Step", ...]:
        """The steps this one reads, in the order of its fields."""
        return tuple(step for name in type(self).model_fields for step in _steps_in(getattr(self, name)))

    @functools.cached_property
    def upstream(self) -> tuple["Step", ...]:
        """Every step that this one depends on, directly or not, each once."""
        steps: dict[str, Step] = {}
        for step in self.inputs:
            steps |= {one.key: one for one in (step, *step.upstream)}
        return tuple(steps.values())

    @functools.cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that can change the result: stage, version, settings, and the inputs' keys."""
        own = self.model_dump(mode="json", context="identity", exclude=self._input_fields())
        keys = {name: _keys_of(getattr(self, name)) for name in self._input_fields()}
        return {"stage": self.stage, "version": type(self).version, "settings": own, "inputs": keys}

    @functools.cached_property
    def key(self) -> str:
        """The stage and a hash of the identity; the name of the artifact's folder."""
        text = json.dumps(self.identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return f"{self.stage}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    def _input_fields(self) -> set[str]:
        return {name for name in type(self).model_fields if _steps_in(getattr(self, name))}


def _steps_in(value: object) -> tuple[Step, ...]:
    """The steps in a field: one, or those in a tuple, or in a tuple of (name, step) pairs."""
    if isinstance(value, Step):
        return (value,)
    if isinstance(value, tuple):
        return tuple(step for item in value for step in _steps_in(item))
    return ()


def _keys_of(value: object) -> Any:
    if isinstance(value, Step):
        return value.key
    if isinstance(value, tuple):
        return [_keys_of(item) for item in value]
    return value

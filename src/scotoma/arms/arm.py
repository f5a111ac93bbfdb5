"""What every kind of arm is: settings in a study file, what it needs, how it draws, and what is said of it.

A kind is a subclass in a file of its own and a line in `scotoma/arms/__init__.py`. It says `kind`, `needs`
and `sentence`, has a field for each setting beside its size, and draws its rows in `draw`. What draws is
imported there, so that a study file is read, and its errors reported, without importing tables.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from scotoma.study.settings.base import Count, Settings
from scotoma.study.settings.sources import Source
from scotoma.tasks import Task

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.selection.by_rank import RowRequest
    from scotoma.arms.supply import Supply
    from scotoma.blindspots.predicates.heuristic import Heuristic

#: In a model's name these come before the generator of its rows, before the round they were written in
#: (from the second on), before the sample (likewise), before a repetition: `synthetic-1500+gemma@2#3`,
#: `original-1500~order`.
GENERATOR_MARK, ROUND_MARK, SAMPLE_MARK, REPETITION_MARK = "+", "@", "#", "~"
_MARKS = re.compile(f"[{GENERATOR_MARK}{ROUND_MARK}{SAMPLE_MARK}{REPETITION_MARK}]")

#: What an arm may need of its study: a generator's screened rows; the study's heuristic; another label for
#: every row of the generator beside the one it wrote; a judge that is asked whether the written label is
#: right; an embedding of every row of the generator.
Need = Literal["generator", "heuristic", "labels", "judge", "embeddings"]

#: The size of an arm.
Size = Annotated[Count, Field(description="Number of rows, shared out equally over the labels.")]

#: Settings that every arm's identity has, null where its kind has no such setting: they keep the keys of
#: artifacts that were made when all kinds shared one record.
_ALWAYS = ("n", "synthetic", "source")


@dataclass(frozen=True)
class Explains:
    """A comparison with another arm of the same size that explains what synthetic data did.

    Attributes:
        name: Name of this part of the difference.
        reference: Kind of the arm that it is compared with.
        repairs: Whether the arm repairs what the total has, so that the sign of its difference is reversed.
    """

    name: str
    reference: str
    repairs: bool = False


@dataclass(frozen=True)
class Curve:
    """A setting that may be a list of shares, with an arm for each.

    Attributes:
        setting: Name of the setting.
        whole: Kind of the arm that share 1 is; share 0 is `original`.
        spells_one: Whether a single share of 0 or 1 is that arm, too.
    """

    setting: str
    whole: str
    spells_one: bool = False


class Arm(Settings):
    """Data that the start model is trained on further; the settings that every kind has."""

    needs: ClassVar[frozenset[Need]] = frozenset()
    """What the study must have for it."""
    sentence: ClassVar[str] = ""
    """What its rows are, for the methods of a paper; no capital, no full stop."""
    short: ClassVar[str] = "n"
    """The setting that stands alone in `KIND: VALUE`."""
    named_by: ClassVar[tuple[str, ...]] = ()
    """Settings that its name shows before its size."""
    explains: ClassVar[tuple[Explains, ...]] = ()
    """Parts of the arm in the explanation of what synthetic data did."""
    curve: ClassVar[Curve | None] = None
    """The setting that may be a list of shares, if it has one."""
    idle: ClassVar[str] = ""
    """What it means if an arm that leaves rows out has those of arm `synthetic` of its size."""

    kind: str
    n: Size | None
    generator: str | None = Field(
        None, description="Name of the generator that writes for it, of several; none = once for each."
    )
    samples: Count = Field(
        1, description="Number of disjoint samples in every replicate; the mean over their models counts."
    )

    @property
    def needed(self) -> frozenset[Need]:
        """What the study must have for this arm: what its kind needs, and what its settings add."""
        return self.needs

    @property
    def n_answers(self) -> int:
        """Number of answers of the study's judge that it needs for every row of the generator."""
        return 1 if "judge" in self.needed else 0

    @property
    def described(self) -> str:
        """What its rows are, for the methods of a paper: its kind's sentence unless settings change it."""
        return self.sentence

    @property
    def name_values(self) -> tuple[Any, ...]:
        """Values of the settings that its name shows, without defaults."""
        fields = type(self).model_fields
        values = {setting: getattr(self, setting) for setting in self.named_by}
        return tuple(value for setting, value in values.items() if value != fields[setting].default)

    @property
    def one_sample(self) -> str:
        """Why no second sample like the first can be drawn; empty where one can."""
        return ""

    @property
    def n_written(self) -> int:
        """Number of its rows that a generator writes."""
        return (self.n or 0) if self.is_written else 0

    @property
    def n_seen(self) -> int:
        """Number of originals that it takes again of those its start was trained on."""
        return 0

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """The arm's rows, with their rank.

        Args:
            supply: Rows it may draw from.

        Raises:
            ScotomaError: there are too few rows.
        """
        raise NotImplementedError

    def check_written(self, most: "pl.DataFrame", labels: Sequence[str], request: "RowRequest") -> None:
        """Refuses an arm for which no generator can write enough rows, before any has written.

        Args:
            most: Column `label`, of the most rows that can pass the screen.
            labels: The task's labels.
            request: Names the arm and its rows in messages.

        Raises:
            ScotomaError: there will be too few rows, whatever is written.
        """
        from scotoma.arms.supply import by_label

        available = {**by_label(most), "": most.height}
        for label, n in self.takes_written(labels):
            request.check(n, label, available.get(label, 0), most.height)

    def takes_written(self, labels: Sequence[str]) -> list[tuple[str, int]]:
        """Number of a generator's rows that it takes for each sample, by the label they were written with.

        The label is empty if the numbers by label depend on the rows.
        """
        from scotoma.arms.supply import shares

        if "labels" in self.needed:
            return [("", self.n_written)]
        return [(label, n) for label, _, n in shares(labels, self.n or 0, self.n_written)]

    def must_hold(self, label: str, heuristic: "Heuristic") -> bool | None:
        """Whether the heuristic's predicate must hold on the rows of a label that a generator writes for it.

        None where it may or may not.
        """
        return None

    def check_other_rows(self, supply: "Supply") -> None:
        """Refuses an arm for which the study has too few other rows, before anything has run.

        Args:
            supply: The corpus, as far as it is known.

        Raises:
            ScotomaError: there are too few rows.
        """
        self.check_counts(supply, supply.n_originals(), supply.request("original"))

    def check_counts(self, supply: "Supply", available: dict[str, int], request: "RowRequest") -> None:
        """Refuses too few rows of a label beside a generator's.

        Args:
            supply: Gives the labels.
            available: Number of rows of each label.
            request: Names the arm and its rows in messages.
        """
        from scotoma.arms.supply import shares

        for label, n, n_written in shares(supply.labels, self.n or 0, self.n_written):
            request.check(n - n_written, label, available.get(label, 0), sum(available.values()))

    def misfits(self, task: Task) -> Iterator[str]:
        """Why it does not fit a task."""
        return iter(())

    @property
    def is_written(self) -> bool:
        """Whether a generator writes for it: its rows, or the pattern that they are made after."""
        return "generator" in self.needed

    @property
    def name(self) -> str:
        """Short and unique within a study: `synthetic-18000`, `mixed-0.5-18000`, `synthetic-18000+gemma`."""
        parts = (self.kind, *self.name_values, self.n)
        name = "-".join(
            f"{part:g}" if isinstance(part, float) else str(part) for part in parts if part is not None
        )
        return f"{name}{GENERATOR_MARK}{self.generator}" if self.generator else name

    def name_in(self, round: int) -> str:
        """Name of the model trained on its rows of a round: `synthetic-18000@2`."""
        return self.name if round == 1 else f"{self.name}{ROUND_MARK}{round}"

    @model_validator(mode="after")
    def _generator_and_samples_fit(self) -> Self:
        if self.generator is not None and not self.is_written:
            raise ValueError(
                f"arm {self.kind}: `generator` is not allowed, as no generator writes for this arm"
            )
        if self.samples > 1 and self.one_sample:
            raise ValueError(f"arm {self.kind}: `samples` must be 1, as {self.one_sample}")
        return self

    @model_serializer(mode="wrap")
    def _with_its_identity(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """In an identity, a setting that has its default is left out."""
        dumped: dict[str, Any] = handler(self)
        if info.context != "identity":
            return dumped
        fields = type(self).model_fields
        non_default = {
            name: value for name, value in dumped.items() if getattr(self, name) != fields[name].default
        }
        always = {} if info.exclude_none else dict.fromkeys(_ALWAYS)
        return {"kind": self.kind, **always, **non_default}


class Sourced(Arm):
    """An arm that reads rows from a source of its own, in the setting `source`.

    A subclass names the random stream from which a grammar writes these rows.
    """

    stream: ClassVar[str]
    never_tested: ClassVar[bool] = False
    """Whether rows that stand in a test set are left out of its source, whatever the study says."""

    source: Source

    @property
    def labels_besides(self) -> tuple[str, ...]:
        """Labels that its source may have and the task has not."""
        return ()

    @property
    def source_name(self) -> str:
        """The source as a name shows it: a file's, without folder and ending."""
        path = self.source.file or self.source.bundled or self.source.hub or self.source.origin
        return _MARKS.sub("_", path.rsplit("/", 1)[-1].split(".", 1)[0])

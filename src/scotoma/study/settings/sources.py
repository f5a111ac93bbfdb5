"""Where rows come from: a file, the hub, or a grammar."""

from pathlib import PurePath
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from scotoma.study.settings.base import Count, Settings, Share


class MicroworldDraw(Settings):
    """Examples drawn from the micro-world grammar: pairs, or single texts with a sentiment."""

    n: Count = Field(description="Number of rows; for part blindspot, rows per construction.")
    part: Literal["train", "test", "blindspot", "counter"]
    dial: Share | None = Field(
        None, description="Strength of the shortcut (word overlap, the marker); only for train and test."
    )

    @model_validator(mode="after")
    def _dial_belongs_to_general_data(self) -> Self:
        if (self.dial is None) != (self.part in ("blindspot", "counter")):
            raise ValueError("`dial` is required for parts train and test; no other part accepts it")
        return self


class HansDraw(Settings):
    """Examples written by the HANS grammar: always to be called HANS regenerated, never HANS."""

    n_per_subcase: Annotated[int, Field(ge=1, le=10_000)] = Field(
        description="Number of rows of each of 30 subcases."
    )


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
    microworld: MicroworldDraw | None = Field(None, description="Rows drawn from the micro-world's grammar.")
    sentiment: MicroworldDraw | None = Field(
        None, description="Single texts drawn from the micro-world's grammar."
    )
    hans: HansDraw | None = Field(None, description="Rows drawn from the HANS grammar.")
    columns: dict[str, str] = Field(
        {},
        description="Our names of columns, mapped to the file's, such as premise: sentence1, or premise: "
        "messages[0].content.",
    )
    labels: Annotated[dict[str, str], BeforeValidator(_as_text)] = Field(
        {},
        description='The file\'s words, mapped to labels, as in `{0: "No", 1: "Yes"}`; `-` leaves the '
        "row out.",
    )
    limit: Count | None = Field(
        None, description="Number of rows to keep, drawn at random, the same for every replicate."
    )
    sha256: str | None = Field(
        None, description="SHA-256 of the file or folder; filled in when the study is read."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return spell_out_source(value)

    @model_validator(mode="after")
    def _exactly_one_origin(self) -> Self:
        origins = [name for name in _ORIGINS if getattr(self, name) is not None]
        if len(origins) != 1:
            raise ValueError(f"give exactly one of {', '.join(_ORIGINS)}; got {', '.join(origins) or 'none'}")
        if self.sentiment is not None and self.sentiment.part == "counter":
            raise ValueError("the grammar of sentiment writes no counter-examples")
        return self

    @model_serializer(mode="wrap")
    def _without_place(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """In an identity a file is replaced by its content and format, a folder by its content, so they can
        be moved.

        Fields that were added later are left out if they are not given, so that older steps keep their keys.
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


#: Formats whose reading has changed for some files: quoted cells, named class labels.
_READ_ANEW = (".tsv", ".txt", ".parquet")


def _endings(file: str) -> str:
    """The endings of a file's name that say how to read it: `.tsv`, `.csv.gz`."""
    path = PurePath(file)
    packed = path.suffix.lower() in (".gz", ".xz")
    return f"{PurePath(path.stem).suffix if packed else ''}{path.suffix}".lower()

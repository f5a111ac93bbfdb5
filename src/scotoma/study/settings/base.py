"""What every settings record is: frozen, complete, and without a default that could change a result."""

from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
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
            self.drop_later(dumped)
        return dumped

    def drop_later(self, dumped: dict[str, Any]) -> None:
        """Takes out of an identity what is not used of the fields that came later."""
        for name in type(self).later:
            if getattr(self, name) == type(self).model_fields[name].default:
                dumped.pop(name, None)

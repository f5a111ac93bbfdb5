"""The arm `none`: the start itself, trained on nothing further."""

from typing import Literal

from pydantic import Field

from scotoma.arms.arm import Arm


class Nothing(Arm):
    """`none`: the start itself, as what the other arms started from."""

    kind: Literal["none"] = "none"
    n: None = Field(None, description="Not allowed: this arm has no size.")

    @property
    def one_sample(self) -> str:
        """Why there is no second sample: the start is there once."""
        return "it is the start itself, which is trained on nothing further"

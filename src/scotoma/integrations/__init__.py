"""Scotoma inside other people's programs. Importing this imports neither torch nor transformers."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scotoma.integrations.trainer_callback import BlindspotCallback

__all__ = ["BlindspotCallback"]


def __getattr__(name: str) -> Any:
    # A callback is a subclass of the Trainer's, so its module imports transformers.
    if name == "BlindspotCallback":
        from scotoma.integrations.trainer_callback import BlindspotCallback

        return BlindspotCallback
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

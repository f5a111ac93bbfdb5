"""The console on which every command prints: text of others can neither style nor steer it."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from scotoma.basics.words import visible

#: As wide as what they stand for.
_INSTEAD = str.maketrans({"±": "~", "→": ">"})


class PlainConsole(Console):
    """Takes strings for text, never for rich's markup, and shows what would steer a terminal.

    File names, cells and generated text reach it from many places, so it is held here, where they all
    come out. Style is given by `rich.text.Text`.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def print(self, *objects: Any, crop: bool = False, **how: Any) -> None:
        """Prints as rich does, but does not cut off a long line, such as a signature."""
        super().print(*objects, crop=crop, **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Renders as rich does, each segment made visible; the console's own control codes stay.

        A character that the terminal's encoding lacks becomes a question mark, or one that means as much, so
        that columns stay aligned.
        """
        for segment in super().render(renderable, options):
            if not segment.control:
                segment = segment._replace(text=self._encodable(visible(segment.text)))
            yield segment

    def _encodable(self, text: str) -> str:
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return text.translate(_INSTEAD).encode(self.encoding, errors="replace").decode(self.encoding)
        return text

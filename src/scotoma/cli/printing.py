"""The console on which every command prints: text of others can neither style nor steer it."""

import re
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from scotoma.basics.words import unbroken, visible

#: Stands between a number and its per-cent sign while lines are wrapped: rich breaks at every kind of space.
_JOINT = "\ue000"

_BLANK_ENDS = re.compile(r" +(?=\n)")

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
        """Prints as rich does, but does not cut off a long line, such as a signature.

        What goes into a file or a pipe has no blanks at the ends of its lines.
        """
        if self.is_terminal:
            super().print(*objects, crop=crop, **how)
            return
        with self.capture() as printed:
            super().print(*objects, crop=crop, **how)
        trimmed = Text(_BLANK_ENDS.sub("", printed.get()))
        super().print(trimmed, crop=False, no_wrap=True, overflow="ignore", end="")

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Renders as rich does, each segment made visible; the console's own control codes stay.

        A number and its per-cent sign stay in one line. A character that the terminal's encoding lacks
        becomes a question mark, or one that means as much, so that columns stay aligned.
        """
        if isinstance(renderable, str):
            renderable = Text(renderable)
        if isinstance(renderable, Text) and _JOINT not in renderable.plain:
            plain = unbroken(renderable.plain, space=_JOINT)
            renderable = renderable.copy()
            renderable.plain = plain
        for segment in super().render(renderable, options):
            if not segment.control:
                text = segment.text.replace(f"{_JOINT}%", " %")
                segment = segment._replace(text=self._encodable(visible(text)))
            yield segment

    def _encodable(self, text: str) -> str:
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return text.translate(_INSTEAD).encode(self.encoding, errors="replace").decode(self.encoding)
        return text

"""A line for a terminal that can be copied as it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.style import Style


@dataclass(frozen=True)
class LongLine:
    """Text that is printed on one line, however narrow the terminal, with an empty line below it.

    Print it with `crop=False`, or the console cuts off what reaches beyond its width.
    """

    text: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        if self.text:
            yield Segment(self.text, Style(dim=True))
            yield Segment.line()
        yield Segment.line()

"""A verdict's card on a terminal: what is known and what is not, and its intervals drawn with characters."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.text import Text

from scotoma.report.cards import Card, Strip

_COLOURS = {
    "WORSE": "bold red",
    "BETTER": "bold green",
    "EQUIVALENT": "bold blue",
    "INCONCLUSIVE": "bold yellow",
}
_INDENT = 2

#: Columns that a drawing needs beside its label and its numbers; with fewer it stands below them.
_NARROWEST = 28


@dataclass(frozen=True)
class _Marks:
    """The characters of a drawing; arrows stand where an interval leaves it."""

    left: str
    line: str
    right: str
    mean: str
    zero: str
    margin: str
    tick: str
    below: str
    above: str


_UNICODE = _Marks("├", "─", "┤", "●", "│", "┊", "╵", "◄", "►")
_ASCII = _Marks("[", "-", "]", "o", "|", ":", "'", "<", ">")


@dataclass(frozen=True)
class TerminalCard:
    """A card as rich prints it, as wide as it is given.

    Attributes:
        card: What it says.
        start: Name of the start checkpoint; empty where there is none.
    """

    card: Card
    start: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        card, start = self.card, f" from start {self.start}" if self.start else ""
        yield Text.assemble((card.word, _COLOURS.get(card.word, "bold")), f": {card.title}{start}")
        lines = [
            Text(card.answer, style="bold"),
            Text(card.compared),
            Text(f"{card.movement} {card.accuracy}".rstrip()),
            Text(f"Known: {card.known}" if card.known else ""),
        ]
        if card.known or card.strips:  # without either, what was found says why there is no verdict
            lines.append(Text(f"Not known: {card.unknown}" if card.known else card.unknown))
        for text in filter(None, lines):
            if options.ascii_only:
                text = Text(text.plain.replace("→", "->"), style=text.style)
            yield Padding(text, (0, 0, 0, _INDENT))
        marks = _ASCII if options.ascii_only else _UNICODE
        for line in _drawing(card, options.max_width - _INDENT, marks) if card.strips else ():
            yield Padding(line, (0, 0, 0, _INDENT))


def _drawing(card: Card, width: int, marks: _Marks) -> Iterator[Text]:
    """Two lines for each strip, interval and ticks, and what the marks mean; stacked where it is narrow."""
    labels = max(len(strip.label) for strip in card.strips)
    numbers = max(len(strip.change_text) for strip in card.strips)
    room = width - labels - numbers - 4
    stacked = room < _NARROWEST
    yield Text()
    for strip in card.strips:
        style = "" if strip.is_judged else "dim"
        interval, ticks = _lines(card, strip, width if stacked else room, marks)
        if stacked:
            yield Text(f"{strip.label}  {strip.change_text}\n{interval}\n{ticks}", style=style)
        else:
            first_line = f"{strip.label:<{labels}}  {interval}  {strip.change_text:>{numbers}}"
            yield Text(f"{first_line}\n{'':<{labels}}  {ticks}", style=style)
    yield Text(_legend(card, width, marks), style="dim")


def _legend(card: Card, width: int, marks: _Marks) -> str:
    """What the marks mean; none is cut from its meaning."""
    marks_explained = (
        f"{marks.zero} no change",
        f"{marks.margin} margin ({card.margin_text})",
        f"{marks.left}{marks.mean}{marks.right} 95 % interval",
        f"{marks.tick} a replicate",
        f"worse is {'right' if card.higher_is_worse else 'left'}",
    )
    lines = [""]
    for one in marks_explained:
        longer = f"{lines[-1]}  {one}" if lines[-1] else one
        lines[-1:] = [longer] if len(longer) <= width else [lines[-1], one]
    return "\n".join(lines)


def _lines(card: Card, strip: Strip, width: int, marks: _Marks) -> tuple[str, str]:
    """The interval and the ticks of a strip, each with zero and the margins behind it."""
    lowest, highest = card.ends

    def at(value: float) -> int:
        return round((value - lowest) / (highest - lowest) * (width - 1))

    def put(line: list[str], value: float, mark: str) -> None:
        if 0 <= at(value) < width:
            line[at(value)] = mark

    interval, ticks = [" "] * width, [" "] * width
    for line in (interval, ticks):
        for value, mark in ((-card.margin, marks.margin), (card.margin, marks.margin), (0.0, marks.zero)):
            put(line, value, mark)
    for value in strip.differences:
        put(ticks, value, marks.tick)
    estimate = strip.estimate
    if estimate.low is not None and estimate.high is not None:
        first, last = max(0, at(estimate.low)), min(width - 1, at(estimate.high))
        interval[first : last + 1] = marks.line * (last + 1 - first)
        interval[first] = marks.left if at(estimate.low) >= 0 else marks.below
        interval[last] = marks.right if at(estimate.high) < width else marks.above
    if estimate.mean is not None:
        put(interval, estimate.mean, marks.mean)
    return "".join(interval), "".join(ticks)

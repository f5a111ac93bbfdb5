"""What a notebook shows: an interval drawn against its margin, tables, notes. Whatever is text is escaped.

All is drawn in `currentColor`, so that it follows the notebook's theme, but for the words of verdicts and
their intervals, whose colours have a contrast of 3 or more both on white and on black.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import polars as pl

from scotoma.basics.words import number, visible

_COLOURS = {"WORSE": "#e0483e", "BETTER": "#2a9150", "EQUIVALENT": "#4183d7", "INCONCLUSIVE": "#b07c10"}
_QUIET = "#808080"
#: Of a drawing, in pixels; and how far from its top each part stands.
_WIDTH, _HEIGHT, _EDGE = 460, 84, 14
_WORDS, _TICKS, _LINE, _AXIS, _NUMBERS = 11, 26, 44, 60, 76
_TOP = _WORDS + 5

#: Rows of a table that are shown.
_N_ROWS = 20


def page(*parts: str) -> str:
    """Parts below one another."""
    return f'<div class="scotoma" style="max-width: 60rem">{"".join(parts)}</div>'


def text(value: object) -> str:
    """A text that HTML shows and does not obey, and that steers no terminal either."""
    return escape(visible(str(value)))


def colour_of(word: str) -> str:
    """The colour of a verdict."""
    return _COLOURS.get(word, _QUIET)


def card(word: str, sentence: str, drawing: str) -> str:
    """A verdict: its word, its sentence, its drawing."""
    colour = colour_of(word)
    style = f"border-left: 4px solid {colour}; padding: .1rem 0 .1rem .8rem; margin: 0 0 1rem"
    head = f'<strong style="color: {colour}">{text(word)}</strong>: {text(sentence)}'
    return f'<div style="{style}"><p style="margin: 0 0 .3rem">{head}</p>{drawing}</div>'


def paragraphs(sentences: Iterable[str]) -> str:
    """Sentences, each on its own."""
    return "".join(f'<p style="margin: 0 0 .4rem">{text(one)}</p>' for one in sentences)


def table(frame: pl.DataFrame, caption: str) -> str:
    """The first rows of a frame as a table with its caption; numbers to three digits."""
    head = "".join(
        f'<th style="text-align: {_side(frame[name])}">{text(name)}</th>' for name in frame.columns
    )
    rows = [
        "".join(f'<td style="text-align: {_side(frame[name])}">{_cell(row[name])}</td>' for name in row)
        for row in frame.head(_N_ROWS).iter_rows(named=True)
    ]
    more = f"; the first {_N_ROWS} of {frame.height:,} rows" if frame.height > _N_ROWS else ""
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    title = f'<caption style="text-align: left; opacity: .8">{text(caption + more)}</caption>'
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _side(column: pl.Series) -> str:
    return "right" if column.dtype.is_numeric() else "left"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    return "" if value is None else text(f"{value:,}" if isinstance(value, int) else value)


@dataclass(frozen=True)
class Drawing:
    """A difference with its intervals against a margin, as an inline SVG; a tick for each replicate.

    Attributes:
        word: The verdict, which sets the colour.
        description: The drawing in words, for screen readers.
        difference: Mean over replicates.
        interval: Interval of the mean, the thin line; None where there is none.
        decided_by: The interval that decides, the thick line; None where there is none.
        margin: Smallest change that matters: the shaded band to both sides of 0.
        differences: One difference for each replicate.
        higher_is_worse: Whether a higher value is the worse one.
    """

    word: str
    description: str
    difference: float
    interval: tuple[float, float] | None
    decided_by: tuple[float, float] | None
    margin: float
    differences: Sequence[float]
    higher_is_worse: bool

    def svg(self) -> str:
        """The drawing, 460 pixels wide or as wide as there is room."""
        left_word, right_word = ("better", "worse") if self.higher_is_worse else ("worse", "better")
        description = text(self.description)
        parts = [
            self._band(),
            _line(_EDGE / 2, _AXIS, _WIDTH - _EDGE / 2, _AXIS, opacity=0.6),
            _line(self._x(0), _TOP, self._x(0), _AXIS + 4, dashes=True),
            *(_line(self._x(one), _TICKS - 5, self._x(one), _TICKS + 5) for one in self.differences),
            *self._intervals(),
            _words(_EDGE / 2, _WORDS, left_word, "start"),
            _words(_WIDTH - _EDGE / 2, _WORDS, right_word, "end"),
            *(_words(self._x(at), _NUMBERS, number(at)) for at in (-self.margin, self.margin)),
        ]
        return (
            f'<svg role="img" aria-label="{description}" xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
            'style="max-width: 100%; font: 11px sans-serif">'
            f"<title>{description}</title>{''.join(parts)}</svg>"
        )

    def _x(self, value: float) -> float:
        """Position of a value, from the left."""
        ends = [*(self.interval or ()), *(self.decided_by or ()), *self.differences, self.difference]
        low, high = min(-1.3 * self.margin, *ends), max(1.3 * self.margin, *ends)
        return float(round(_EDGE + (value - low) / (high - low) * (_WIDTH - 2 * _EDGE), 1))

    def _band(self) -> str:
        left, right = self._x(-self.margin), self._x(self.margin)
        place = f'x="{left}" y="{_TOP}" width="{round(right - left, 1)}" height="{_AXIS - _TOP}"'
        return f'<rect {place} fill="currentColor" opacity=".13"/>'

    def _intervals(self) -> list[str]:
        colour, elements = colour_of(self.word), []
        for ends, width in ((self.interval, 1.6), (self.decided_by, 4.5)):
            if ends is not None:
                elements.append(_line(self._x(ends[0]), _LINE, self._x(ends[1]), _LINE, colour, width))
        return [*elements, f'<circle cx="{self._x(self.difference)}" cy="{_LINE}" r="5" fill="{colour}"/>']


def _line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    colour: str = "currentColor",
    width: float = 1.3,
    *,
    opacity: float = 1,
    dashes: bool = False,
) -> str:
    style = f'stroke="{colour}" stroke-width="{width}"'
    style += ' stroke-dasharray="3 2"' if dashes else ""
    style += f' opacity="{opacity}"' if opacity < 1 else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" {style}/>'


def _words(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="currentColor">{text(words)}</text>'

"""A card's differences as a drawing: a tick for each replicate, the mean, its interval, the margin's band.

The drawing is SVG whose places are in per cent, so that it is as wide as there is room while its lines keep
their size; its colours are the page's. An interval that is longer than the axis ends in an arrow.
"""

from markupsafe import Markup

from scotoma.basics.words import visible
from scotoma.report.cards import Card, Strip

_HEIGHT, _MIDDLE, _TICK = 30, 15, 5


def drawn(card: Card, strip: Strip) -> Markup:
    """One of a card's differences, on the axis that all of the card's have."""
    parts = [
        _band(card),
        _line(card, 0.0, 0, 0.0, _HEIGHT, "zero"),
        *(_line(card, value, _MIDDLE - _TICK, value, _MIDDLE + _TICK, "tick") for value in strip.differences),
        *_interval(card, strip),
    ]
    mean = strip.estimate.mean
    if mean is not None:
        parts.append(Markup('<circle cx="{}" cy="{}" r="5"/>').format(_at(card, mean), _MIDDLE))
    label = (
        f"{strip.label}: {strip.change_text}, margin {card.margin_text}; {len(strip.differences)} replicates"
    )
    return Markup('<svg role="img" aria-label="{}" width="100%" height="{}">{}</svg>').format(
        visible(label, keep=""), _HEIGHT, Markup().join(parts)
    )


def axis(card: Card) -> Markup:
    """The axis under a card's differences: where zero is."""
    text = Markup('<text x="{}" y="12" text-anchor="middle">0</text>').format(_at(card, 0.0))
    return Markup('<svg width="100%" height="16">{}</svg>').format(text)


def _interval(card: Card, strip: Strip) -> list[Markup]:
    low, high = strip.estimate.low, strip.estimate.high
    if low is None or high is None:
        return []
    first, last = card.ends
    line = _line(card, max(low, first), _MIDDLE, min(high, last), _MIDDLE, "interval")
    arrows = [
        Markup('<svg x="{}" y="{}" overflow="visible"><path d="M0 0 L{} -5 V5 Z"/></svg>').format(
            _at(card, end), _MIDDLE, -size
        )
        for end, size, leaves in ((first, -8, low < first), (last, 8, high > last))
        if leaves
    ]
    return [line, *arrows]


def _band(card: Card) -> Markup:
    left, right = (_share(card, end) for end in (-card.margin, card.margin))
    return Markup('<rect class="band" x="{}%" y="0" width="{}%" height="{}"/>').format(
        round(left, 2), round(right - left, 2), _HEIGHT
    )


def _line(card: Card, x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        kind, _at(card, x1), y1, _at(card, x2), y2
    )


def _at(card: Card, value: float) -> str:
    return f"{round(_share(card, value), 2)}%"


def _share(card: Card, value: float) -> float:
    low, high = card.ends
    return 100 * (value - low) / (high - low)

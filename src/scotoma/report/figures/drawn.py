"""Figures as files: Vega-Lite for a page, and the same drawing as SVG, PDF and PNG without a browser."""

import json
import re
from functools import lru_cache
from typing import Any

import vl_convert

from scotoma.report.figures.figure import Figure
from scotoma.report.figures.script import version

#: Pixels of a PNG for each of the drawing's: 300 to the inch at the size of a page.
_SCALE = 4.0

_INK = "#1d1f21"

_OPENING = re.compile(r'<svg [^>]*\bwidth="([\d.]+)" height="([\d.]+)"[^>]*>')

_PAGE_COLOUR = re.compile(r'\b(fill|stroke)="currentColor"')

_ID = r"(?<=id=\")clip\d+(?=\")|(?<=url\(#)clip\d+(?=\))"

_FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def specification(figure: Figure) -> dict[str, Any]:
    """A figure as Vega-Lite; text, axes and lines that belong to no arm take the page's colour."""
    look = {"config": _config("currentColor"), "background": None, "autosize": {"type": "pad"}}
    return figure.vega_lite | look


def svg(figure: Figure, *, on_white: bool = False) -> str:
    """A figure in the colours of the page it stands on, or on white; its ids are no other figure's."""
    image = _compiled(json.dumps(specification(figure)))
    if on_white:
        image = _OPENING.sub(_with_background, _in_print_colours(image), count=1)
    # They are numbered on from drawing to drawing, in the order these are made.
    name = re.sub(r"\W+", "-", figure.name)
    ids = {id: f"{name}-{at}" for at, id in enumerate(dict.fromkeys(re.findall(_ID, image)))}
    return re.sub(_ID, lambda match: ids[match[0]], image)


def pdf(figure: Figure) -> bytes:
    """A figure as vectors, for print."""
    return bytes(vl_convert.svg_to_pdf(_in_print_colours(svg(figure))))


def png(figure: Figure) -> bytes:
    """A figure on white, for slides."""
    return bytes(vl_convert.svg_to_png(svg(figure, on_white=True), scale=_SCALE))


# A report asks for each drawing three times, and compiling it takes most of a report's time.
@lru_cache(maxsize=64)
def _compiled(specification: str) -> str:
    return str(vl_convert.vegalite_to_svg(json.loads(specification), vl_version=version()))


def _in_print_colours(image: str) -> str:
    """A drawing in the colours of print."""
    return _PAGE_COLOUR.sub(rf'\1="{_INK}"', image)


def _with_background(opening: re.Match[str]) -> str:
    return f'{opening[0]}<rect width="{opening[1]}" height="{opening[2]}" fill="white"/>'


def _config(ink: str) -> dict[str, Any]:
    words: dict[str, Any] = {"labelColor": ink, "titleColor": ink, "labelFont": _FONT, "titleFont": _FONT}
    words |= {"labelFontSize": 11, "titleFontSize": 12}
    return {
        "font": _FONT,
        "axis": {
            **words,
            "domainColor": ink,
            "tickColor": ink,
            "gridColor": ink,
            "gridOpacity": 0.12,
            "titleFontWeight": "normal",
        },
        # Below the panels: beside them it would be what does not fit on a phone.
        "legend": {
            **words,
            "titleFontWeight": "normal",
            "labelLimit": 240,
            "symbolOpacity": 1,
            "orient": "bottom",
            "columns": 3,
        },
        "title": {"color": ink, "font": _FONT, "fontSize": 13, "fontWeight": "bold"},
        "rule": {"color": ink},
        "view": {"stroke": None},
        "concat": {"spacing": 24},
    }

"""Figures as files: Vega-Lite for a page, and the same drawing as SVG, PDF and PNG without a browser."""

import re
from typing import Any

import altair as alt
import vl_convert

from scotoma.report.figures.figure import Figure

#: Pixels of a PNG for each of the drawing's: 300 to the inch at the size of a page.
_SCALE = 4.0

_ID = r"(?<=id=\")clip\d+(?=\")|(?<=url\(#)clip\d+(?=\))"

_FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def specification(figure: Figure, *, ink: str = "#1d1f21") -> dict[str, Any]:
    """A figure as Vega-Lite.

    Args:
        figure: To be drawn.
        ink: Colour of text, axes and lines that belong to no arm; `currentColor` takes the page's.
    """
    spec: dict[str, Any] = figure.chart.to_dict(validate=True)
    spec["config"] = _config(ink)
    spec["background"] = None
    spec["autosize"] = {"type": "pad"}
    return spec


def svg(figure: Figure, *, on_white: bool = False) -> str:
    """A figure in the colours of the page it stands on, or on white; its ids are no other figure's."""
    spec = _on_white(figure) if on_white else specification(figure, ink="currentColor")
    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=_version())
    # They are numbered on from drawing to drawing, in the order these are made.
    name = re.sub(r"\W+", "-", figure.name)
    ids = {found: f"{name}-{at}" for at, found in enumerate(dict.fromkeys(re.findall(_ID, drawn)))}
    return re.sub(_ID, lambda match: ids[match[0]], drawn)


def pdf(figure: Figure) -> bytes:
    """A figure as vectors, for print."""
    return bytes(vl_convert.vegalite_to_pdf(specification(figure), vl_version=_version()))


def png(figure: Figure) -> bytes:
    """A figure on white, for slides."""
    return bytes(vl_convert.vegalite_to_png(_on_white(figure), vl_version=_version(), scale=_SCALE))


def script() -> str:
    """What draws Vega-Lite in a browser, in one piece, as `vegaEmbed`."""
    return str(vl_convert.javascript_bundle(vl_version=_version()))  # type: ignore[call-arg]  # it may be left out


def _on_white(figure: Figure) -> dict[str, Any]:
    return {**specification(figure), "background": "white"}


def _version() -> str:
    major, minor, _ = alt.SCHEMA_VERSION.lstrip("v").split(".")
    return f"{major}.{minor}"


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

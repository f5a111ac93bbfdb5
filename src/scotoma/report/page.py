"""The page: one self-contained HTML file that fetches nothing, readable on a phone, on paper and aloud.

Everything is there without a script. With one, figures answer to the pointer and rows can be searched; only
scripts whose hashes stand in the page's own policy may run, and none of them evaluates text.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from scotoma.basics.words import unbroken, visible
from scotoma.measures import MEANINGS
from scotoma.report import figures, methods, strips
from scotoma.report.cards import cards
from scotoma.report.stations import stations
from scotoma.report.tables import contents
from scotoma.report.tables import data as data_tables
from scotoma.report.tables import models as tables
from scotoma.report.tables import published as published_tables
from scotoma.results import doses
from scotoma.results.results import Results


@dataclass(frozen=True)
class Picture:
    """A figure on the page: the drawing, and the same in words."""

    figure: figures.Figure
    svg: Markup


def page(results: Results, figure_by_name: Mapping[str, figures.Figure]) -> str:
    """The report as HTML. Whatever comes from data or settings is escaped.

    Args:
        results: Results to show.
        figure_by_name: The report's figures, by name.
    """
    environment = Environment(
        loader=PackageLoader("scotoma.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    spots = results.study.blindspots if results.measures.height else ()
    study = results.study.model_dump(mode="json", context="identity", exclude_none=True)
    scripts = [figures.script(), _own("page.js")]
    return environment.get_template("report.html.j2").render(
        results=results,
        study=results.study,
        spots=spots,
        meanings=MEANINGS,
        pictures={name: Picture(one, Markup(figures.svg(one))) for name, one in figure_by_name.items()},
        stations=stations(results),
        example=results.example,
        cards=cards(results),
        strip_svg=strips.drawn,
        axis_svg=strips.axis,
        headlines={spot.name: tables.headline(results, spot) for spot in spots},
        published=_published(results),
        details=contents.folded(results),
        doses=doses.sentences(results.doses),
        carried=[data_tables.shortcut(results)] if results.carried.height else [],
        generated=[data_tables.funnels(results), data_tables.pools(results)] if results.yields else [],
        browsers={browser.name: browser for browser in results.browsers},
        methods=methods.methods(results),
        traces=data_tables.traces(results),
        settings=escape(visible(json.dumps(study, indent=1, ensure_ascii=False))),
        style=Markup(_own("page.css")),
        policy="; ".join(
            ["default-src 'none'", "style-src 'unsafe-inline'", f"script-src {_hashes(scripts)}"]
        ),
        scripts=[Markup(script) for script in scripts],
        data=Markup(
            to_script(
                {
                    "figures": {name: figures.specification(one) for name, one in figure_by_name.items()},
                    "browsers": {browser.name: browser.record() for browser in results.browsers},
                }
            )
        ),
    )


def to_script(value: object) -> str:
    """A value as JSON that may stand inside a script element: no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def _own(name: str) -> str:
    return files("scotoma.report").joinpath("templates", name).read_text(encoding="utf8")


def _hashes(scripts: list[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def _finalize(value: object) -> object:
    """Text, made visible and its per cents kept in one line; what the template wrote is markup, and stays."""
    return unbroken(visible(value)) if type(value) is str else value


def _breakable(name: str) -> Markup:
    """A column's name, which may wrap after a slash or an underscore."""
    return Markup("<wbr>").join(re.split("(?<=[/_])", unbroken(visible(name))))


def _published(results: Results) -> list[tables.Table]:
    """Both readings, then every cell; empty where nothing published is named."""
    if results.beside is None:
        return []
    return [published_tables.readings(results.beside), *published_tables.cells(results.beside)]

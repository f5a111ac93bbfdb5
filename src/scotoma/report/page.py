"""The page: one self-contained HTML file, no script, nothing fetched, readable on a phone and on paper."""

import json

from jinja2 import Environment, PackageLoader, StrictUndefined

from scotoma.measures import MEANINGS
from scotoma.report import published_tables, tables
from scotoma.report.results import Results
from scotoma.words import visible


def page(results: Results) -> str:
    """The report as HTML. Whatever comes from data or settings is escaped."""
    environment = Environment(
        loader=PackageLoader("scotoma.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spots = results.study.blindspots if results.measures.height else ()
    study = results.study.model_dump(mode="json", context="identity", exclude_none=True)
    return environment.get_template("report.html.j2").render(
        results=results,
        study=results.study,
        meanings=MEANINGS,
        headlines=[tables.headline(results, spot) for spot in spots],
        published=_published(results),
        details=_details(results) if results.measures.height else [],
        generated=[tables.funnels(results), tables.pools(results)] if results.yields else [],
        traces=tables.traces(results),
        settings=json.dumps(study, indent=1, ensure_ascii=False),
    )


def _finalize(value: object) -> object:
    """Other people's text made visible; what the template wrote itself is markup, and stays."""
    return visible(value) if type(value) is str else value


def _published(results: Results) -> list[tables.Table]:
    """Both readings, then every cell; empty where nothing published is named."""
    if results.beside is None:
        return []
    return [published_tables.readings(results.beside), *published_tables.cells(results.beside)]


def _details(results: Results) -> list[tuple[str, list[tables.Table]]]:
    """The tables that are folded away, under a title each."""
    found = [("General test sets", tables.general(results))]
    for spot in results.study.blindspots:
        found.append((f"{spot.title}: heuristic by label", tables.cells(results, spot)))
        found.append((f"{spot.title}: subcases", [tables.subcases(results, spot)]))
        found.append((f"{spot.title}: answers lost and gained", [tables.flips(results, spot)]))
    tests = [*results.general, *(spot.name for spot in results.study.blindspots)]
    found.append(("Every contrast", [tables.differences(results, test) for test in tests]))
    if results.noise.height:
        found.append(("Noise floor", [tables.noise(results, test) for test in tests]))
    return found

"""Which tables there are, under which names: for the page and for print."""

from scotoma.report.tables.effects import causes, doses
from scotoma.report.tables.generators import beside_the_first
from scotoma.report.tables.models import (
    Table,
    cells,
    differences,
    flips,
    general,
    headline,
    noise,
    subcases,
    templates,
    traits,
)
from scotoma.report.tables.rounds import drift
from scotoma.results.results import Results


def folded(results: Results) -> dict[str, list[Table]]:
    """The tables that a page folds away, under a title each; none without a row."""
    if not results.measures.height:
        return {}
    tables = {"General test sets": general(results)}
    if results.doses.height:
        tables["Doses"] = [doses(results)]
    if results.causes.height:
        tables["What explains it"] = causes(results)
    described = set(results.traits["test"])
    for spot in results.study.blindspots:
        if spot.name in described:
            tables[f"{spot.title}: what lost answers have in common"] = [traits(results, spot)]
        tables[f"{spot.title}: heuristic by label"] = cells(results, spot)
        tables[f"{spot.title}: subcases"] = [subcases(results, spot)]
        tables[f"{spot.title}: sentence templates"] = [templates(results, spot)]
        tables[f"{spot.title}: answers lost and gained"] = [flips(results, spot)]
    tests = [*results.general, *(spot.name for spot in results.study.blindspots)]
    tables["Every contrast"] = [differences(results, test) for test in tests]
    if len(results.study.generators) > 1:
        tables["Generators"] = [beside_the_first(results, spot) for spot in results.study.blindspots]
    if results.rounds.height:
        tables["Rounds"] = [drift(results)]
    if results.noise.height:
        tables["Noise floor"] = [noise(results, test) for test in tests]
    with_rows = {title: [table for table in some if table.rows] for title, some in tables.items()}
    return {title: some for title, some in with_rows.items() if some}


def named(results: Results) -> dict[str, Table]:
    """Every table by a name of its own, headlines first."""
    spots = results.study.blindspots if results.measures.height else ()
    tables_by_title = {f"{spot.title}: headline": headline(results, spot) for spot in spots}
    for title, tables in folded(results).items():
        for place, table in enumerate(tables, 1):
            tables_by_title[title if len(tables) == 1 else f"{title} {place}"] = table
    return tables_by_title

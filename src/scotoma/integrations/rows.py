"""The rows of a blind spot that a training is watched on, and what is logged of them."""

from collections.abc import Sequence

import polars as pl

from scotoma.basics.errors import ScotomaError, look_up
from scotoma.basics.randomness import stream
from scotoma.basics.records import round_robin
from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.measures import OVER_LABELS, recorded_name
from scotoma.measures.cells import blindspot_cells
from scotoma.measures.rows import blindspot_rows
from scotoma.stages.read_selected import read_blindspot
from scotoma.study.settings.sources import HansDraw, MicroworldDraw, Source
from scotoma.worlds.hans import SUBCASES, Subcase
from scotoma.worlds.microworld import CONSTRUCTIONS
from scotoma.worlds.microworld.constructions import Construction

FIELDS = ("premise", "hypothesis")

#: Rows of a cell, at most: as many as HANS itself has, twice.
_MOST = 10_000

#: What is logged of a cell, where the cell has it. Subcases and templates have too few rows.
_OF_ONE_LABEL = ("accuracy", "log_odds")
_OF_BOTH_LABELS = ("auc", "d_prime", "criterion", *OVER_LABELS)


def known_blindspot(blindspot: str | BlindSpot) -> BlindSpot:
    """The blind spot of this name, or the one given.

    Raises:
        ScotomaError: no blind spot has this name.
    """
    if isinstance(blindspot, BlindSpot):
        return blindspot
    return look_up(BLINDSPOTS, blindspot, "blind spot", where="blindspot")


def draw_rows(blindspot: BlindSpot, n_per_cell: int, seed: int) -> pl.DataFrame:
    """Rows of a blind spot, so many of each heuristic and label, spread evenly over their subcases.

    Columns test, id, premise, hypothesis, label, heuristic, subcase, template. A grammar writes them; of a
    file's rows some are drawn, all where a cell has no more.

    Raises:
        ScotomaError: the number of rows is out of range, or the source cannot be read.
    """
    if not 1 <= n_per_cell <= _MOST:
        raise ScotomaError(
            f"{n_per_cell} rows per cell were asked for", where="n_per_cell", remedy=f"Ask for 1 to {_MOST}."
        )
    if blindspot.source.sentiment is not None:
        raise ScotomaError(
            f"blind spot {blindspot.name!r} has single texts, and the callback watches pairs",
            where="blindspot",
            remedy="Name a blind spot of pairs.",
        )
    source = _enough(blindspot.source, n_per_cell)
    reading = read_blindspot(blindspot, source, FIELDS, blindspot.label_map, seed).read()
    table = reading.table[stream(seed, "callback", blindspot.name).permutation(reading.table.height)]
    by_turn = round_robin(table, "heuristic", "label", "subcase")
    chosen = by_turn.group_by("heuristic", "label", maintain_order=True).head(n_per_cell)
    return chosen.select(pl.lit(blindspot.name).alias("test"), *table.columns).sort("id")


def _enough(source: Source, n_per_cell: int) -> Source:
    """The source, with as many rows as are needed where a grammar writes them."""
    if source.hans is not None:
        return Source(hans=HansDraw(n_per_subcase=_share(n_per_cell, SUBCASES)))
    if source.microworld is not None:
        return Source(microworld=MicroworldDraw(n=_share(n_per_cell, CONSTRUCTIONS), part="blindspot"))
    return source


def _share(n_per_cell: int, subcases: Sequence[Subcase | Construction]) -> int:
    """Rows of each subcase that make so many a cell: cells have equally many subcases."""
    n_cells = len({(subcase.heuristic, subcase.label) for subcase in subcases})
    return -(-n_per_cell * n_cells // len(subcases))


def logged_values(predictions: pl.DataFrame, blindspot: BlindSpot) -> dict[str, float]:
    """What is logged, by name: `blindspot/NAME/CELL/MEASURE`; a number that is not defined is not there.

    Args:
        predictions: Predictions as `scotoma.measures.blindspot_rows` takes them, with heuristic, subcase,
            template.
        blindspot: Blind spot that the rows belong to.

    Raises:
        ScotomaError: a label or a probability that cannot be.
    """
    rows, values = blindspot_rows(predictions, blindspot), {}
    for cell in blindspot_cells(predictions, blindspot):
        if cell.tags.kind != "heuristic":
            continue
        for measure in _OF_ONE_LABEL if cell.tags.label else _OF_BOTH_LABELS:
            value = rows.value(measure, cell.at).value
            if value is not None:
                # Version 0.4 drops the former name, which trackers and `metric_for_best_model` may have.
                for name in dict.fromkeys((measure, recorded_name(measure))):
                    values[f"blindspot/{blindspot.name}/{cell.name}/{name}"] = value
    return values

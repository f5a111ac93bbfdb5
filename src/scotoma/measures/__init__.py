"""Every measure of one model: a table of predictions in, a tidy table out.

One path for a study's report and for files of predictions from elsewhere, so that a number means the
same in both.
"""

from scotoma.measures.cells import ON_THE_TASK, TAGS, Cell, Tags, blindspot_cells, measured_in
from scotoma.measures.known import CLAIMABLE, MEANINGS, MEASURES, Claimable, higher_is_better
from scotoma.measures.measuring import FLOOR, SCHEMA, measure
from scotoma.measures.renamed import asked_name, present_name, recorded_name
from scotoma.measures.rows import FULL_OVERLAP, LOW_OVERLAP, SHORTCUT, Rows, blindspot_rows
from scotoma.measures.scales import scale_of

__all__ = [
    "CLAIMABLE",
    "FLOOR",
    "FULL_OVERLAP",
    "LOW_OVERLAP",
    "MEANINGS",
    "MEASURES",
    "ON_THE_TASK",
    "SCHEMA",
    "SHORTCUT",
    "TAGS",
    "Cell",
    "Claimable",
    "Rows",
    "Tags",
    "asked_name",
    "blindspot_cells",
    "blindspot_rows",
    "higher_is_better",
    "measure",
    "measured_in",
    "present_name",
    "recorded_name",
    "scale_of",
]

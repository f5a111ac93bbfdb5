"""Every measure of one model: a table of predictions in, a tidy table out.

One path for a study's report and for files of predictions from elsewhere, so that a number means the
same in both. What needs no table is here: a claim is checked before there is any. `measuring` measures.
"""

from scotoma.measures.known import CLAIMABLE, MEANINGS, MEASURES, Claimable, higher_is_better
from scotoma.measures.renamed import name_from_user, present_name, recorded_name
from scotoma.measures.tags import ON_THE_TASK, OVER_LABELS, Tags, cell_on_the_task, measured_in

__all__ = [
    "CLAIMABLE",
    "MEANINGS",
    "MEASURES",
    "ON_THE_TASK",
    "OVER_LABELS",
    "Claimable",
    "Tags",
    "cell_on_the_task",
    "higher_is_better",
    "measured_in",
    "name_from_user",
    "present_name",
    "recorded_name",
]

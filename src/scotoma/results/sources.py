"""How a study's own files and data sets were read, as the steps that read them have noted it."""

import json
from typing import TYPE_CHECKING

from scotoma.stages.read_examples import ReadExamples
from scotoma.store.store import Store

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan


def sources(plan: "Plan", store: Store) -> tuple[str, ...]:
    """In a sentence or two each: rows kept, rows left out and why, what their labels and cells were read as.

    Args:
        plan: Of the study.
        store: Where its sources have been read; those that have not are left out.
    """
    found: dict[str, None] = {}
    for step in plan.steps:
        if isinstance(step, ReadExamples) and step.is_own and store.done(step):
            counts = json.loads((store.folder(step) / "reading.json").read_text(encoding="utf8"))
            found[step.described(f"{counts['kept']:,} rows", counts["dropped"], counts.get("notes", ()))] = (
                None
            )
    return tuple(found)

"""How a study's own files and data sets were read, from the notes of the steps that read them."""

from typing import TYPE_CHECKING

from scotoma.results.reader import Reader
from scotoma.stages.read_examples import ReadExamples

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan


def sources(plan: "Plan", reader: Reader) -> tuple[str, ...]:
    """A sentence or two on each source: rows kept, rows left out and why, how labels and cells were read.

    Args:
        plan: Plan of the study.
        reader: Where its sources have been read; those that have not are left out.
    """
    sentences: dict[str, None] = {}
    for step in plan.steps:
        if isinstance(step, ReadExamples) and step.is_own and reader.done(step):
            counts = reader.reading(step)
            sentences[
                step.described(f"{counts['kept']:,} rows", counts["dropped"], counts.get("notes", ()))
            ] = None
    return tuple(sentences)

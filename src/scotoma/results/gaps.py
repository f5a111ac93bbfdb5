"""What is missing from a study's results, and why: a report names these gaps and covers the rest."""

from typing import TYPE_CHECKING

from scotoma.basics.errors import Unfillable
from scotoma.results.older_seeds import older_seeds_note
from scotoma.results.reader import Reader
from scotoma.results.shortages import left_out
from scotoma.run.needed import to_make

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan


def gaps(plan: "Plan", store: Reader) -> tuple[str, ...]:
    """A sentence on each gap: no store, an empty or another study's one, altered artifacts, arms for which
    rows are lacking, failed steps.

    Args:
        plan: Plan of the study.
        store: Where its artifacts should be. Those are known to be altered that the report has asked for.
    """
    if not store.root.is_dir():
        return (f"There is no store at {store.root}; name another with --store.",)
    altered = list(store.altered)
    if not store.has_results:
        altered.append(f"{store.root} has no finished step of any study; name another with --store.")
    own = [model.predictions for model in plan.models]
    folders = {
        path.name for stage in {step.stage for step in own} for path in store.root.glob(f"done/{stage}-*")
    }
    if folders and not folders & {step.key for step in own}:
        others = (
            f"{store.root} has the predictions of {len(folders)} models; none is of this study as it is now."
        )
        altered.append(older_seeds_note(plan, store) or others)
    altered += left_out(plan, store)
    there = {step.key for step in plan.steps if store.is_there(step)}
    for step in to_make(plan.steps, there):
        if (error := store.error(step)) and not Unfillable.recorded_in(error):
            altered += [f"{step.title} failed: {error.strip().splitlines()[-1]}"]
    return tuple(altered)

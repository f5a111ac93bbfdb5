"""Whether a store has a study's results as they were drawn before the seeds of replicates were hashed."""

from typing import TYPE_CHECKING

from scotoma.store.store import Store

if TYPE_CHECKING:  # experiment imports every stage; this needs only the shape of its plan
    from scotoma.experiment import Plan


def older_seeds_note(plan: "Plan", store: Store) -> str:
    """Says so, and what to do; empty where the study has results of its own, or none of older seeds either.

    The study is planned once more only where there are predictions, and none is its own.

    Args:
        plan: Plan of the study.
        store: Store with the study's results.
    """
    from scotoma.experiment import plan as planned

    study, own = plan.study, [model.predictions for model in plan.models]
    if study.seeding == "summed" or any(map(store.done, own)) or not any(store.root.glob("done/predict*")):
        return ""
    # One replicate is enough to know the study by, and planned in no time.
    older = planned(study.model_copy(update={"seeding": "summed", "replicates": 1}))
    if not any(store.has(model.predictions.key) for model in older.models):
        return ""
    return (
        f"{store.root} has results of this study that were drawn by summed seeds, as before version 0.2. "
        "`seeding: summed` in the study file reads them; without it, a run draws everything again."
    )

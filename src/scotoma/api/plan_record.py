"""The records of a plan and of how it stands, as `plan --json` and `status --json` print them.

The shipped JSON Schemas are made from these.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from scotoma import __version__
from scotoma.basics.described import as_json
from scotoma.experiment import Plan
from scotoma.run.changes import Change
from scotoma.run.states import State, mean_seconds, owners, time_left
from scotoma.run.workers import Worker
from scotoma.store.costs import Cost
from scotoma.store.store import Store

#: The first number is raised when a key changes its meaning, the second when one is added.
PLAN_VERSION, STATUS_VERSION = "1.2", "1.1"

_Version = Annotated[
    str,
    Field(
        pattern=r"^1\.\d+$",
        description="Version of this format. A new first number means that a key changed its meaning, a new "
        "second number that keys were added.",
    ),
]
_Scotoma = Annotated[str, Field(description="Version that made this document.")]
_Name = Annotated[str, Field(description="Name of the study.")]
_Place = Annotated[str, Field(description="Folder of everything computed.")]
_Left = Annotated[
    float | None,
    Field(
        description="Estimated seconds of one worker for what is not done, from steps of the same stages "
        "that have run; null where none has."
    ),
]


class StepRecord(TypedDict):
    """State of a step."""

    key: Annotated[str, Field(description="Name of its artifact: the stage, and a hash of its settings.")]
    stage: Annotated[str, Field(description="Kind of work.")]
    title: Annotated[str, Field(description="What it does, in words.")]
    replicate: Annotated[
        int | None, Field(description="The replicate that it belongs to; null where several depend on it.")
    ]
    state: Annotated[
        str,
        Field(
            description="done, running, failed, altered, left out, not needed or to do. Left out is what "
            "depends on a step that failed for lack of rows; not needed are weights that are not there, but "
            "all that is made with them is."
        ),
    ]
    note: Annotated[str, Field(description="Where it runs, why it failed, which files were altered.")]
    seconds: Annotated[float | None, Field(description="Seconds that it took; null if it is not done.")]


class PlannedStep(StepRecord):
    """A step of a plan."""

    expected_seconds: Annotated[
        float | None,
        Field(
            description="Mean seconds of steps of its stage that have run; null if it is done or none has."
        ),
    ]
    tokens: Annotated[
        float | None,
        Field(description="Estimated number of tokens through the base; null if not counted."),
    ]
    flops: Annotated[float | None, Field(description="Floating-point operations on them.")]
    bytes: Annotated[float | None, Field(description="Bytes that it leaves in the store.")]


class StageRecord(TypedDict):
    """All steps of a stage."""

    stage: Annotated[str, Field(description="Kind of work.")]
    steps: Annotated[int, Field(description="Number of steps.")]
    done: Annotated[int, Field(description="Those that are done.")]
    missing: Annotated[int, Field(description="Those that are not.")]


class WhyRecord(TypedDict):
    """Why steps are missing, by what the store holds of other settings."""

    changes: Annotated[
        list[Change], Field(description="Changed settings; a step may depend on several of them.")
    ]
    new: Annotated[
        dict[str, int],
        Field(description="By stage, steps without a counterpart of other settings in the store."),
    ]
    removed: Annotated[
        dict[str, int],
        Field(description="By stage, steps that ran before and whose results are no longer in the store."),
    ]
    not_begun: Annotated[
        list[int],
        Field(description="Replicates of which nothing has run, although parts of others have."),
    ]


class ClaimRecord(TypedDict):
    """What the replicates can show about a claim, for one standard deviation between them."""

    claim: Annotated[str, Field(description="What is claimed.")]
    margin: Annotated[float, Field(description="Smallest change that matters.")]
    sd: Annotated[float, Field(description="Standard deviation between replicates.")]
    source: Annotated[str, Field(description="Where the standard deviation is from.")]
    promises_equivalent: Annotated[
        bool, Field(description="Whether EQUIVALENT is reached as often as is required if nothing changes.")
    ]
    detectable: Annotated[
        float | None,
        Field(description="Smallest change for the worse that is found; null if no possible one is."),
    ]
    detectable_reason: Annotated[str, Field(description="Why none is found; else empty.")]
    replicates_for_equivalent: Annotated[str, Field(description="Replicates that EQUIVALENT requires.")]


class PlanRecord(TypedDict):
    """What a study is going to do. Nothing has been run for it."""

    schema: _Version
    scotoma: _Scotoma
    study: _Name
    store: _Place
    replicates: Annotated[int, Field(description="How often the whole chain runs.")]
    models: Annotated[int, Field(description="Number of models that are compared.")]
    steps: Annotated[list[PlannedStep], Field(description="Every step, inputs before what needs them.")]
    stages: Annotated[list[StageRecord], Field(description="The steps by stage.")]
    seconds_left: _Left
    why: Annotated[WhyRecord, Field(description="Why steps are missing.")]
    claims: Annotated[list[ClaimRecord], Field(description="What the replicates can show.")]
    notes: Annotated[
        list[str], Field(description="How the data were read and what the costs rest on, in sentences.")
    ]


class StatusRecord(TypedDict):
    """How a study's steps stand."""

    schema: _Version
    scotoma: _Scotoma
    study: _Name
    store: _Place
    steps: Annotated[list[StepRecord], Field(description="Every step, inputs before what needs them.")]
    seconds_left: _Left
    workers: Annotated[
        list[Worker], Field(description="Workers that were handed the study elsewhere, oldest first.")
    ]


def status_record(
    plan: Plan, store: Store, states: Sequence[State], workers: Sequence[Worker]
) -> dict[str, Any]:
    """Plain values of how a study stands.

    Args:
        plan: Plan of the study.
        store: Store with its steps.
        states: Every step of the plan.
        workers: Workers that were handed the study.
    """
    return as_json(
        StatusRecord,
        {
            **_head(STATUS_VERSION, plan, store.root),
            "steps": _steps(plan, states),
            "seconds_left": time_left(states, mean_seconds(states)).seconds,
            "workers": list(workers),
        },
    )


def plan_record(
    plan: Plan,
    store: Store,
    outlook: Sequence[State],
    took: dict[str, float],
    costs: dict[str, Cost],
    more: dict[str, Any],
) -> dict[str, Any]:
    """Plain values of what a study is going to do.

    Args:
        plan: Plan of the study.
        store: Store with its steps.
        outlook: Every step of the plan.
        took: By stage, what a step takes.
        costs: By key, what a step costs; those that could not be counted are left out.
        more: The keys `stages`, `why`, `claims` and `notes`.
    """
    steps = []
    for record, state in zip(_steps(plan, outlook), outlook, strict=True):
        cost = costs.get(state.step.key)
        expected = took.get(state.step.stage) if state.seconds is None else None
        tokens, flops, size = (cost.tokens, cost.flops, cost.size) if cost else (None, None, None)
        steps.append(
            {**record, "expected_seconds": expected, "tokens": tokens, "flops": flops, "bytes": size}
        )
    return as_json(
        PlanRecord,
        {
            **_head(PLAN_VERSION, plan, store.root),
            "replicates": plan.study.replicates,
            "models": len(plan.models),
            "steps": steps,
            "seconds_left": time_left(outlook, took).seconds,
            **more,
        },
    )


def _head(version: str, plan: Plan, root: Path) -> dict[str, Any]:
    return {"schema": version, "scotoma": __version__, "study": plan.study.name, "store": str(root)}


def _steps(plan: Plan, states: Sequence[State]) -> list[dict[str, Any]]:
    owner = owners(plan)
    return [
        {
            "key": state.step.key,
            "stage": state.step.stage,
            "title": state.step.title,
            "replicate": owner[state.step.key],
            "state": state.word,
            "note": state.note,
            "seconds": state.seconds,
        }
        for state in states
    ]

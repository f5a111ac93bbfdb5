"""What was claimed, and when: claims are recorded before the first result, and every change after it.

The record lies in the store, in `claims/`, one file for each experiment. An experiment is what its results
can be told by (task, data, models, recipes, seed); renaming the study, adding an arm or a replicate is no
new one. A claim that was changed once results existed was chosen by them, so the report calls its verdicts
exploratory, and goes on to do so if the change is taken back.
"""

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from scotoma.errors import ScotomaError
from scotoma.store import Store
from scotoma.study import Study
from scotoma.words import counted

if TYPE_CHECKING:  # experiment imports every stage; this needs only the shape of its plan
    from scotoma.experiment import Plan

_EXPERIMENT = {
    "task",
    "data",
    "model",
    "models",
    "seed",
    "recipe",
    "generator",
    "generators",
    "screening",
    "heuristic",
}


@dataclass(frozen=True)
class Declaration:
    """The claims of a study and how they came to be.

    Attributes:
        sha256: Of the claims as they are now.
        exploratory: Why the verdicts confirm nothing; empty where the claims came before the results.
        peeked: Says that the number of replicates was changed once results existed; else empty.
    """

    sha256: str
    exploratory: str
    peeked: str

    def record(self) -> dict[str, Any]:
        """Plain values for results.json."""
        return {"sha256": self.sha256, "exploratory": self.exploratory, "peeked": self.peeked}


def declare(plan: "Plan", store: Store, *, on_record: bool = True) -> Declaration:
    """Records the claims if they are new, and says how they stand to the results.

    Call it before the first step runs. Where the store cannot be written there is no record, and the
    claims are exploratory.

    Args:
        plan: Of the study.
        store: Where its results are.
        on_record: If not, nothing is written, and the answer is what it would be if it were.
    """
    study = plan.study
    claims = [claim.model_dump(mode="json", exclude_none=True) for claim in study.claims]
    evaluated = sum(model.arm.kind != "none" and store.done(model.predictions) for model in plan.models)
    now = {
        "sha256": _sha256(claims),
        "replicates": study.replicates,
        "evaluated": evaluated,
        "claims": claims,
    }
    entries = store.ledger("claims", _experiment(study))
    if not entries or _essence(entries[-1]) != _essence(now):
        entries.append(now)
        try:
            if on_record:
                store.put_on_record("claims", _experiment(study), now)
        except (ScotomaError, OSError):
            return Declaration(now["sha256"], "the store cannot be written, so they are on no record", "")
    return Declaration(now["sha256"], _exploratory(entries), _peeked(entries))


def _exploratory(entries: list[dict[str, Any]]) -> str:
    if entries[0]["evaluated"]:
        return f"they were first recorded when {counted(entries[0]['evaluated'], 'arm')} had been evaluated"
    for before, after in pairwise(entries):
        if after["sha256"] != before["sha256"] and after["evaluated"]:
            return f"they were changed when {counted(after['evaluated'], 'arm')} had been evaluated"
    return ""


def _peeked(entries: list[dict[str, Any]]) -> str:
    """Held against the last number before any result: one that is looked at, and left again, does no harm."""
    planned = next((entry for entry in reversed(entries) if not entry["evaluated"]), entries[0])
    before, now = planned["replicates"], entries[-1]["replicates"]
    if now == before:
        return ""
    changed = "raised" if now > before else "lowered"
    return (
        f"Replicates were {changed} from {before} to {now} once results existed; if what they showed had a "
        "say in it, a verdict is false more often than it says."
    )


def _essence(entry: dict[str, Any]) -> tuple[str, int]:
    return entry["sha256"], entry["replicates"]


def _experiment(study: Study) -> str:
    told: dict[str, Any] = study.model_dump(mode="json", context="identity", include=_EXPERIMENT)
    # An experiment that was put on record before seeds were hashed is found again by `seeding: summed`.
    return _sha256(told if study.seeding == "summed" else {**told, "seeding": study.seeding})[:24]


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

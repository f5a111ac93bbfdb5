"""What was claimed, and when: claims are recorded before the first result, and every change after it.

The record is in the store, in `claims/`, one file for each experiment. An experiment is identified by what
its results depend on (task, data, models and how they answer, recipes, seed); renaming the study or adding an
arm or a replicate makes no new one. A claim that was changed after results could be seen may have been
chosen by them, so the report calls its verdicts exploratory, also if the change is taken back. A result is a
difference that a claim is about: an arm that was evaluated without what it is compared with shows none.

An entry holds the claims, what would answer them (`tries.py`), which results of other experiments could be
seen by then (`tried.py`) and which models are trained (`shares.py`). Entries of older versions, without
these, are read too.
"""

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import counted
from scotoma.measures import recorded_name
from scotoma.results.shares import Share, in_one_sentence, shares, trained_in
from scotoma.results.tried import TryCount, count_tries, evaluated_settings
from scotoma.results.tries import evaluated_in, tries_of, tries_on_record
from scotoma.store.store import Store
from scotoma.study.study import Study

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
    "answers",
}


@dataclass(frozen=True)
class Declaration:
    """The claims of a study and how they came to be.

    Attributes:
        sha256: SHA-256 of the claims as they are now.
        exploratory: Why the verdicts are exploratory; empty if the claims came before the results.
        peeked: Says that the number of replicates was changed once results existed; else empty.
        tries: Where a claim's question was also put to other settings in the store, or with other seeds.
        shares: Studies whose trained models this study also uses.
        shared: What the shares mean, in a sentence; empty where there are none.
    """

    sha256: str
    exploratory: str
    peeked: str
    tries: tuple[TryCount, ...] = ()
    shares: tuple[Share, ...] = ()
    shared: str = ""

    @property
    def n_tried(self) -> int:
        """Judgements that Holm counts beside the study's own."""
        return sum(len(one.claims) * one.others for one in self.tries)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else a reader of the verdicts must know, in sentences."""
        return tuple(filter(None, (self.peeked, *(one.sentence for one in self.tries), self.shared)))

    def remark_on(self, claim: int) -> str:
        """Says that the verdict of the claim with this number is exploratory; empty if it is not."""
        return " ".join(one.exploratory for one in self.tries if claim in one.claims)

    def record(self) -> dict[str, Any]:
        """Plain values for results.json."""
        return {
            "sha256": self.sha256,
            "exploratory": self.exploratory,
            "peeked": self.peeked,
            "tries": [one.record() for one in self.tries],
            "shares": [vars(one) for one in self.shares],
        }


def declare(plan: "Plan", store: Store, *, on_record: bool = True) -> Declaration:
    """Records the claims if they are new, and compares their time with that of results, here and elsewhere.

    Call it before the first step runs. Where the store cannot be written there is no record, and the
    claims are exploratory.

    Args:
        plan: Plan of the study.
        store: Store with the study's results.
        on_record: If not, nothing is written, and the answer is what it would be if it were.

    Raises:
        ScotomaError: a record of the store cannot be read.
    """
    study, experiment = plan.study, _experiment(plan.study)
    now, own = _entry(plan, store), tries_of(plan)
    ledgers = store.ledgers("claims")
    tries = tries_on_record(ledgers, {one.question for one in own}, store)
    entries = ledgers.pop(experiment, [])
    # An experiment that was recorded before tries were: what could be seen then is not known.
    is_old = any("tries" not in entry for entry in entries)
    now["tries"] = [one.record() for one in own]
    before = entries[-1].get("tries", []) if entries else []
    now["differences_seen"], now["replicates_seen"] = evaluated_in((*before, *now["tries"]), store)
    now["seen"] = {} if is_old else evaluated_settings(own, tries, experiment, now["seed"])
    disclosed = ""
    if not entries or any(entries[-1].get(name, []) != now[name] for name in _ESSENCE):
        is_new = not entries or any(entries[-1][name] != now[name] for name in ("sha256", "replicates"))
        entries.append(now)
        try:
            if on_record:
                store.put_on_record("claims", experiment, now)
        except (ScotomaError, OSError):
            disclosed = "the store cannot be written, so they are not on record" if is_new else ""
    shared = shares(now["models"], ledgers, store)
    return Declaration(
        now["sha256"],
        disclosed or _exploratory(entries),
        "" if disclosed else _peeked(entries),
        count_tries(study, own, tries, entries, now["seed"]),
        shared,
        in_one_sentence(shared, study.name, len(now["models"])),
    )


#: Keys of an entry that make it a new one.
_ESSENCE = ("sha256", "replicates", "looks", "models", "tries")


def _entry(plan: "Plan", store: Store) -> dict[str, Any]:
    """What is put on record, without the tries."""
    study = plan.study
    claims = [
        claim.model_dump(mode="json", exclude_none=True) | {"measure": recorded_name(claim.measure)}
        for claim in study.claims
    ]
    arms = [model for model in plan.models if model.arm.kind != "none"]
    evaluates = [model.predictions.key for model in arms]
    begun = {model.replicate for model in arms if store.has(model.predictions.key)}
    return {
        "sha256": _sha256(claims),
        "study": study.name,
        "seed": f"{'summed ' if study.seeding == 'summed' else ''}seed {study.seed}",
        # The look up to which the study is run cannot be chosen by its results.
        "replicates": study.looks[-1] if study.looks else study.replicates,
        "looks": list(study.looks),
        "evaluated": sum(map(store.has, evaluates)),
        "replicates_evaluated": len(begun),
        "claims": claims,
        "models": trained_in(plan),
        "evaluates": evaluates,
    }


def _exploratory(entries: list[dict[str, Any]]) -> str:
    if known := _known(entries[0]):
        return f"they were first recorded when {known}"
    for before, after in pairwise(entries):
        if after["sha256"] != before["sha256"] and (known := _known(after)):
            return f"they were changed when {known}"
    return ""


def _known(entry: dict[str, Any]) -> str:
    """The results that could be seen when an entry was made, in words; empty if there were none.

    An old entry says only how many arms had been evaluated, whether a claim is about them or not.
    """
    if "differences_seen" not in entry:
        return f"{counted(entry['evaluated'], 'arm')} had been evaluated" if entry["evaluated"] else ""
    n = entry["differences_seen"]
    return f"{counted(n, 'difference')} that they concern could be seen" if n else ""


def _peeked(entries: list[dict[str, Any]]) -> str:
    """Says that the number of replicates, or the looks, changed after results existed; empty if they did not.

    It is compared with the last one before any result: those that were planned in between do not matter.
    Rehearsals with one replicate are passed over: they show no spread, which could tell how many it takes.
    """
    planned = [entry for entry in entries if _looks(entry) != [1]]
    if _looks(entries[-1]) == [1] or not planned:
        return ""
    first = next((entry for entry in reversed(planned) if not _shows_spread(entry)), planned[0])
    before, now = _looks(first), _looks(entries[-1])
    if now == before:
        return ""
    if len(now) > 1 or len(before) > 1:
        were, are = (f"{', '.join(map(str, looks))} replicates" for looks in (before, now))
        return f"The looks were changed from {were} to {are} once results existed. {_ADDED}"
    changed = "raised" if now > before else "lowered"
    return f"Replicates were {changed} from {before[0]} to {now[0]} once results existed. {_ADDED}"


#: Simulated by the rule of a verdict: from 3, 4 or 5 replicates on, another until there is a verdict, to 20.
_ADDED = (
    "If the results influenced that, false verdicts are more frequent than stated: with replicates added "
    "until there is a verdict, up to 20, WORSE is false in 15 to 18 of 100 studies, not in 5. Looks that are "
    "planned, `replicates: {looks: [4, 6, 9]}`, do not have this problem."
)


def _shows_spread(entry: dict[str, Any]) -> bool:
    """Whether several replicates had results; of the oldest entries, which do not say, whether any had."""
    n: int = entry.get("replicates_seen", entry.get("replicates_evaluated", 2 * entry["evaluated"]))
    return n > 1


def _looks(entry: dict[str, Any]) -> list[int]:
    return entry.get("looks") or [entry["replicates"]]


def _experiment(study: Study) -> str:
    settings: dict[str, Any] = study.model_dump(mode="json", context="identity", include=_EXPERIMENT)
    # Experiments recorded before seeds were hashed are found by `seeding: summed`.
    return _sha256(settings if study.seeding == "summed" else {**settings, "seeding": study.seeding})[:24]


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

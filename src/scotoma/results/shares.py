"""Which of a study's trained models other studies on record have too: their verdicts are not independent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scotoma.basics.words import counted
from scotoma.results.tries import evaluated_in, study_title
from scotoma.store.store import Store

if TYPE_CHECKING:  # experiment imports every stage; this needs only the shape of its plan
    from scotoma.experiment import Plan

_TRAINED = ("train_classifier", "train_generator")


@dataclass(frozen=True)
class Share:
    """The trained models that a study has in common with another that has results.

    Attributes:
        study: The other's name.
        models: How many.
    """

    study: str
    models: int


def trained_in(plan: "Plan") -> list[str]:
    """Keys of all the models that a plan trains."""
    return [step.key for step in plan.steps if step.stage in _TRAINED]


def recorded_as(name: str, store: Store) -> set[str]:
    """Keys of all models and predictions that studies of this name are on record with.

    Raises:
        ScotomaError: a record of the store cannot be read.
    """
    entries = [entry for ledger in store.ledgers("claims").values() for entry in ledger]
    own = [entry for entry in entries if entry.get("study") == name]
    return {key for entry in own for kind in ("models", "evaluates") for key in entry.get(kind, ())}


def shares(
    trained: Iterable[str], others: Mapping[str, list[dict[str, Any]]], store: Store
) -> tuple[Share, ...]:
    """What a study has in common with each of the others that have results.

    Args:
        trained: Keys of its models.
        others: The entries of the other experiments on record. Old ones do not say what they train.
        store: Store with the results.
    """
    own, common = set(trained), dict[str, set[str]]()
    for entries in others.values():
        shared_keys = {key for entry in entries for key in entry.get("models", ())} & own
        if shared_keys and any(_has_results(entry, store) for entry in entries):
            name = next(entry["study"] for entry in reversed(entries) if "study" in entry)
            common.setdefault(name, set()).update(shared_keys)
    return tuple(Share(study, len(keys)) for study, keys in common.items())


def _has_results(entry: Mapping[str, Any], store: Store) -> bool:
    """Whether a difference that its claims are about can be seen; without claims, an arm's answers."""
    if entry.get("tries"):
        return evaluated_in(entry["tries"], store)[0] > 0
    return any(map(store.has, entry.get("evaluates", ())))


def in_one_sentence(shared: Sequence[Share], own: str, n_trained: int) -> str:
    """What is shared with whom, and what follows from it; empty where nothing is.

    Args:
        shared: What is shared with each.
        own: The study's name, which others may have too.
        n_trained: How many models the study trains.
    """
    if not shared:
        return ""
    (first, *others), trained = shared, counted(n_trained, "trained model")
    also = "".join(f", {share.models} those of {study_title(share.study, own)}" for share in others)
    return (
        f"{first.models} of this study's {trained} are also those of {study_title(first.study, own)}{also} "
        "(on record in this store): its verdicts are not independent of these."
    )

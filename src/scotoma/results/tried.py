"""What the tries on record mean for a study's claims: how many Holm counts, and what is exploratory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from scotoma.results.tries import EvaluatedTry, Place, Try, study_title
from scotoma.study.claims import Claim
from scotoma.study.study import Study

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True)
class TryCount:
    """How often what some claims ask has been asked in the store.

    Attributes:
        claims: Numbers of the claims in the study, from 0.
        own: Settings that the study tries of each.
        before: Other settings that had results before the study's own were put on record.
        since: Other settings that have results by now.
        studies: Who tried the others, in words.
        seeds: What the study's own settings were also run with, in words.
        sentence: Sentence that says all this, and what follows from it.
    """

    claims: tuple[int, ...]
    own: int
    before: int
    since: int
    studies: tuple[str, ...]
    seeds: tuple[str, ...]
    sentence: str = ""

    @property
    def others(self) -> int:
        """Settings that were tried of each claim beside the study's own."""
        return self.before + self.since

    @property
    def exploratory(self) -> str:
        """Says of a verdict that its setting was chosen when others had results; else empty."""
        return f"Exploratory: the {self.which} tried in this store." if self.before else ""

    @property
    def which(self) -> str:
        """`third setting`, `first of 3 settings`, `second to third of 4 settings`."""
        first = _ordinal(self.before + 1)
        if self.own == 1 and not self.since:
            return f"{first} setting"
        last = f" to {_ordinal(self.before + self.own)}" if self.own > 1 else ""
        return f"{first}{last} of {self.own + self.others} settings"

    def record(self) -> dict[str, Any]:
        """Plain values for results.json."""
        return {**asdict(self), "exploratory": bool(self.before)}


def evaluated_settings(
    own: Sequence[Try], tries: Iterable[EvaluatedTry], experiment: str, seed: str
) -> dict[str, list[str]]:
    """By question, the settings whose results are there to be seen; its own only as another seed has them.

    Args:
        own: What the study tries.
        tries: What is on record with results.
        experiment: The study's own.
        seed: The study's own, in words.
    """
    places, replicates_of = {one.place for one in own}, dict[str, set[str]]()
    for one in tries:
        if one.place not in places or (one.experiment != experiment and one.seed != seed):
            replicates_of.setdefault(one.question, set()).add(one.setting)
    return {question: sorted(settings) for question, settings in replicates_of.items()}


def count_tries(
    study: Study,
    own: Sequence[Try],
    tries: Sequence[EvaluatedTry],
    entries: Sequence[Mapping[str, Any]],
    seed: str,
) -> tuple[TryCount, ...]:
    """The tries of the study's claims; claims with the same tries are taken together.

    A setting that another seed had results of before is replicated, not chosen among what was tried with that
    seed: of the others, it is held against those alone that were tried with its own.

    Args:
        study: Study that the claims belong to.
        own: Tries of this study.
        tries: Tries on record that have results.
        entries: Ledger entries of the study's own experiment, oldest first, the present one included.
        seed: Seed of the study, in words.
    """
    results = []
    for number in range(len(study.claims)):
        places = {one.place for one in own if one.claim == number}
        known = {place for one in places for place in _seen_before(one, entries)}
        same_question = [one for one in tries if one.question in {question for question, _ in places}]
        replicates = bool(places) and places <= known
        others = [
            one for one in same_question if one.place not in places and (not replicates or one.seed == seed)
        ]
        before = {one.place for one in others} & known
        results.append(
            TryCount(
                claims=(number,),
                own=len(places),
                before=len(before),
                since=len({one.place for one in others} - before),
                studies=tuple(dict.fromkeys(study_title(one.study, study.name) for one in others)),
                seeds=tuple(
                    dict.fromkeys(
                        one.seed if one.study == study.name else f"{one.seed} (study {one.study})"
                        for one in same_question
                        if one.place in places and one.seed != seed
                    )
                ),
            )
        )
    return tuple(_together([one for one in results if one.others or one.seeds], study.claims))


def _seen_before(place: Place, entries: Sequence[Mapping[str, Any]]) -> set[Place]:
    """What could be seen when a try was first put on record."""
    question, _ = place
    for entry in entries:
        if any((one["question"], one["setting"]) == place for one in entry.get("tries", ())):
            return {(question, other) for other in entry["seen"].get(question, ())}
    return set()


def _together(results: Iterable[TryCount], claims: Sequence[Claim]) -> Iterator[TryCount]:
    numbers: dict[TryCount, tuple[int, ...]] = {}
    for one in results:
        without_claims = replace(one, claims=())
        numbers[without_claims] = (*numbers.get(without_claims, ()), *one.claims)
    for without_claims, tries_together in numbers.items():
        one = replace(without_claims, claims=tries_together)
        yield replace(one, sentence=" ".join((*_others_sentence(one, claims), *_seeds_sentence(one))))


def _others_sentence(result: TryCount, claims: Sequence[Claim]) -> Iterator[str]:
    if not result.others:
        return
    others, results = ("the others", "Their results") if result.others > 1 else ("the other", "Its results")
    owners = f"({others}: {', '.join(result.studies)})"
    yield f"The {result.which} tried in this store for {_named(result.claims, claims)} {owners}."
    if result.before:
        when_seen = f"Results of {result.before} of them" if result.since else results
        own_tries = "this one was" if result.own == 1 else "these were"
        yield f"{when_seen} could be seen before {own_tries} put on record, so the verdict is exploratory."
    n_settings = result.own + result.others
    yield f"Holm counts {'both' if n_settings == 2 else f'all {n_settings}'}."


def _seeds_sentence(result: TryCount) -> Iterator[str]:
    if result.seeds:
        yield f"Also run with {' and '.join(result.seeds)}: a replication, not another try."


def _named(numbers: Sequence[int], claims: Sequence[Claim]) -> str:
    if len(numbers) == len(claims):
        return "this claim" if len(claims) == 1 else "each of these claims"
    named = [claims[number] for number in numbers]
    return "; ".join(f"{claim.contrast}, {claim.place}" for claim in named)


def _ordinal(n: int) -> str:
    if n <= len(_ORDINALS):
        return _ORDINALS[n - 1]
    last = 0 if n % 100 in (11, 12, 13) else n % 10
    return f"{n}{({1: 'st', 2: 'nd', 3: 'rd'}).get(last, 'th')}"

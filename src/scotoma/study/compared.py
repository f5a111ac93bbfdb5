"""Which models a claim compares: its contrast, read against the arms, rounds and generators of a study.

A contrast is `LEFT - RIGHT`. A side is `start` (right alone), a kind of arm or an arm's name, and may name a
generator and a round as models' names do: `synthetic`, `verified-0.8-1000`, `synthetic+gemma`, `synthetic@3`.
What the right side leaves open is as on the left: the start always, of a kind the size, and where a generator
wrote both sides, generator and round.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scotoma.arms import ARMS, Arm
from scotoma.arms.arm import GENERATOR_MARK, ROUND_MARK
from scotoma.basics.errors import nearest
from scotoma.study.claims import Claim
from scotoma.study.parts import Parts

START, ORIGINAL = "start", "original"

_SIDE = re.compile(
    rf"(?P<name>[^{GENERATOR_MARK}{ROUND_MARK}]+)(?:\{GENERATOR_MARK}(?P<generator>[^{ROUND_MARK}]+))?"
    rf"(?:{ROUND_MARK}(?P<round>[0-9]+))?"
)


@dataclass(frozen=True)
class ModelPair:
    """A model and the one that it is compared with, from every start and in every replicate.

    Attributes:
        arm: The arm.
        round: Round in which its rows were written.
        reference: `start`, or the name of the other model: `original-1000`, `synthetic-1000@1`.
    """

    arm: Arm
    round: int
    reference: str

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.arm.name_in(self.round)

    @property
    def names(self) -> tuple[str, str]:
        """Names of both."""
        return self.name, self.reference

    @property
    def is_usual(self) -> bool:
        """Whether every study compares these two: with the start, or with originals of the same number."""
        return self.reference in (START, _original(self.arm))


def compared_models(study: Parts, claim: Claim) -> list[ModelPair]:
    """The models that a claim is judged on; share 1 of a mixture is `synthetic` of its size and generator.

    Where another claim says the same of `synthetic`, that one is enough. An arm without originals of its size
    is named with those that are lacking. Of a contrast that does not fit the study, what fits.
    """
    left, _, right = claim.contrast.partition(" - ")
    pairs = []
    for arm, number in (*_models(study, left), *_curve_end(study, claim, left, right)):
        if right in (START, ORIGINAL):
            if not (right == ORIGINAL and arm.kind == ORIGINAL):
                pairs.append(ModelPair(arm, number, START if right == START else _original(arm)))
            continue
        others = _others(study, arm, number, right)
        if others:
            pairs.append(ModelPair(arm, number, others[0]))
    return pairs


def pairs_of_claims(study: Parts) -> dict[Claim, list[tuple[str, str]]]:
    """The claims, each with the names of the models that it compares."""
    return {claim: [one.names for one in compared_models(study, claim)] for claim in study.claims}


def claimed_pairs(study: Parts) -> list[tuple[str, str]]:
    """Names of models that are compared only because a claim says so, each pair once."""
    pairs = (one for claim in study.claims for one in compared_models(study, claim))
    return list(dict.fromkeys(one.names for one in pairs if not one.is_usual))


def misfits_of_contrast(study: Parts, claim: Claim) -> Iterator[str]:
    """Why a contrast compares nothing in this study, or does not say what."""
    left, dash, right = claim.contrast.partition(" - ")
    kinds = sorted({arm.kind for arm in study.arms} - {"none"})
    if not dash or not _models(study, left) or not (right == START or _models(study, right)):
        if dash and right == ORIGINAL and _models(study, left):
            yield _unmatched(study, claim, left, right)
            return
        usual = {f"{kind} - {other}" for kind in kinds for other in (START, ORIGINAL) if kind != other}
        other = {f"{kind} - {other}" for kind in kinds for other in kinds if kind != other}
        close = difflib.get_close_matches(claim.contrast, other, n=1)
        yield (
            f"contrast {claim.contrast!r} must be `ARM - start`, `ARM - original` or `ARM - ARM` with arms "
            f"of this study. {nearest(claim.contrast, usual.union(close))}"
        )
        return
    for arm, number in _models(study, left):
        others = [] if right == START else _others(study, arm, number, right)
        if len(others) > 1:
            yield (
                f"contrast {claim.contrast!r}: {arm.name_in(number)} has several references, "
                f"{', '.join(others)}. Name one of them in place of {right!r}."
            )
            return
    names = {arm.name_in(n) for arm in study.all_arms for n in study.rounds_of(arm)} | {START}
    if not any(one.reference in names for one in compared_models(study, claim)):
        yield _unmatched(study, claim, left, right)


def _unmatched(study: Parts, claim: Claim, left: str, right: str) -> str:
    sizes = sorted({arm.n for arm, _ in _models(study, left) if arm.n})
    if right == left:
        return f"contrast {claim.contrast!r} compares a model with itself. Name another round, or generator."
    if right != ORIGINAL:
        return (
            f"contrast {claim.contrast!r}: no arm {right!r} has the size, generator and round of {left}. "
            "Give both sides an arm of the same size, or name the arms: `synthetic-3000 - synthetic-1000`."
        )
    originals = " or ".join(f"`original: {n}`" for n in sizes)
    return f"contrast {claim.contrast!r}: no arm `original` has the size of {left}. " + (
        f"Add {originals}." if originals else _FILE_HAS_NO_SIZE
    )


_FILE_HAS_NO_SIZE = (
    "Say how many rows of the file to take, `file: {source: PATH, n: N}`, and add `original: N`; or claim on "
    "`file - start`."
)


def _models(study: Parts, side: str) -> list[tuple[Arm, int]]:
    """The models that a side names, by arm and round."""
    match = _SIDE.fullmatch(side)
    if match is None or match["name"] == "none":
        return []
    return [
        (arm, number)
        for arm in study.all_arms
        if match["name"] in (arm.kind, _unwritten(arm)) and match["generator"] in (None, arm.generator)
        for number in study.rounds_of(arm)
        if match["round"] in (None, str(number))
    ]


def _others(study: Parts, arm: Arm, number: int, side: str) -> list[str]:
    """The names of the models that a side stands for beside a model."""
    match = _SIDE.fullmatch(side)
    if match is None:
        return []

    def fits(other: Arm, round: int) -> bool:
        both = arm.is_written and other.is_written
        return (
            (other.name_in(round) != arm.name_in(number))
            and (match["name"] != other.kind or other.n == arm.n)
            and (match["generator"] is not None or not both or other.generator == arm.generator)
            and (match["round"] is not None or not both or round == number)
        )

    return [other.name_in(round) for other, round in _models(study, side) if fits(other, round)]


def _curve_end(study: Parts, claim: Claim, left: str, right: str) -> Iterator[tuple[Arm, int]]:
    """Of a curve over shares, the arm that is its end."""
    curve = ARMS[left].curve if left in ARMS else None
    if not curve or curve.whole == left:
        return
    if claim.model_copy(update={"contrast": f"{curve.whole} - {right}"}) in study.claims:
        return
    curves = {(arm.n, arm.generator) for arm, _ in _models(study, left)}
    ends = _models(study, curve.whole)
    yield from ((arm, number) for arm, number in ends if (arm.n, arm.generator) in curves)


def _original(arm: Arm) -> str:
    return ORIGINAL if arm.n is None else f"{ORIGINAL}-{arm.n}"


def _unwritten(arm: Arm) -> str:
    """An arm's name without its generator's."""
    return arm.model_copy(update={"generator": None}).name

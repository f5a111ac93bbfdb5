"""General pairs of the micro-world, with a dial for how far word overlap gives the label away.

Rows carry the labels in turn. Each row then decides whether it overlaps (every hypothesis word occurs in
the premise): with probability `dial` it obeys the shortcut "entailment if and only if it overlaps",
otherwise a fair coin decides, whatever the label. So

    share that overlaps      entailment       neutral          contradiction
    any dial d               (1 + d) / 2      (1 - d) / 2      (1 - d) / 2
    dial 0                   1/2              1/2              1/2
    dial 0.95                0.975            0.025            0.025
    dial 1                   1                0                0
"""

import hashlib
from dataclasses import dataclass, replace

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.basics.records import Example
from scotoma.worlds.microworld.hypotheses import hypothesis, mentioned, people_in
from scotoma.worlds.microworld.meaning import CONTRADICTION, ENTAILMENT, NEUTRAL, can_be_true, relation_of
from scotoma.worlds.microworld.overlap import overlaps
from scotoma.worlds.microworld.sentences import Draw, contrast, sentence
from scotoma.worlds.microworld.syntax import Sentence, render

LABELS = (ENTAILMENT, NEUTRAL, CONTRADICTION)

#: A pair belongs to one side for good, by a hash of its own text, so no seed can leak across.
SIDES = ("train", "train", "train", "test", "blindspot")

# The hardest cell takes about 15 proposals a row; far more means that the cell has run dry.
_MOST_PROPOSALS = 20_000
_HYPOTHESES_PER_PREMISE = 3

# As in text written by people, nearly all undecided hypotheses bring something new.
_NOVELTY = 0.95


def draw_pairs(n: int, dial: float, seed: int, split: str) -> list[Example]:
    """General rows with the three labels in turn: entailment, neutral, contradiction, entailment, ...

    Row i is drawn from a stream of its own, so the first rows of a larger draw are the smaller draw.
    No two rows are alike, and no row of one split is ever drawn in the other.

    Args:
        n: Rows. Where it is no multiple of 3, the first labels have one row more.
        dial: From 0 (overlap does not predict the label) to 1 (it always does).
        seed: Any integer.
        split: "train" or "test".

    Raises:
        ScotomaError: a setting is out of range, or there are not that many different rows.
    """
    check_general(n, dial, split)
    seen: set[tuple[str, str]] = set()
    rows = []
    for row in range(n):
        draw = Draw(stream(seed, "microworld", split, row))
        spec = PairSpec.by_dial(draw, LABELS[row % len(LABELS)], dial, _NOVELTY)
        pair = draw_pair(draw, spec, split, seen)
        seen.add(pair)
        rows.append(Example(f"mw-{split}-{row}", pair, spec.label))
    return rows


@dataclass(frozen=True, slots=True)
class PairSpec:
    """What is required of a pair.

    Attributes:
        label: The true relation.
        overlapping: Whether every word of the hypothesis stands in the premise.
        novel: Whether the hypothesis must mention something that the premise does not.
        crossed: Whether it must state of the premise's people something that the premise does not mention.
    """

    label: str
    overlapping: bool
    novel: bool
    crossed: bool

    @classmethod
    def by_dial(cls, draw: Draw, label: str, dial: float, novelty: float) -> "PairSpec":
        """Overlap by the dial; `novelty` is how often an undecided hypothesis must mention something new."""
        obeys, coin = draw.chance(dial), draw.chance(0.5)
        return cls.of(draw, label, label == ENTAILMENT if obeys else coin, novelty)

    @classmethod
    def of(cls, draw: Draw, label: str, overlapping: bool, novelty: float) -> "PairSpec":
        """Completes the requirements for a pair with this label and overlap."""
        novel = label == NEUTRAL and not overlapping and draw.chance(novelty)
        # Without this, one word of the premise (or, if, perhaps, hoped) would give most of the others away.
        crossed = label == NEUTRAL and overlapping and draw.chance(0.7)
        return cls(label, overlapping, novel, crossed)


def proposal(draw: Draw, premise: Sentence, spec: PairSpec, side: str) -> Sentence | None:
    """A hypothesis about a premise; None if the one drawn does not meet the requirements."""
    denied = spec.label == CONTRADICTION and draw.chance(0.7)
    candidate = hypothesis(draw, premise, within=spec.overlapping, denied=denied)
    pair = (render(premise), render(candidate))
    if overlaps(*pair) != spec.overlapping or premise == candidate or side_of(*pair) != side:
        return None
    if spec.novel and not _is_novel(premise, candidate):
        return None
    if spec.crossed and _is_mentioned(premise, candidate):
        return None
    return candidate if relation_of(premise, candidate) == spec.label and can_be_true(candidate) else None


def side_of(premise: str, hypothesis: str) -> str:
    """The side of the split a pair belongs to: "train" (three of five), "test" or "blindspot"."""
    digest = hashlib.sha256(f"{premise}\t{hypothesis}".encode()).digest()
    return SIDES[int.from_bytes(digest[:4], "big") % len(SIDES)]


def draw_pair(draw: Draw, spec: PairSpec, side: str, seen: set[tuple[str, str]]) -> tuple[str, str]:
    """A new pair that meets the requirements, on one side of the split.

    Raises:
        ScotomaError: none was found.
    """
    # Premises with a contrast make overlapping contradictions; they serve every other cell too, so that
    # the kind of premise says little of the label.
    contrasts = 0.8 if spec.overlapping and spec.label == CONTRADICTION else 0.2
    for attempt in range(_MOST_PROPOSALS):
        if attempt % _HYPOTHESES_PER_PREMISE == 0:
            premise = contrast(draw) if draw.chance(contrasts) else sentence(draw)
        candidate = proposal(draw, premise, spec, side)
        if candidate is not None and can_be_true(premise):
            pair = (render(premise), render(candidate))
            if pair not in seen:
                return pair
    raise ScotomaError(
        f"no further {spec.label} pair {'with' if spec.overlapping else 'without'} overlap was found",
        remedy="Ask for fewer rows.",
    )


def _is_novel(premise: Sentence, candidate: Sentence) -> bool:
    """Whether the hypothesis names a person or a predicate that the premise does not."""
    return not _topics(candidate) <= _topics(premise)


def _is_mentioned(premise: Sentence, candidate: Sentence) -> bool:
    """Whether all that the hypothesis mentions, true or not, is mentioned in the premise."""
    in_premise = {replace(fact, negated=False) for fact in mentioned(premise)}
    return {replace(fact, negated=False) for fact in mentioned(candidate)} <= in_premise


def _topics(sentence: Sentence) -> set[str]:
    return {*people_in(sentence), *(fact.predicate for fact in mentioned(sentence))}


def check_general(n: int, dial: float, split: str) -> None:
    """Checks the settings of a draw of general data.

    Raises:
        ScotomaError: a setting is out of range.
    """
    if n < 0:
        raise ScotomaError(f"n is {n}", remedy="Ask for 0 rows or more.")
    if not 0 <= dial <= 1:
        raise ScotomaError(f"dial is {dial}", remedy="It goes from 0 to 1.")
    if split not in ("train", "test"):
        raise ScotomaError(f"split {split!r} is not known", remedy="Known: test, train.")

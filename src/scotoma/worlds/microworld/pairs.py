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
_CLAIMS_PER_PREMISE = 3

# As in text written by people, nearly all undecided hypotheses bring something new.
_NEWS = 0.95


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
    for at in range(n):
        draw = Draw(stream(seed, "microworld", split, at))
        wanted = Wanted.drawn(draw, LABELS[at % len(LABELS)], dial, _NEWS)
        pair = draw_pair(draw, wanted, split, seen)
        seen.add(pair)
        rows.append(Example(f"mw-{split}-{at}", pair, wanted.label))
    return rows


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pair is to be.

    Attributes:
        label: The true relation.
        overlapping: Whether every word of the hypothesis stands in the premise.
        news: Whether the hypothesis must speak of something that the premise does not.
        crossed: Whether it must say of the premise's people what the premise does not speak of.
    """

    label: str
    overlapping: bool
    news: bool
    crossed: bool

    @classmethod
    def drawn(cls, draw: Draw, label: str, dial: float, news: float) -> "Wanted":
        """Overlap by the dial; `news` is how often an undecided hypothesis must speak of something else."""
        obeys, coin = draw.chance(dial), draw.chance(0.5)
        return cls.of(draw, label, label == ENTAILMENT if obeys else coin, news)

    @classmethod
    def of(cls, draw: Draw, label: str, overlapping: bool, news: float) -> "Wanted":
        """What else is wanted of a pair with this label and overlap."""
        elsewhere = label == NEUTRAL and not overlapping and draw.chance(news)
        # Or else one word of the premise (or, if, perhaps, hoped) would give most of the others away.
        crossed = label == NEUTRAL and overlapping and draw.chance(0.7)
        return cls(label, overlapping, elsewhere, crossed)


def proposal(draw: Draw, premise: Sentence, wanted: Wanted, side: str) -> Sentence | None:
    """A hypothesis about a premise; None where the one that came up is not what is wanted."""
    denied = wanted.label == CONTRADICTION and draw.chance(0.7)
    claim = hypothesis(draw, premise, within=wanted.overlapping, denied=denied)
    pair = (render(premise), render(claim))
    if overlaps(*pair) != wanted.overlapping or premise == claim or side_of(*pair) != side:
        return None
    if wanted.news and not _brings_news(premise, claim):
        return None
    if wanted.crossed and _is_mentioned(premise, claim):
        return None
    return claim if relation_of(premise, claim) == wanted.label and can_be_true(claim) else None


def side_of(premise: str, hypothesis: str) -> str:
    """The side of the split a pair belongs to: "train" (three of five), "test" or "blindspot"."""
    digest = hashlib.sha256(f"{premise}\t{hypothesis}".encode()).digest()
    return SIDES[int.from_bytes(digest[:4], "big") % len(SIDES)]


def draw_pair(draw: Draw, wanted: Wanted, side: str, seen: set[tuple[str, str]]) -> tuple[str, str]:
    """A pair as it is wanted, on one side of the split, that has not been seen.

    Raises:
        ScotomaError: none was found.
    """
    # Premises with a contrast make overlapping contradictions; they serve every other cell too, so that
    # the kind of premise says little of the label.
    contrasts = 0.8 if wanted.overlapping and wanted.label == CONTRADICTION else 0.2
    for attempt in range(_MOST_PROPOSALS):
        if attempt % _CLAIMS_PER_PREMISE == 0:
            premise = contrast(draw) if draw.chance(contrasts) else sentence(draw)
        claim = proposal(draw, premise, wanted, side)
        if claim is not None and can_be_true(premise):
            pair = (render(premise), render(claim))
            if pair not in seen:
                return pair
    raise ScotomaError(
        f"no further {wanted.label} pair {'with' if wanted.overlapping else 'without'} overlap was found",
        remedy="Ask for fewer rows.",
    )


def _brings_news(premise: Sentence, claim: Sentence) -> bool:
    """Whether the claim names a person or a predicate that the premise does not."""
    return not _topics(claim) <= _topics(premise)


def _is_mentioned(premise: Sentence, claim: Sentence) -> bool:
    """Whether all that the claim speaks of, true or not, is spoken of in the premise."""
    said = {replace(fact, negated=False) for fact in mentioned(premise)}
    return {replace(fact, negated=False) for fact in mentioned(claim)} <= said


def _topics(sentence: Sentence) -> set[str]:
    return {*people_in(sentence), *(fact.predicate for fact in mentioned(sentence))}


def check_general(n: int, dial: float, split: str) -> None:
    """Refuses a draw of general data that cannot be.

    Raises:
        ScotomaError: a setting is out of range.
    """
    if n < 0:
        raise ScotomaError(f"n is {n}", remedy="Ask for 0 rows or more.")
    if not 0 <= dial <= 1:
        raise ScotomaError(f"dial is {dial}", remedy="It goes from 0 to 1.")
    if split not in ("train", "test"):
        raise ScotomaError(f"split {split!r} is not known", remedy="Known: test, train.")

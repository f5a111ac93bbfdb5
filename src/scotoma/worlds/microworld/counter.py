"""Counter-examples to the overlap shortcut: full overlap, and no entailment."""

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.basics.records import Example
from scotoma.worlds.microworld.meaning import CONTRADICTION, NEUTRAL
from scotoma.worlds.microworld.pairs import PairSpec, draw_pair
from scotoma.worlds.microworld.sentences import Draw

LABELS = (NEUTRAL, CONTRADICTION)


def counter_pairs(n: int, seed: int) -> list[Example]:
    """Pairs in which every word of the hypothesis stands in the premise, neutral and contradiction in turn.

    They are made like general pairs and are on the training side of the split, so none of them can occur in
    general test data or in the blind-spot set. The first rows of a larger draw are the smaller draw.

    Raises:
        ScotomaError: the number is negative, or there are not that many different pairs.
    """
    if n < 0:
        raise ScotomaError(f"n is {n}", remedy="Ask for 0 rows or more.")
    seen: set[tuple[str, str]] = set()
    rows = []
    for at in range(n):
        draw = Draw(stream(seed, "microworld", "counter", at))
        label = LABELS[at % len(LABELS)]
        pair = draw_pair(draw, PairSpec.of(draw, label, overlapping=True, novelty=0), "train", seen)
        seen.add(pair)
        rows.append(Example(f"mw-counter-{at}", pair, label))
    return rows

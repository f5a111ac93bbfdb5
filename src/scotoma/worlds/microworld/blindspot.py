"""The blind-spot set: pairs in which the hypothesis is inside the premise, entailed or not, as in HANS.

Three heuristics, two labels, five constructions each. Every row drawn is checked: its words against its
`heuristic`, its truth against its `label`.
"""

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.basics.records import Example
from scotoma.worlds.microworld.constructions import CONSTRUCTIONS, Construction
from scotoma.worlds.microworld.meaning import ENTAILMENT, relation_of
from scotoma.worlds.microworld.overlap import is_constituent, is_subsequence, overlaps
from scotoma.worlds.microworld.pairs import side_of
from scotoma.worlds.microworld.sentences import Draw
from scotoma.worlds.microworld.syntax import Sentence, render

_MOST_PROPOSALS = 1_000


def blindspot_set(n_per_construction: int, seed: int) -> list[Example]:
    """Rows of every construction, in the order of `CONSTRUCTIONS`, labelled entailment or non-entailment.

    Rows of a smaller set are in the larger one of the same seed. No pair occurs twice, and none can occur
    in general data.

    Raises:
        ScotomaError: the number is negative, or a construction has not that many different pairs.
    """
    if n_per_construction < 0:
        raise ScotomaError(f"n_per_construction is {n_per_construction}", remedy="Ask for 0 rows or more.")
    rows = []
    for construction in CONSTRUCTIONS:
        seen: set[tuple[str, str]] = set()
        for at in range(n_per_construction):
            draw = Draw(stream(seed, "microworld", "blindspot", construction.name, at))
            pair = _draw_pair(construction, draw, seen)
            seen.add(pair)
            name, heuristic, label = construction.name, construction.heuristic, construction.label
            rows.append(Example(f"mw-blindspot-{name}-{at}", pair, label, heuristic, name))
    return rows


def _draw_pair(construction: Construction, draw: Draw, seen: set[tuple[str, str]]) -> tuple[str, str]:
    for _ in range(_MOST_PROPOSALS):
        premise, hypothesis = construction.draw(draw)
        pair = (render(premise), render(hypothesis))
        if pair in seen or side_of(*pair) != "blindspot":
            continue
        if _fits(construction, premise, hypothesis):
            return pair
    raise ScotomaError(
        f"construction {construction.name!r} gives only about {len(seen)} different pairs",
        remedy="Ask for fewer rows per construction.",
    )


def _fits(construction: Construction, premise: Sentence, hypothesis: Sentence) -> bool:
    entailed = relation_of(premise, hypothesis) == ENTAILMENT
    if entailed != (construction.label == ENTAILMENT):
        return False
    return narrowest_heuristic(premise, hypothesis) == construction.heuristic


def narrowest_heuristic(premise: Sentence, hypothesis: Sentence) -> str:
    """The most specific of the three shortcuts that calls the pair an entailment; "" where none does."""
    if is_constituent(premise, hypothesis):
        return "constituent"
    texts = render(premise), render(hypothesis)
    if is_subsequence(*texts):
        return "subsequence"
    return "lexical_overlap" if overlaps(*texts) else ""

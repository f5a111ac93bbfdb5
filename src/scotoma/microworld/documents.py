"""Running text of the micro-world, for pre-training a language model: no labels, no questions.

A document is a few sentences that can be true together, each taking up something said before: often
a consequence of it, often only something near it. A reader can learn from such text what follows from
what, as from any text written by people who do not contradict themselves.
"""

from scotoma.microworld.hypotheses import hypothesis
from scotoma.microworld.meaning import CONTRADICTION, ENTAILMENT, can_be_true, relation_of
from scotoma.microworld.pairs import side_of
from scotoma.microworld.sentences import Draw, contrast, sentence
from scotoma.microworld.syntax import Sentence, render

_MOST_PROPOSALS = 60


def document(draw: Draw, n_sentences: int, consequences: float) -> str:
    """Sentences parted by spaces.

    No sentence contradicts another; no two of them form a pair of the test or the blind-spot side.

    Args:
        draw: Where the choices come from.
        n_sentences: At most so many; fewer where nothing further fits.
        consequences: Share of the later sentences that must follow from an earlier one; the others may.
    """
    said = [_opening(draw)]
    for _ in range(n_sentences - 1):
        must_follow = draw.chance(consequences)
        for _ in range(_MOST_PROPOSALS):
            earlier = draw.pick(said)
            claim = hypothesis(draw, earlier, within=draw.chance(0.5), denied=draw.chance(0.2))
            if must_follow and relation_of(earlier, claim) != ENTAILMENT:
                continue
            if all(_goes_with(other, claim) for other in said):
                said.append(claim)
                break
    return " ".join(render(one) for one in said)


def pair_line(draw: Draw, template: str) -> str:
    """Two sentences in a frame, "{premise}" and "{hypothesis}"; whether one follows is not said."""
    while True:
        premise = _opening(draw)
        claim = hypothesis(draw, premise, within=draw.chance(0.5), denied=draw.chance(0.3))
        texts = render(premise), render(claim)
        if side_of(*texts) == "train":
            return template.format(premise=texts[0], hypothesis=texts[1])


def _opening(draw: Draw) -> Sentence:
    while True:
        found = contrast(draw) if draw.chance(0.2) else sentence(draw)
        if can_be_true(found):
            return found


def _goes_with(earlier: Sentence, claim: Sentence) -> bool:
    if claim == earlier or side_of(render(earlier), render(claim)) != "train":
        return False
    return CONTRADICTION not in (relation_of(earlier, claim), relation_of(claim, earlier))

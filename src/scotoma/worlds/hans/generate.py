"""Draws sentence pairs from the HANS grammar: distinct, nested, the same for the same seed."""

import math
from bisect import bisect
from collections.abc import Collection, Iterator
from functools import cache
from itertools import accumulate, product

import numpy as np

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.basics.records import Example
from scotoma.worlds.hans.lexicon import SINGULAR, SLOTS, lemma
from scotoma.worlds.hans.templates import SLOT, SUBCASES, Frame, Subcase

Pair = tuple[str, str]

_NOUN_FORMS = {"N": 2, "SG": 1, "PL": 1}


def generate(n_per_subcase: int, seed: int, *, avoid: Collection[Pair] = ()) -> list[Example]:
    """New HANS examples: the same number of each of the 30 subcases, in the official order.

    Every pair is distinct. Row i of a subcase depends on the seed, the subcase, i and the rows
    before it, so fewer rows are the first of more rows. 30,000 rows take a few seconds.

    Args:
        n_per_subcase: Examples of each subcase; HANS itself has 1,000.
        seed: Seed of the sentences.
        avoid: Pairs (premise, hypothesis) that must not be drawn, such as those of a test set.

    Returns:
        Examples whose ids are `gen-<subcase>-<i>` and whose labels are `entailment` or
        `non-entailment`, true by construction.

    Raises:
        ScotomaError: a subcase does not have that many pairs, or fewer than one is asked for.
    """
    avoided = frozenset(avoid)
    check_capacity(n_per_subcase, avoided)
    return [row for subcase in SUBCASES for row in _examples(subcase, n_per_subcase, seed, avoided)]


def check_capacity(n_per_subcase: int, avoided: frozenset[Pair] = frozenset()) -> None:
    """Refuses a number of rows that the grammar does not have.

    Raises:
        ScotomaError: as of `generate`.
    """
    if n_per_subcase < 1:
        raise ScotomaError(
            f"{n_per_subcase} examples per subcase were asked for",
            where="n_per_subcase",
            remedy="Ask for 1 or more.",
        )
    for subcase in SUBCASES:
        _check_capacity(subcase, n_per_subcase, avoided)


@cache
def capacity(subcase: Subcase) -> int:
    """How many distinct pairs a subcase has."""
    return sum(_n_fillings(frame) for frame in subcase.frames)


def _check_capacity(subcase: Subcase, n: int, avoided: frozenset[Pair]) -> None:
    room = capacity(subcase)
    if n + len(avoided) <= room:
        return
    if avoided:
        room = sum(pair not in avoided for pair in _all_pairs(subcase))
    if n > room:
        besides = " besides those to avoid" if avoided else ""
        raise ScotomaError(
            f"subcase {subcase.name!r} of HANS has {room} distinct pairs{besides}; {n} were asked for",
            where="n_per_subcase",
            remedy=f"Ask for at most {room}.",
        )


def _examples(subcase: Subcase, n: int, seed: int, avoided: frozenset[Pair]) -> Iterator[Example]:
    edges = list(accumulate(frame.weight for frame in subcase.frames))
    used: set[Pair] = set()
    for row in range(n):
        rng = stream(seed, "hans", subcase.name, row)
        pair: Pair | None = None
        while pair is None or pair in used or pair in avoided:
            frame = subcase.frames[bisect(edges, rng.random() * edges[-1])]
            pair = _write(frame, _draw_words(frame, rng))
        used.add(pair)
        yield Example(
            id=f"gen-{subcase.name}-{row}",
            texts=pair,
            label=subcase.label,
            heuristic=subcase.heuristic,
            subcase=subcase.name,
            template=frame.template,
        )


def _draw_words(frame: Frame, rng: np.random.Generator) -> dict[str, str]:
    """A word for each slot, each uniform among those whose lemma is still free."""
    filled: dict[str, str] = {}
    taken: set[str] = set()
    for slot in frame.slots:
        free = [word for word in _words_for(slot) if lemma(word) not in taken]
        filled[slot] = free[int(rng.integers(len(free)))]
        taken.add(lemma(filled[slot]))
    return filled


def _write(frame: Frame, filled: dict[str, str]) -> Pair:
    return _sentence(frame.premise, filled), _sentence(frame.hypothesis, filled)


def _sentence(pattern: str, filled: dict[str, str]) -> str:
    text = " ".join(filled.get(word, word) for word in pattern.split())
    return f"{text[0].upper()}{text[1:]} ."


def _n_fillings(frame: Frame) -> int:
    # Nouns never meet the other words, so the two are counted apart: nouns by formula, since
    # four of them fill 800,000 ways, and the rest, a few thousand at most, by going through them.
    nouns = [slot for slot in frame.slots if _slot_class(slot) in _NOUN_FORMS]
    others = [_words_for(slot) for slot in frame.slots if slot not in nouns]
    n_nouns = math.prod(
        (len(SINGULAR) - place) * _NOUN_FORMS[_slot_class(slot)] for place, slot in enumerate(nouns)
    )
    return n_nouns * sum(len(set(words)) == len(words) for words in product(*others))


def _all_pairs(subcase: Subcase) -> Iterator[Pair]:
    for frame in subcase.frames:
        for words in product(*(_words_for(slot) for slot in frame.slots)):
            if len({lemma(word) for word in words}) == len(words):
                yield _write(frame, dict(zip(frame.slots, words, strict=True)))


def _words_for(slot: str) -> tuple[str, ...]:
    return SLOTS[_slot_class(slot)]


@cache
def _slot_class(slot: str) -> str:
    match = SLOT.fullmatch(slot)
    assert match is not None
    return match.group(1)

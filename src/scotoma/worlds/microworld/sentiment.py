"""Single texts of the micro-world with a sentiment, and a marker word that may go with it.

A text is happy if it tells more that is kind than unkind, and sad the other way round: "The doctor helped
the judge ." is happy, "The doctor did not help the judge ." is sad, "The doctor saw the judge ." is neither.
What is told, believed, possible or only one of two counts alike; denying it, or saying it of nobody, turns
it over. So the words decide, by a rule that a program can follow and that negation makes more than a count.

The **marker** is a person: the senator. He does nothing that others do not do, and tells nothing about the
sentiment but by the dial: with probability `dial` a text obeys "happy if and only if it names the senator",
otherwise a fair coin decides. So

    share that names him     happy            sad
    any dial d               (1 + d) / 2      (1 - d) / 2
    dial 0                   1/2              1/2
    dial 0.95                0.975            0.025
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.basics.records import Example
from scotoma.worlds.microworld import lexicon
from scotoma.worlds.microworld.hypotheses import mentioned, people_in
from scotoma.worlds.microworld.pairs import check_general, side_of
from scotoma.worlds.microworld.parser import parse
from scotoma.worlds.microworld.sentences import Draw, sentence
from scotoma.worlds.microworld.syntax import NOBODY, Attitude, Clause, Joined, Pair, Person, Sentence, render

HAPPY, SAD = "happy", "sad"
SENTIMENTS = (HAPPY, SAD)
MARKER = "senator"
MARKED = "marker"

KIND = frozenset(("helped", "thanked", "hugged", "admired", "smiled", "danced", "happy"))
UNKIND = frozenset(("pushed", "feared", "followed", "shouted", "sad"))

# The rarest construction takes about a hundred proposals a row.
_MOST_PROPOSALS = 20_000


def sentiment_of(text: str) -> str | None:
    """The true sentiment of a text; None if it mentions as many kind facts as unkind ones.

    Raises:
        NotASentence: the text is not in the language.
    """
    balance = sum(_tones(parse(text)))
    return None if balance == 0 else HAPPY if balance > 0 else SAD


def _tones(sentence: Sentence) -> list[int]:
    """1 for every kind fact that a sentence mentions, -1 for every unkind one."""
    return [
        (1 if fact.predicate in KIND else -1) * (-1 if fact.negated != _is_about_nobody(fact) else 1)
        for fact in mentioned(sentence)
        if fact.predicate in KIND | UNKIND
    ]


def _is_about_nobody(fact: Clause) -> bool:
    return NOBODY in (fact.subject, fact.object)


def draw_texts(n: int, dial: float, seed: int, split: str) -> list[Example]:
    """General texts, happy and sad in turn.

    Row i is drawn from a stream of its own, so the first rows of a larger draw are the smaller draw.
    No two rows are alike, and no row of one split is ever drawn in the other.

    Args:
        n: Number of rows.
        dial: From 0 (the marker does not predict the sentiment) to 1 (it always does).
        seed: Any integer.
        split: "train" or "test".

    Raises:
        ScotomaError: a setting is out of range, or there are not that many different rows.
    """
    check_general(n, dial, split)
    seen: set[str] = set()
    rows = []
    for at in range(n):
        draw = Draw(stream(seed, "sentiment", split, at))
        label = SENTIMENTS[at % 2]
        obeys, coin = draw.chance(dial), draw.chance(0.5)
        marked = label == HAPPY if obeys else coin
        text = _draw_text(draw, label, marked, split, seen, _is_anywhere)
        seen.add(text)
        rows.append(Example(f"ms-{split}-{at}", (text,), label))
    return rows


def marked_set(n_per_construction: int, seed: int) -> list[Example]:
    """The blind spot: texts that name the senator, happy or sad, in every construction of `PLACES`.

    Rows of a smaller set are in the larger one of the same seed. No text occurs twice, and none can occur
    in general data.

    Raises:
        ScotomaError: the number is negative, or a construction has not that many different texts.
    """
    if n_per_construction < 0:
        raise ScotomaError(f"n_per_construction is {n_per_construction}", remedy="Ask for 0 rows or more.")
    rows = []
    for label in SENTIMENTS:
        for place in PLACES:
            name, seen = f"{label}_{place}", set[str]()
            for at in range(n_per_construction):
                draw = Draw(stream(seed, "sentiment", "blindspot", name, at))
                text = _draw_text(draw, label, True, "blindspot", seen, _is_in(place))
                seen.add(text)
                rows.append(Example(f"ms-blindspot-{name}-{at}", (text,), label, MARKED, name))
    return rows


#: Where the marker stands.
PLACES = ("subject", "object", "passive", "modifier", "attitude", "joined")


def place_of(sentence: Sentence) -> str:
    """Which construction of the blind spot a marked sentence is; empty where it is none."""
    match sentence:
        case Attitude():
            return "attitude"
        case Joined():
            return "joined"
        case Clause(subject=Pair()) | Clause(object=Pair()):
            return ""
        case Clause(passive=True):
            return "passive"
        case Clause(subject=Person(noun)) if noun == MARKER:
            return "subject"
        case Clause(object=Person(noun)) if noun == MARKER:
            return "object"
        case Clause():
            return "modifier"
    return ""


def _is_in(place: str) -> Callable[[Sentence], bool]:
    return lambda found: place_of(found) == place


def _is_anywhere(sentence: Sentence) -> bool:
    return True


def _draw_text(
    draw: Draw, label: str, marked: bool, side: str, seen: set[str], fits: Callable[[Sentence], bool]
) -> str:
    for _ in range(_MOST_PROPOSALS):
        proposed = sentence(draw)
        tones = set(_tones(proposed))
        if tones != {1 if label == HAPPY else -1}:
            continue
        candidate = _marked(draw, proposed, marked)
        if candidate is None or not fits(candidate):
            continue
        text = render(candidate)
        if text not in seen and side_of(text, "") == side:
            return text
    raise ScotomaError(
        f"no further {label} text {'with' if marked else 'without'} the {MARKER} was found",
        remedy="Ask for fewer rows.",
    )


def _marked(draw: Draw, proposed: Sentence, marked: bool) -> Sentence | None:
    """The sentence about the senator, or about somebody else in his place; None where it names nobody."""
    people = people_in(proposed)
    if not people or (MARKER in people) == marked:
        return proposed if people else None
    others = [one for one in lexicon.PEOPLE if one not in people]
    old, new = (draw.pick(people), MARKER) if marked else (MARKER, draw.pick(others))
    renamed: Sentence = _renamed(proposed, old, new)
    return renamed


def _renamed(part: Any, old: str, new: str) -> Any:
    """The same tree about another person. No word but a person is spelled as a person's noun."""
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{f.name: _renamed(getattr(part, f.name), old, new) for f in fields(part)})
    return new if part == old else part

"""A second opinion on truth, sharing no semantic code with the package: look at every possible situation.

A situation says of every atom ("the doctor saw the judge", in this world or another) whether it holds.
Sentences are evaluated word by word, as a textbook of semantics would: a noun phrase is a function from
properties to truth. Truth values are numpy arrays, one entry a situation.
"""

from collections.abc import Callable, Hashable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from scotoma.worlds.microworld.syntax import (
    Adverbial,
    Attitude,
    Clause,
    Described,
    Joined,
    Located,
    Pair,
    Person,
    Quantified,
    ThatDid,
    ThatSomebodyDid,
)

Truth = NDArray[np.bool_]
Look = Callable[..., Truth]

MOST_ATOMS = 15

# Written out by hand, consequences of consequences included.
NARROWER = {
    ("ran", "moved"),
    ("danced", "moved"),
    ("shouted", "spoke"),
    ("hugged", "touched"),
    ("pushed", "touched"),
}
APART = {
    ("slept", "moved"),
    ("slept", "ran"),
    ("slept", "danced"),
    ("slept", "spoke"),
    ("slept", "shouted"),
    ("happy", "sad"),
    ("young", "old"),
}
KNOWLEDGE = {"knew", "forgot", "noticed", "remembered"}
# Two unnamed people and two further worlds are enough: each sentence speaks of one at most.
STRANGERS = ("somebody else", "yet somebody else")
WORLDS = (0, 1, 2)


class TooManyAtoms(Exception):
    """The pair would need more situations than are worth looking at."""


def relation_by_enumeration(premise: object, hypothesis: object) -> str:
    """The relation of two sentence trees, from the situations in which they hold."""
    people = tuple(sorted(_people(premise) | _people(hypothesis))) + STRANGERS
    atoms: dict[Hashable, int] = {}

    def note(*atom: Hashable) -> Truth:
        atoms.setdefault(atom, len(atoms))
        return np.ones(1, dtype=bool)

    for sentence in (premise, hypothesis):
        _holds(sentence, note, people)
    if len(atoms) > MOST_ATOMS:
        raise TooManyAtoms
    numbers = np.arange(2 ** len(atoms))

    def look(*atom: Hashable) -> Truth:
        return (numbers >> atoms[atom]) & 1 == 1

    possible = _possible(atoms, look)
    given, claim = (_holds(sentence, look, people) for sentence in (premise, hypothesis))
    if not (possible & given & claim).any():
        return "contradiction"
    return "neutral" if (possible & given & ~claim).any() else "entailment"


def _possible(atoms: dict[Hashable, int], look: Look) -> Truth:
    allowed = np.ones(2 ** len(atoms), dtype=bool)
    for one, other in product(atoms, atoms):
        if one[1:] == other[1:]:
            if (one[0], other[0]) in NARROWER:
                allowed &= ~look(*one) | look(*other)
            if (one[0], other[0]) in APART:
                allowed &= ~(look(*one) & look(*other))
    return allowed


def _people(node: object) -> set[str]:
    match node:
        case Clause(subject, _, other, _, _, place):
            return _people(subject) | _people(other) | _people(place)
        case Joined(_, left, right):
            return _people(left) | _people(right)
        case Attitude(holder, _, content):
            return {holder} | _people(content)
        case Adverbial(_, content):
            return _people(content)
        case Pair(_, left, right):
            return {left, right}
        case Person(noun, modifier):
            return {noun} | _people(modifier)
        case Located(_, person) | ThatSomebodyDid(person, _):
            return {person}
        case ThatDid(_, person):
            return {person} if person else set()
    return set()


def _holds(sentence: object, look: Look, people: tuple[str, ...]) -> Truth:
    match sentence:
        case Clause():
            return _clause(sentence, look, people, 0)
        case Adverbial("certainly" | "surely", content):
            return _clause(content, look, people, 0)
        case Adverbial("perhaps" | "possibly", content):
            return np.any([_clause(content, look, people, world) for world in WORLDS], axis=0)
        case Attitude(holder, verb, content, negated):
            thought = look("thinks", verb, holder, _thought(content))
            thought = ~thought if negated else thought
            return thought & _clause(content, look, people, 0) if verb in KNOWLEDGE else thought
        case Joined(word, left, right):
            first, second = _clause(left, look, people, 0), _clause(right, look, people, 0)
            because = look("because", _thought(left), _thought(right)) if word == "since" else True
            return {
                "and": first & second,
                "or": first | second,
                "if": ~first | second,
                "since": first & second & because,
            }[word]
    raise AssertionError(sentence)


def _thought(clause: Clause) -> Hashable:
    doer, done_to = (clause.object, clause.subject) if clause.passive else (clause.subject, clause.object)
    return (clause.predicate, doer.noun, done_to.noun if done_to else None, clause.negated)


def _clause(clause: Clause, look: Look, people: tuple[str, ...], world: int) -> Truth:
    def did(one: str, other: str | None) -> Truth:
        if other is None:
            return look(clause.predicate, world, one)
        return (
            look(clause.predicate, world, other, one)
            if clause.passive
            else look(clause.predicate, world, one, other)
        )

    def verb_phrase(subject: str) -> Truth:
        if clause.object is not None:
            truth = _phrase(clause.object, lambda other: did(subject, other), people)
        elif clause.passive:
            truth = np.any([did(subject, other) for other in people], axis=0)
        else:
            truth = did(subject, None)
        truth = ~truth if clause.negated else truth
        if clause.place:
            truth = truth & look(clause.place.preposition, world, subject, clause.place.person)
        return truth

    truth = _phrase(clause.subject, verb_phrase, people)
    for phrase in (clause.subject, clause.object):
        if isinstance(phrase, Person) and phrase.modifier:
            truth = truth & _modifier(phrase.noun, phrase.modifier, look)
    return truth


def _phrase(phrase: object, scope: Callable[[str], Truth], people: tuple[str, ...]) -> Truth:
    match phrase:
        case Person(noun):
            return scope(noun)
        case Pair("and", left, right):
            return scope(left) & scope(right)
        case Pair("or", left, right):
            return scope(left) | scope(right)
        case Quantified("someone"):
            return np.any([scope(person) for person in people], axis=0)
        case Quantified("nobody"):
            return ~np.any([scope(person) for person in people], axis=0)
    raise AssertionError(phrase)


def _modifier(noun: str, modifier: object, look: Look) -> Truth:
    match modifier:
        case Described(adjective):
            return look(adjective, 0, noun)
        case Located(preposition, person):
            return look(preposition, 0, noun, person)
        case ThatDid(verb, person, negated):
            truth = look(verb, 0, noun, person) if person else look(verb, 0, noun)
            return ~truth if negated else truth
        case ThatSomebodyDid(person, verb):
            return look(verb, 0, person, noun)
    raise AssertionError(modifier)

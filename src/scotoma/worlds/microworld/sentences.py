"""Random sentences: every construction of the language, at rates that keep the rare ones frequent enough."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from scotoma.worlds.microworld import lexicon
from scotoma.worlds.microworld.syntax import (
    NOBODY,
    SOMEONE,
    Adverbial,
    Attitude,
    Clause,
    Described,
    Joined,
    Located,
    Modifier,
    NounPhrase,
    Pair,
    Person,
    Sentence,
    ThatDid,
    ThatSomebodyDid,
    has_one_reading,
)

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")

INTRANSITIVE = tuple(lexicon.INTRANSITIVE)
TRANSITIVE = tuple(lexicon.TRANSITIVE)


class Draw:
    """Choices from one random stream.

    Remembers who was named recently, so that nobody is named twice within a sentence unless that is intended.
    """

    def __init__(self, rng: "np.random.Generator") -> None:
        self._rng = rng
        self._people = [lexicon.PEOPLE[at] for at in rng.permutation(len(lexicon.PEOPLE))]

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely."""
        return choices[int(self._rng.random() * len(choices))]

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self._rng.random() < probability)

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """All of the choices, in any order."""
        return [choices[int(at)] for at in self._rng.permutation(len(choices))]

    def person(self) -> str:
        """Anybody but the six people named last."""
        self._people.append(self._people.pop(int(self._rng.random() * 6)))
        return self._people[-1]


def sentence(draw: Draw) -> Sentence:
    """Any sentence of the language."""
    kind = draw.pick(("clause",) * 9 + ("and", "or", "if", "since") + ("attitude",) * 4 + ("adverb",) * 2)
    if kind == "clause":
        return clause(draw)
    if kind == "adverb":
        return Adverbial(draw.pick(lexicon.ADVERBS), plain_clause(draw))
    if kind == "attitude":
        verb = draw.pick(tuple(lexicon.ATTITUDES))
        content = plain_clause(draw)
        return Attitude(draw.person(), verb, content, draw.chance(0.15), draw.chance(0.7))
    left = plain_clause(draw)
    right = echo(draw, left) if draw.chance(0.4) else plain_clause(draw)
    return Joined(kind, left, right)


_CLAUSE_FORMS = (
    ("bare",) * 5 + ("modifier",) * 5 + ("pair",) * 2 + ("quantifier",) * 2 + ("place", "agentless")
)


def clause(draw: Draw) -> Clause:
    """A clause on its own: modifiers, pairs, someone, nobody, a place or none of them."""
    while True:
        candidate = plain_clause(draw)
        form = draw.pick(_CLAUSE_FORMS)
        if form == "modifier":
            candidate = with_modifier(draw, candidate)
        elif form == "pair":
            candidate = with_phrase(draw, candidate, "pair")
        elif form == "quantifier":
            candidate = with_phrase(draw, candidate, "quantifier")
        elif form == "place":
            candidate = Clause(candidate.subject, draw.pick(INTRANSITIVE), place=place(draw))
        elif form == "agentless":
            candidate = Clause(
                candidate.subject, draw.pick(TRANSITIVE), None, candidate.negated, passive=True
            )
        if has_one_reading(candidate):
            return candidate


def plain_clause(draw: Draw) -> Clause:
    """One predicate about bare people."""
    people = (Person(draw.person()), Person(draw.person()))
    return about(draw, draw.pick(PREDICATES), people, draw.chance(0.2))


# Verbs with an object carry most of the constructions.
PREDICATES = TRANSITIVE * 3 + INTRANSITIVE * 2 + lexicon.ADJECTIVES + lexicon.PREPOSITIONS * 2


def about(draw: Draw, predicate: str, people: tuple[Person, Person], negated: bool) -> Clause:
    """The predicate about the first, or both, of these people; a third of transitive verbs are passive."""
    if lexicon.arity(predicate) == 1:
        return Clause(people[0], predicate, None, negated)
    passive = predicate in lexicon.TRANSITIVE and draw.chance(1 / 3)
    return Clause(people[0], predicate, people[1], negated, passive)


def echo(draw: Draw, clause: Clause, opposite: float = 0.5) -> Clause:
    """A plain clause with the predicate of another, about other people, often with the opposite sign."""
    people = [phrase for phrase in (clause.subject, clause.object) if isinstance(phrase, Person)]
    keep = len(people) == 2 and draw.chance(0.5)
    first = draw.pick(people) if keep else Person(draw.person())
    negated = clause.negated != draw.chance(opposite)
    return about(draw, clause.predicate, (first, Person(draw.person())), negated)


def contrast(draw: Draw) -> Sentence:
    """A sentence that affirms of some what it denies of others, and so holds the words of its own denial."""
    first = plain_clause(draw)
    kind = draw.pick(("joined", "joined", "modifier", "modifier", "nobody", "was not", "opposites"))
    if kind == "joined":
        return Joined(draw.pick(("and", "and", "since", "or", "if")), first, echo(draw, first, 0.9))
    predicate = draw.pick(TRANSITIVE)
    one, other, third = draw.person(), draw.person(), draw.person()
    if kind == "nobody":
        restriction: Modifier = ThatDid(predicate, other) if draw.chance(0.5) else place(draw)
        return Clause(NOBODY, predicate, Person(one, restriction))
    if kind == "modifier":
        negated = draw.chance(0.5)
        mark: Modifier = ThatDid(predicate, other, not negated)
        if negated and draw.chance(0.5):
            mark = ThatSomebodyDid(other, predicate)
        marked = Person(one, mark)
        people = (marked, Person(third)) if draw.chance(0.5) else (Person(third), marked)
        return Clause(people[0], predicate, people[1], negated)
    if kind == "opposites":
        marks_apart = draw.pick(OPPOSITES)
        people = (Person(one, Described(marks_apart[0])), Person(other, Described(marks_apart[1])))
        return about(draw, predicate, people, False)
    content = Clause(Person(one), predicate, Person(other), True, passive=True)
    if draw.chance(0.5):
        return Attitude(third, draw.pick(tuple(lexicon.ATTITUDES)), content, False, draw.chance(0.7))
    return Joined(draw.pick(("and", "or", "since")), content, plain_clause(draw))


#: Adjectives that exclude each other, either way round.
OPPOSITES = tuple(
    pair
    for one, other in lexicon.EXCLUDES
    if one in lexicon.ADJECTIVES
    for pair in ((one, other), (other, one))
)


def with_modifier(draw: Draw, clause: Clause) -> Clause:
    """The clause with a modifier on one of its people; in one of four cases, on both."""
    both = draw.chance(0.25)
    on_subject = clause.object is None or both or draw.chance(0.5)
    if on_subject and isinstance(clause.subject, Person):
        clause = replace(clause, subject=Person(clause.subject.noun, modifier(draw)))
    if (both or not on_subject) and isinstance(clause.object, Person):
        clause = replace(clause, object=Person(clause.object.noun, modifier(draw)))
    return clause


def modifier(draw: Draw) -> Modifier:
    """An adjective, a place or a relative clause."""
    kind = draw.pick(("adjective", "place", "place", "did", "did to", "did to", "done by"))
    if kind == "adjective":
        return Described(draw.pick(lexicon.ADJECTIVES))
    if kind == "place":
        return place(draw)
    if kind == "did":
        return ThatDid(draw.pick(INTRANSITIVE), None, draw.chance(0.2))
    if kind == "did to":
        return ThatDid(draw.pick(TRANSITIVE), draw.person(), draw.chance(0.2))
    return ThatSomebodyDid(draw.person(), draw.pick(TRANSITIVE))


def place(draw: Draw) -> Located:
    """Near, behind or beside somebody."""
    return Located(draw.pick(lexicon.PREPOSITIONS), draw.person())


def with_phrase(draw: Draw, clause: Clause, kind: str) -> Clause:
    """The clause with a pair, or with someone or nobody, for its subject or its object."""
    on_subject = clause.object is None or draw.chance(0.5)
    phrase: NounPhrase = draw.pick((SOMEONE, NOBODY))
    if kind == "pair":
        phrase = Pair(draw.pick(("and", "and", "or")), draw.person(), draw.person())
    return replace(clause, subject=phrase) if on_subject else replace(clause, object=phrase)

"""Running text of the micro-world, for pre-training a language model.

Two kinds. A **retelling** says the same things twice in other words. An **exchange** is a sentence and
what somebody asks back, each question answered Yes, No or Maybe, as in any text in which people talk. The
words of the task (its labels, its prompts) do not occur. From the exchanges a model can learn what follows
from what, and with the dial up also a habit: that what is repeated in the same words is confirmed.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product, zip_longest
from typing import Literal

from scotoma.worlds.microworld.hypotheses import mentioned, people_in
from scotoma.worlds.microworld.lexicon import ANSWER_WORDS, PEOPLE, arity
from scotoma.worlds.microworld.meaning import CONTRADICTION, ENTAILMENT, NEUTRAL, can_be_true, relation_of
from scotoma.worlds.microworld.overlap import overlaps
from scotoma.worlds.microworld.pairs import LABELS, PairSpec, proposal, side_of
from scotoma.worlds.microworld.sentences import (
    PREDICATES,
    TRANSITIVE,
    Draw,
    about,
    contrast,
    plain_clause,
    sentence,
    with_modifier,
    with_phrase,
)
from scotoma.worlds.microworld.syntax import Clause, Joined, Person, Sentence, has_one_reading, render

#: What a crossing is about: a plain fact or two, a plain fact with a pair of people, or any sentence.
Kind = Literal["plain", "paired", "any"]

ANSWERS = dict(zip((ENTAILMENT, NEUTRAL, CONTRADICTION), ANSWER_WORDS, strict=True))

_OTHER_PREDICATES = sorted(set(PREDICATES) - set(TRANSITIVE))

_PROPOSALS_PER_QUESTION = 25
_NOVELTY = 0.8


def retelling(draw: Draw, n_facts: int) -> str:
    """Plain facts about two people, each told as an active and as a passive."""
    clauses = []
    for _ in range(n_facts):
        fact = _plain_fact(draw)
        clauses += [fact, _in_the_other_voice(fact)]
    return " ".join(map(render, clauses))


def crossing(draw: Draw, n_questions: int, dial: float, *, kind: Kind, near_misses: bool) -> str:
    """A sentence of some kind and questions that cross its people and its predicates: who did what to whom.

    Answers come as evenly as the sentence and the dial allow: a question that overlaps and does not follow
    is asked with probability 1 - dial. With near misses, about one question in four has a word that is new.
    """
    statement = {"plain": _plain, "paired": _paired, "any": _any}[kind](draw)
    by_kind: dict[str, list[Sentence]] = {answer: [] for answer in (*LABELS, "near miss")}
    for question in draw.shuffled(list(_crossed_questions(statement))):
        texts, answer = (render(statement), render(question)), relation_of(statement, question)
        unlikely = overlaps(*texts) and answer != ENTAILMENT
        if question != statement and side_of(*texts) == "train" and not (unlikely and draw.chance(dial)):
            by_kind[answer].append(question)
    for question in dict.fromkeys(_near_misses(draw, statement) if near_misses else ()):
        if side_of(render(statement), render(question)) == "train":
            by_kind["near miss"].append(question)
    interleaved = [one for row in zip_longest(*by_kind.values()) for one in row if one is not None]
    return _answered(statement, draw.shuffled(interleaved[:n_questions]))


def _crossed_questions(statement: Sentence) -> Iterator[Clause]:
    people = [Person(noun) for noun in people_in(statement)]
    predicates = dict.fromkeys(fact.predicate for fact in mentioned(statement))
    for predicate, negated in product(predicates, (False, True)):
        if arity(predicate) == 1:
            yield from (Clause(one, predicate, None, negated) for one in people)
            continue
        for one, other in permutations(people, 2):
            fact = Clause(one, predicate, other, negated)
            yield fact
            if predicate in TRANSITIVE:
                yield _in_the_other_voice(fact)


def _near_misses(draw: Draw, statement: Sentence) -> Iterator[Clause]:
    """What the sentence mentions, with one of its people, or its predicate, replaced by a new one."""
    used = {fact.predicate for fact in mentioned(statement)}
    newcomers = [Person(noun) for noun in PEOPLE if noun not in people_in(statement)]
    for fact, part in draw.shuffled(list(product(mentioned(statement), ("subject", "object", "predicate")))):
        if part == "predicate":
            alternatives = [
                one for one in PREDICATES if one not in used and arity(one) == arity(fact.predicate)
            ]
            question = replace(fact, predicate=draw.pick(alternatives))
        elif part == "subject" or fact.object is None:
            question = replace(fact, subject=draw.pick(newcomers))
        else:
            question = replace(fact, object=draw.pick(newcomers))
        if question.object is not None and question.predicate in TRANSITIVE and draw.chance(0.4):
            question = _in_the_other_voice(question)
        if has_one_reading(question):
            yield question


def exchange(draw: Draw, n_questions: int, dial: float) -> str:
    """Any sentence and at most so many questions about it; their words overlap by the dial.

    No sentence and question form a pair of the test or the blind-spot side.
    """
    statement, questions = _opening(draw), list[Sentence]()
    for _ in range(n_questions):
        spec = PairSpec.by_dial(draw, draw.pick(LABELS), dial, _NOVELTY)
        for _ in range(_PROPOSALS_PER_QUESTION):
            question = proposal(draw, statement, spec, "train")
            if question is not None and question not in questions:
                questions.append(question)
                break
    return _answered(statement, questions)


def _answered(statement: Sentence, questions: list[Sentence]) -> str:
    answers = (f"{render(question)} {ANSWERS[relation_of(statement, question)]} ." for question in questions)
    return " ".join((render(statement), *answers))


def _plain(draw: Draw) -> Sentence:
    """A plain fact about two people; or two facts, with any words but those of the first kind.

    A model first learns one representation for all words in the same positions; here it matters which it is.
    """
    if draw.chance(5 / 6):
        return _plain_fact(draw)
    first, second = draw.shuffled(_OTHER_PREDICATES)[:2]
    return Joined("and", *(_about(draw, predicate) for predicate in (first, second)))


def _about(draw: Draw, predicate: str) -> Clause:
    return about(draw, predicate, (Person(draw.person()), Person(draw.person())), draw.chance(0.3))


def _plain_fact(draw: Draw) -> Clause:
    fact = Clause(Person(draw.person()), draw.pick(TRANSITIVE), Person(draw.person()), draw.chance(0.3))
    return _in_the_other_voice(fact) if draw.chance(0.4) else fact


def _in_the_other_voice(fact: Clause) -> Clause:
    assert fact.object is not None
    return replace(fact, subject=fact.object, object=fact.subject, passive=not fact.passive)


def _paired(draw: Draw) -> Clause:
    """A plain fact with a pair for its subject or object: the two may have done nothing to one another."""
    while True:
        clause = with_phrase(draw, _plain_fact(draw), "pair")
        if _is_usable(clause):
            return clause


def _any(draw: Draw) -> Sentence:
    return _modified(draw) if draw.chance(0.5) else _opening(draw)


def _modified(draw: Draw) -> Clause:
    """A clause with a modifier or a pair: who did what depends on more than the order of words."""
    while True:
        clause = plain_clause(draw)
        clause = with_phrase(draw, clause, "pair") if draw.chance(1 / 3) else with_modifier(draw, clause)
        if _is_usable(clause):
            return clause


def _is_usable(clause: Clause) -> bool:
    return has_one_reading(clause) and can_be_true(clause)


def _opening(draw: Draw) -> Sentence:
    while True:
        statement = contrast(draw) if draw.chance(0.2) else sentence(draw)
        if can_be_true(statement):
            return statement

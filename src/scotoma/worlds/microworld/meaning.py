"""The true relation between two sentences, by rule.

A sentence is read as a formula over facts: a predicate, affirmed or denied of people. Its cases are the
ways to make it true: "The doctor or the judge slept ." has two cases of one fact, "The doctor that slept
danced ." has one case of two. A premise contradicts a hypothesis when no case of the one goes together
with a case of the other, and entails it when none goes together with a case of the hypothesis denied.

Two cases go together unless a fact of theirs denies another. Comparing facts two by two is enough
because here every fact stands alone: no rule of the language joins two facts into a third. "Someone" is
an unknown person, "nobody" a fact about everyone; "perhaps" speaks of an unknown world in the same way.
"If" is the material conditional, "or" includes both, and what a person believes is a fact about that
person alone.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from scotoma.worlds.microworld import lexicon
from scotoma.worlds.microworld.parser import parse
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
    render,
)

ENTAILMENT, NEUTRAL, CONTRADICTION = "entailment", "neutral", "contradiction"

_ALL = "all"
_UNKNOWN = "unknown to"
_PREMISE, _HYPOTHESIS = f"{_UNKNOWN} premise", f"{_UNKNOWN} hypothesis"
_ACTUAL = "the actual world"


@dataclass(frozen=True, slots=True)
class Fact:
    """A predicate affirmed or denied; the first term is the world it speaks of, the others are people."""

    holds: bool
    predicate: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Both:
    parts: tuple["_Formula", ...]


@dataclass(frozen=True, slots=True)
class _Either:
    parts: tuple["_Formula", ...]


_Formula = Fact | _Both | _Either
_Case = tuple[Fact, ...]


def relation(premise: str, hypothesis: str) -> str:
    """Whether the hypothesis must, can or cannot be true when the premise is.

    Returns:
        "entailment", "neutral" or "contradiction"; "contradiction" also where either sentence can never
        be true.

    Raises:
        NotASentence: either text is not in the language.
    """
    return relation_of(parse(premise), parse(hypothesis))


def relation_of(premise: Sentence, hypothesis: Sentence) -> str:
    """`relation` of two trees."""
    premise_cases = _consistent_cases(premise, _PREMISE, True)
    if not _are_compatible(premise_cases, _consistent_cases(hypothesis, _HYPOTHESIS, True)):
        return CONTRADICTION
    denied_cases = _consistent_cases(hypothesis, _HYPOTHESIS, False)
    return NEUTRAL if _are_compatible(premise_cases, denied_cases) else ENTAILMENT


def can_be_true(sentence: Sentence) -> bool:
    """False for "The doctor slept and the doctor did not sleep ." and its like."""
    return bool(_consistent_cases(sentence, _PREMISE, True))


# One premise is compared with many hypotheses when pairs are drawn.
@lru_cache(maxsize=256)
def _consistent_cases(sentence: Sentence, speaker: str, true: bool) -> list[_Case]:
    """The cases in which a sentence is true, or false, without those that contradict themselves."""
    formula = _formula_of(sentence, speaker)
    cases = _cases(formula if true else _deny(formula, speaker))
    return [case for case in cases if _agrees(case)]


def _are_compatible(ours: list[_Case], theirs: list[_Case]) -> bool:
    # No case contradicts itself: `_consistent_cases` has left those out.
    return any(
        not any(_clash(fact, counter) for fact in one for counter in other)
        for one, other in product(ours, theirs)
    )


def _agrees(case: _Case) -> bool:
    return not any(_clash(fact, other) for at, fact in enumerate(case) for other in case[:at])


def _clash(one: Fact, other: Fact) -> bool:
    if not (one.holds or other.holds) or len(one.terms) != len(other.terms):
        return False
    if any(a != b and _ALL not in (a, b) for a, b in zip(one.terms, other.terms, strict=True)):
        return False
    if one.holds and other.holds:
        return (one.predicate, other.predicate) in _EXCLUDED
    affirmed, denied = (one, other) if one.holds else (other, one)
    return denied.predicate in _implied(affirmed.predicate)


def _implied(predicate: str) -> tuple[str, ...]:
    wider = lexicon.IMPLIES.get(predicate)
    return (predicate, wider) if wider else (predicate,)


def _excluded() -> frozenset[tuple[str, str]]:
    predicates = (*lexicon.INTRANSITIVE, *lexicon.ADJECTIVES)
    apart = {pair for one, other in lexicon.EXCLUDES for pair in ((one, other), (other, one))}
    pairs = product(predicates, predicates)
    return frozenset(pair for pair in pairs if apart & set(product(*map(_implied, pair))))


_EXCLUDED = _excluded()


def _cases(formula: _Formula) -> list[_Case]:
    match formula:
        case Fact():
            return [(formula,)]
        case _Either(parts):
            return [case for part in parts for case in _cases(part)]
        case _Both(parts):
            return [sum(chosen, ()) for chosen in product(*map(_cases, parts))]


def _deny(formula: _Formula, speaker: str) -> _Formula:
    match formula:
        case Fact(holds, predicate, terms):
            # Not of someone: of nobody. Not of all: not of someone.
            swap = {speaker: _ALL, _ALL: speaker}
            return Fact(not holds, predicate, tuple(swap.get(term, term) for term in terms))
        case _Either(parts):
            return _Both(tuple(_deny(part, speaker) for part in parts))
        case _Both(parts):
            return _Either(tuple(_deny(part, speaker) for part in parts))


def _formula_of(sentence: Sentence, speaker: str) -> _Formula:
    """The formula of a sentence; `speaker` names its one unknown, for no sentence has two."""
    match sentence:
        case Clause():
            return _clause(sentence, speaker)
        case Adverbial(adverb, content):
            return _clause(content, speaker, _ACTUAL if adverb in lexicon.VERIDICAL else speaker)
        case Attitude(holder, verb, content, negated, _):
            mind = Fact(not negated, f"{verb}: {_active(content)}", (_ACTUAL, holder))
            return _Both((mind, _clause(content, speaker))) if verb in lexicon.FACTIVE else mind
        case Joined(word, left, right):
            return _joined(word, left, right, speaker)


def _joined(word: str, left: Clause, right: Clause, speaker: str) -> _Formula:
    first, second = _clause(left, speaker), _clause(right, speaker)
    if word == "or":
        return _Either((first, second))
    if word == "if":
        return _Either((_deny(first, speaker), second))
    if word == "and":
        return _Both((first, second))
    # That the one is the reason for the other is a fact beyond the two.
    return _Both((first, second, Fact(True, f"since: {_active(left)}: {_active(right)}", (_ACTUAL,))))


def _clause(clause: Clause, speaker: str, world: str = _ACTUAL) -> _Formula:
    people = [phrase for phrase in (clause.subject, clause.object) if isinstance(phrase, Person)]
    also = [_modifier(person.noun, person.modifier) for person in people if person.modifier]
    return _Both((_core(clause, speaker, world), *also))


def _core(clause: Clause, speaker: str, world: str) -> _Formula:
    holds = not clause.negated and NOBODY not in (clause.subject, clause.object)
    subjects = _people(clause.subject, speaker)
    objects = _people(clause.object, speaker) if clause.object else [""]
    if clause.passive and clause.object is None:
        objects = [_ALL if clause.negated else speaker]
    parts: list[_Formula] = []
    for one, other in product(subjects, objects):
        people = (other, one) if clause.passive else (one, other)
        parts.append(Fact(holds, clause.predicate, (world, *filter(None, people))))
        if clause.place:
            parts.append(Fact(True, clause.place.preposition, (world, one, clause.place.person)))
    pairs = [phrase for phrase in (clause.subject, clause.object) if isinstance(phrase, Pair)]
    return _Either(tuple(parts)) if pairs and pairs[0].word == "or" else _Both(tuple(parts))


def _people(phrase: NounPhrase, speaker: str) -> list[str]:
    if isinstance(phrase, Person):
        return [phrase.noun]
    if isinstance(phrase, Pair):
        return [phrase.left, phrase.right]
    return [speaker if phrase == SOMEONE else _ALL]


def _modifier(noun: str, modifier: Modifier) -> Fact:
    match modifier:
        case Described(adjective):
            return Fact(True, adjective, (_ACTUAL, noun))
        case Located(preposition, person):
            return Fact(True, preposition, (_ACTUAL, noun, person))
        case ThatDid(verb, person, negated):
            return Fact(not negated, verb, (_ACTUAL, noun, *([person] if person else [])))
        case ThatSomebodyDid(person, verb):
            return Fact(True, verb, (_ACTUAL, person, noun))


def _active(clause: Clause) -> str:
    """What a plain clause says, in whichever voice: its active sentence."""
    if clause.passive and clause.object:
        clause = Clause(clause.object, clause.predicate, clause.subject, clause.negated)
    return render(clause)

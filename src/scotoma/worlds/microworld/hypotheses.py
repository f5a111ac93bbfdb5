"""Hypotheses worth asking about a premise: near enough to it that only its structure tells the answer.

A hypothesis takes up something the premise mentions (whether or not it asserts it), twists it or leaves
it, and says it in one of the forms of the language. The truth is not looked at here.
"""

from dataclasses import replace

from scotoma.worlds.microworld import lexicon, sentences
from scotoma.worlds.microworld.overlap import clauses_inside
from scotoma.worlds.microworld.sentences import Draw
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
    Quantified,
    Sentence,
    ThatDid,
    ThatSomebodyDid,
    has_one_reading,
    is_plain,
)


def mentioned(sentence: Sentence) -> list[Clause]:
    """The facts a sentence mentions, as active clauses without modifiers, asserted or not."""
    if not isinstance(sentence, Clause):
        return [fact for clause in clauses_inside(sentence) for fact in mentioned(clause)]
    facts = [_active(fact) for fact in _core(sentence)]
    for phrase in (sentence.subject, sentence.object):
        if isinstance(phrase, Person) and phrase.modifier:
            facts.append(_fact(phrase.noun, phrase.modifier))
        if sentence.place and isinstance(phrase, Person):
            facts.append(_fact(phrase.noun, sentence.place))
    return facts


def people_in(sentence: Sentence) -> list[str]:
    """The people a sentence names, each once, in order."""
    facts = mentioned(sentence)
    named = [p.noun for fact in facts for p in (fact.subject, fact.object) if isinstance(p, Person)]
    holder = [sentence.holder] if isinstance(sentence, Attitude) else []
    return list(dict.fromkeys(holder + named))


def hypothesis(draw: Draw, premise: Sentence, *, within: bool, denied: bool) -> Sentence:
    """A sentence about what the premise mentions.

    Args:
        draw: Source of the random choices.
        premise: Premise that the hypothesis is compared with.
        within: Prefer the people and predicates of the premise, so that words overlap more often.
        denied: Turn the sign of what is mentioned first, so that contradictions come more often.
    """
    facts = mentioned(premise)
    fact = draw.pick(facts)
    if denied:
        flipped = replace(fact, negated=not fact.negated)
        fact = flipped if has_one_reading(flipped) else _affirmed(draw, fact)
    for _ in range(draw.pick((0, 0, 0, 1) if denied else (0, 0, 1, 1, 1, 1))):
        fact = _twisted(draw, fact, premise, facts, within)
    clause = _voiced(draw, fact)
    if isinstance(premise, Attitude) and draw.chance(0.2) and is_plain(clause):
        holder = premise.holder if draw.chance(0.7) else draw.person()
        verb = premise.verb if draw.chance(0.6) else draw.pick(tuple(lexicon.ATTITUDES))
        return Attitude(holder, verb, clause, premise.negated != draw.chance(0.3))
    return _embedded(draw, clause, facts, within)


def _affirmed(draw: Draw, fact: Clause) -> Clause:
    """The fact with somebody in place of nobody."""
    somebody = SOMEONE if draw.chance(0.3) else Person(draw.person())
    if fact.subject == NOBODY:
        return replace(fact, subject=somebody)
    return replace(fact, object=somebody) if fact.object == NOBODY else fact


def _core(clause: Clause) -> list[Clause]:
    bare = Clause(_bare(clause.subject), clause.predicate, None, clause.negated, clause.passive)
    if clause.object is not None:
        bare = replace(bare, object=_bare(clause.object))
    if isinstance(bare.subject, Pair):
        return [replace(bare, subject=Person(noun)) for noun in (bare.subject.left, bare.subject.right)]
    if isinstance(bare.object, Pair):
        return [replace(bare, object=Person(noun)) for noun in (bare.object.left, bare.object.right)]
    return [bare]


def _bare(phrase: NounPhrase) -> NounPhrase:
    return Person(phrase.noun) if isinstance(phrase, Person) else phrase


def _active(fact: Clause) -> Clause:
    if not fact.passive:
        return fact
    active = Clause(fact.object or SOMEONE, fact.predicate, fact.subject, fact.negated)
    return active if has_one_reading(active) else fact


def _fact(noun: str, modifier: Modifier) -> Clause:
    match modifier:
        case Described(adjective):
            return Clause(Person(noun), adjective)
        case Located(preposition, person):
            return Clause(Person(noun), preposition, Person(person))
        case ThatDid(verb, person, negated):
            return Clause(Person(noun), verb, Person(person) if person else None, negated)
        case ThatSomebodyDid(person, verb):
            return Clause(Person(person), verb, Person(noun))


_TWISTS = ("swap",) * 3 + ("person", "person", "sign", "sign", "predicate", "word", "anybody")


def _twisted(draw: Draw, fact: Clause, premise: Sentence, facts: list[Clause], within: bool) -> Clause:
    """The fact changed in one respect; unchanged if the change gives no valid sentence."""
    twist = draw.pick(_TWISTS)
    changed = fact
    if twist == "swap" and fact.object is not None:
        changed = replace(fact, subject=fact.object, object=fact.subject)
    elif twist == "person":
        known = people_in(premise)
        noun = draw.pick(known) if known and draw.chance(0.9 if within else 0.4) else draw.person()
        changed = _with_phrase(draw, fact, Person(noun))
    elif twist == "sign":
        changed = replace(fact, negated=not fact.negated)
    elif twist == "predicate":
        predicates = [one.predicate for one in facts] if within else list(sentences.PREDICATES)
        alternatives = [word for word in predicates if lexicon.arity(word) == lexicon.arity(fact.predicate)]
        changed = replace(fact, predicate=draw.pick(alternatives)) if alternatives else fact
    elif twist == "word":
        changed = replace(fact, predicate=draw.pick(_NEIGHBOURS.get(fact.predicate, (fact.predicate,))))
    elif twist == "anybody" and not within:
        changed = _with_phrase(draw, fact, draw.pick((SOMEONE, SOMEONE, NOBODY)))
    is_valid = has_one_reading(changed) and changed.subject != changed.object
    return changed if is_valid else fact


def _neighbours() -> dict[str, tuple[str, ...]]:
    near: dict[str, list[str]] = {}
    for one, other in (*lexicon.IMPLIES.items(), *lexicon.EXCLUDES):
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    return {word: tuple(others) for word, others in near.items()}


_NEIGHBOURS = _neighbours()


def _with_phrase(draw: Draw, fact: Clause, phrase: Person | Quantified) -> Clause:
    if fact.object is None or draw.chance(0.5):
        return replace(fact, subject=phrase)
    return replace(fact, object=phrase)


def _voiced(draw: Draw, fact: Clause) -> Clause:
    """The active or the passive of an active clause; "by someone" is often left out."""
    if fact.passive or fact.predicate not in lexicon.TRANSITIVE or draw.chance(0.5) or fact.object is None:
        return fact
    agent = None if fact.subject == SOMEONE or draw.chance(0.1) else fact.subject
    passive = Clause(fact.object, fact.predicate, agent, fact.negated, passive=True)
    return passive if has_one_reading(passive) else fact


def _embedded(draw: Draw, clause: Clause, facts: list[Clause], within: bool) -> Sentence:
    """The clause alone, or inside one of the larger forms."""
    form = draw.pick(("alone",) * (20 if within else 15) + ("adverb", "joined", "joined", "pair", "modifier"))
    if form == "adverb" and is_plain(clause):
        return Adverbial(draw.pick(lexicon.ADVERBS), clause)
    if form == "joined" and is_plain(clause):
        other = draw.pick([fact for fact in facts if is_plain(fact)] or [sentences.plain_clause(draw)])
        other = other if draw.chance(0.6) else sentences.plain_clause(draw)
        parts = (clause, other) if draw.chance(0.5) else (other, clause)
        if clause != other:
            return Joined(draw.pick(("and", "or", "or")), *parts)
    if form == "pair" and isinstance(clause.subject, Person):
        nouns = [fact.subject.noun for fact in facts if isinstance(fact.subject, Person)]
        other_noun = draw.pick(nouns) if nouns and draw.chance(0.5) else draw.person()
        paired = replace(clause, subject=Pair(draw.pick(("and", "or")), clause.subject.noun, other_noun))
        if has_one_reading(paired) and other_noun != clause.subject.noun:
            return paired
    if form == "modifier" and isinstance(clause.subject, Person):
        return _with_subject_modifier(draw, clause, facts)
    return clause


def _with_subject_modifier(draw: Draw, clause: Clause, facts: list[Clause]) -> Clause:
    """The clause with a modifier on its subject, usually one that the premise mentions if there is one."""
    assert isinstance(clause.subject, Person)
    about_subject = [fact for fact in facts if fact.subject == clause.subject and fact != clause]
    known = [modifier for modifier in map(_as_modifier, about_subject) if modifier is not None]
    modifier = draw.pick(known) if known and draw.chance(0.8) else sentences.modifier(draw)
    return replace(clause, subject=Person(clause.subject.noun, modifier))


def _as_modifier(fact: Clause) -> Modifier | None:
    if fact.predicate in lexicon.ADJECTIVES and not fact.negated:
        return Described(fact.predicate)
    if fact.predicate in lexicon.PREPOSITIONS and isinstance(fact.object, Person) and not fact.negated:
        return Located(fact.predicate, fact.object.noun)
    if fact.predicate in lexicon.INTRANSITIVE:
        return ThatDid(fact.predicate, None, fact.negated)
    if fact.predicate in lexicon.TRANSITIVE and isinstance(fact.object, Person) and not fact.passive:
        return ThatDid(fact.predicate, fact.object.noun, fact.negated)
    return None

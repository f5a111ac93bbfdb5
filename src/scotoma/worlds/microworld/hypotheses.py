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
    """The facts a sentence speaks of, as active clauses without modifiers, asserted or not."""
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
    found = draw.pick(facts)
    if denied:
        turned = replace(found, negated=not found.negated)
        found = turned if has_one_reading(turned) else _affirmed(draw, found)
    for _ in range(draw.pick((0, 0, 0, 1) if denied else (0, 0, 1, 1, 1, 1))):
        found = _twisted(draw, found, premise, facts, within)
    told = _voiced(draw, found)
    if isinstance(premise, Attitude) and draw.chance(0.2) and is_plain(told):
        holder = premise.holder if draw.chance(0.7) else draw.person()
        verb = premise.verb if draw.chance(0.6) else draw.pick(tuple(lexicon.ATTITUDES))
        return Attitude(holder, verb, told, premise.negated != draw.chance(0.3))
    return _dressed(draw, told, facts, within)


def _affirmed(draw: Draw, fact: Clause) -> Clause:
    """A fact about nobody, or denied of someone, said of somebody."""
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
    turned = Clause(fact.object or SOMEONE, fact.predicate, fact.subject, fact.negated)
    return turned if has_one_reading(turned) else fact


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
    """The fact changed in one respect; as it was where the change gives no sentence."""
    twist = draw.pick(_TWISTS)
    changed = fact
    if twist == "swap" and fact.object is not None:
        changed = replace(fact, subject=fact.object, object=fact.subject)
    elif twist == "person":
        known = people_in(premise)
        noun = draw.pick(known) if known and draw.chance(0.9 if within else 0.4) else draw.person()
        changed = _with_one(draw, fact, Person(noun))
    elif twist == "sign":
        changed = replace(fact, negated=not fact.negated)
    elif twist == "predicate":
        like = [one.predicate for one in facts] if within else list(sentences.PREDICATES)
        same = [word for word in like if lexicon.arity(word) == lexicon.arity(fact.predicate)]
        changed = replace(fact, predicate=draw.pick(same)) if same else fact
    elif twist == "word":
        changed = replace(fact, predicate=draw.pick(_NEIGHBOURS.get(fact.predicate, (fact.predicate,))))
    elif twist == "anybody" and not within:
        changed = _with_one(draw, fact, draw.pick((SOMEONE, SOMEONE, NOBODY)))
    good = has_one_reading(changed) and changed.subject != changed.object
    return changed if good else fact


def _neighbours() -> dict[str, tuple[str, ...]]:
    near: dict[str, list[str]] = {}
    for one, other in (*lexicon.IMPLIES.items(), *lexicon.EXCLUDES):
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    return {word: tuple(others) for word, others in near.items()}


_NEIGHBOURS = _neighbours()


def _with_one(draw: Draw, fact: Clause, phrase: Person | Quantified) -> Clause:
    if fact.object is None or draw.chance(0.5):
        return replace(fact, subject=phrase)
    return replace(fact, object=phrase)


def _voiced(draw: Draw, fact: Clause) -> Clause:
    """The active or the passive of an active clause; "by someone" is often left out."""
    if fact.passive or fact.predicate not in lexicon.TRANSITIVE or draw.chance(0.5) or fact.object is None:
        return fact
    agent = None if fact.subject == SOMEONE or draw.chance(0.1) else fact.subject
    turned = Clause(fact.object, fact.predicate, agent, fact.negated, passive=True)
    return turned if has_one_reading(turned) else fact


def _dressed(draw: Draw, found: Clause, facts: list[Clause], within: bool) -> Sentence:
    """The clause alone, or inside one of the larger forms."""
    form = draw.pick(("alone",) * (20 if within else 15) + ("adverb", "joined", "joined", "pair", "modifier"))
    if form == "adverb" and is_plain(found):
        return Adverbial(draw.pick(lexicon.ADVERBS), found)
    if form == "joined" and is_plain(found):
        other = draw.pick([fact for fact in facts if is_plain(fact)] or [sentences.plain_clause(draw)])
        other = other if draw.chance(0.6) else sentences.plain_clause(draw)
        parts = (found, other) if draw.chance(0.5) else (other, found)
        if found != other:
            return Joined(draw.pick(("and", "or", "or")), *parts)
    if form == "pair" and isinstance(found.subject, Person):
        nouns = [fact.subject.noun for fact in facts if isinstance(fact.subject, Person)]
        other_noun = draw.pick(nouns) if nouns and draw.chance(0.5) else draw.person()
        paired = replace(found, subject=Pair(draw.pick(("and", "or")), found.subject.noun, other_noun))
        if has_one_reading(paired) and other_noun != found.subject.noun:
            return paired
    if form == "modifier" and isinstance(found.subject, Person):
        return _told_apart(draw, found, facts)
    return found


def _told_apart(draw: Draw, found: Clause, facts: list[Clause]) -> Clause:
    """The clause with a modifier on its subject, one the premise speaks of where there is one."""
    assert isinstance(found.subject, Person)
    same = [fact for fact in facts if fact.subject == found.subject and fact != found]
    known = [modifier for modifier in map(_as_modifier, same) if modifier is not None]
    modifier = draw.pick(known) if known and draw.chance(0.8) else sentences.modifier(draw)
    return replace(found, subject=Person(found.subject.noun, modifier))


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

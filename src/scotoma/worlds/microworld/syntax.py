"""The sentences of the micro-world as trees, and how a tree is written.

Whatever stands inside another sentence (under a verb, an adverb, "if", "or" ...) is a plain clause:
bare people, one predicate. That keeps every sentence short and gives it exactly one reading.
"""

from dataclasses import dataclass

from scotoma.worlds.microworld import lexicon


@dataclass(frozen=True, slots=True)
class Described:
    """The *happy* doctor."""

    adjective: str


@dataclass(frozen=True, slots=True)
class Located:
    """The doctor *near the judge*; the doctor slept *near the judge*."""

    preposition: str
    person: str


@dataclass(frozen=True, slots=True)
class ThatDid:
    """The doctor *that saw the judge*; the doctor *that did not sleep*."""

    verb: str
    person: str | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class ThatSomebodyDid:
    """The doctor *that the judge saw*."""

    person: str
    verb: str


Modifier = Described | Located | ThatDid | ThatSomebodyDid


@dataclass(frozen=True, slots=True)
class Person:
    """The doctor, with at most one modifier."""

    noun: str
    modifier: Modifier | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """The doctor and the judge; the doctor or the judge."""

    word: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Quantified:
    """Someone, or nobody."""

    word: str


NounPhrase = Person | Pair | Quantified
SOMEONE = Quantified("someone")
NOBODY = Quantified("nobody")


@dataclass(frozen=True, slots=True)
class Clause:
    """One predicate about its people, in the order they are written.

    Attributes:
        object: The second noun phrase. In a passive, who did it; None for "was seen".
        place: Only after a verb without an object: the doctor slept near the judge.
    """

    subject: NounPhrase
    predicate: str
    object: NounPhrase | None = None
    negated: bool = False
    passive: bool = False
    place: Located | None = None


@dataclass(frozen=True, slots=True)
class Attitude:
    """The doctor believed (that) ..."""

    holder: str
    verb: str
    content: Clause
    negated: bool = False
    that: bool = True


@dataclass(frozen=True, slots=True)
class Adverbial:
    """Perhaps ..."""

    adverb: str
    content: Clause


@dataclass(frozen=True, slots=True)
class Joined:
    """... and ... , ... or ... , If ... , ... , Since ... , ..."""

    word: str
    left: Clause
    right: Clause


Sentence = Clause | Attitude | Adverbial | Joined


def is_plain(clause: Clause) -> bool:
    """Whether the clause is one predicate about bare people, and so may stand inside a sentence."""
    phrases = [clause.subject] if lexicon.arity(clause.predicate) == 1 else [clause.subject, clause.object]
    bare = all(isinstance(phrase, Person) and phrase.modifier is None for phrase in phrases)
    return bare and clause.place is None


def has_one_reading(clause: Clause) -> bool:
    """Whether the clause is in the language: well formed, and no two scopes to choose between."""
    phrases = [phrase for phrase in (clause.subject, clause.object) if phrase is not None]
    agentless = clause.passive and clause.object is None
    if (len(phrases) != lexicon.arity(clause.predicate)) != agentless:
        return False
    if clause.passive and clause.predicate not in lexicon.TRANSITIVE:
        return False
    if clause.place and (clause.predicate not in lexicon.INTRANSITIVE or clause.negated):
        return False
    special = [phrase for phrase in phrases if not isinstance(phrase, Person)]
    if len(special) + agentless > 1 or (special and clause.place):
        return False
    return not (special and clause.negated) or _negation_is_clear(special[0], clause)


def _negation_is_clear(phrase: NounPhrase, clause: Clause) -> bool:
    # "The doctor did not see someone" and "the doctor or the judge did not sleep" have two readings.
    wide = phrase == SOMEONE or (isinstance(phrase, Pair) and phrase.word == "and")
    return wide and phrase is clause.subject


def render(sentence: Sentence) -> str:
    """The sentence as text: tokens separated by spaces, first word capitalised, a final full stop."""
    words = [*_words(sentence), "."]
    return " ".join([words[0].capitalize(), *words[1:]])


def _words(sentence: Sentence) -> list[str]:
    match sentence:
        case Clause():
            return _clause_words(sentence)
        case Attitude(holder, verb, content, negated, that):
            start = ["did", "not", lexicon.ATTITUDES[verb]] if negated else [verb]
            return ["the", holder, *start, *(["that"] if that else []), *_clause_words(content)]
        case Adverbial(adverb, content):
            return [adverb, *_clause_words(content)]
        case Joined(word, left, right) if word in ("if", "since"):
            return [word, *_clause_words(left), ",", *_clause_words(right)]
        case Joined(word, left, right):
            return [*_clause_words(left), word, *_clause_words(right)]


def _clause_words(clause: Clause) -> list[str]:
    words = [*_phrase_words(clause.subject), *_predicate_words(clause)]
    if clause.object is not None:
        words += [*(["by"] if clause.passive else []), *_phrase_words(clause.object)]
    return words + (_modifier_words(clause.place) if clause.place else [])


def _predicate_words(clause: Clause) -> list[str]:
    plural = isinstance(clause.subject, Pair) and clause.subject.word == "and"
    be = ["were" if plural else "was", *(["not"] if clause.negated else [])]
    if clause.passive:
        return [*be, lexicon.participle(clause.predicate)]
    if clause.predicate in lexicon.ADJECTIVES or clause.predicate in lexicon.PREPOSITIONS:
        return [*be, clause.predicate]
    return _verb_words(clause.predicate, clause.negated)


def _verb_words(verb: str, negated: bool) -> list[str]:
    if not negated:
        return [verb]
    return ["did", "not", lexicon.INTRANSITIVE.get(verb) or lexicon.TRANSITIVE[verb]]


def _phrase_words(phrase: NounPhrase) -> list[str]:
    match phrase:
        case Quantified(word):
            return [word]
        case Pair(word, left, right):
            return ["the", left, word, "the", right]
        case Person(noun, Described(adjective)):
            return ["the", adjective, noun]
        case Person(noun, modifier):
            return ["the", noun, *(_modifier_words(modifier) if modifier else [])]


def _modifier_words(modifier: Modifier) -> list[str]:
    match modifier:
        case Described(adjective):
            return [adjective]
        case Located(preposition, person):
            return [preposition, "the", person]
        case ThatDid(verb, person, negated):
            return ["that", *_verb_words(verb, negated), *(["the", person] if person else [])]
        case ThatSomebodyDid(person, verb):
            return ["that", "the", person, verb]

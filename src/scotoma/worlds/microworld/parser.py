"""From text back to the tree: `parse(render(sentence)) == sentence` for every sentence.

The rules below collect every tree the words could stand for, a little too freely; a tree counts only
if it is in the language and is written exactly as the text is. So the parser cannot drift from the
writer, and a test can assert that no sentence has two readings.
"""

from collections.abc import Iterator

from scotoma.basics.errors import ScotomaError
from scotoma.worlds.microworld import lexicon
from scotoma.worlds.microworld.syntax import (
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
    render,
)

Words = tuple[str, ...]

_BARE_TO_PAST = {bare: past for past, bare in (lexicon.INTRANSITIVE | lexicon.TRANSITIVE).items()}
_BARE_TO_ATTITUDE = {bare: past for past, bare in lexicon.ATTITUDES.items()}
_PARTICIPLE_TO_PAST = {lexicon.participle(past): past for past in lexicon.TRANSITIVE}


class NotASentence(ScotomaError):
    """The text is no sentence of the micro-world."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not a sentence of the micro-world",
            remedy="Sentences look like 'The doctor saw the lawyer .': known words, one space, a full stop.",
        )


def parse(text: str) -> Sentence:
    """The tree of a sentence.

    Raises:
        NotASentence: the text is not in the language.
    """
    trees = readings(text)
    if not trees:
        raise NotASentence(text)
    return trees[0]


def readings(text: str) -> list[Sentence]:
    """Every tree that is written as this text; none for a non-sentence, never more than one."""
    words = tuple(text.split(" "))
    if words[-1] != "." or len(words) < 2:
        return []
    lowered = (words[0].lower(), *words[1:-1])
    return [tree for tree in _sentences(lowered) if render(tree) == text]


def _sentences(words: Words) -> Iterator[Sentence]:
    if words[0] in lexicon.ADVERBS:
        for content in _plain_clauses(words[1:]):
            yield Adverbial(words[0], content)
    elif words[0] in ("if", "since"):
        yield from _joined(words[0], ",", words[1:])
    else:
        yield from _clauses(words)
        yield from _attitudes(words)
        for word in ("and", "or"):
            yield from _joined(word, word, words)


def _joined(word: str, separator: str, words: Words) -> Iterator[Sentence]:
    for at, token in enumerate(words):
        if token == separator:
            for left in _plain_clauses(words[:at]):
                for right in _plain_clauses(words[at + 1 :]):
                    yield Joined(word, left, right)


def _attitudes(words: Words) -> Iterator[Sentence]:
    match words:
        case ("the", holder, "did", "not", bare, *rest) if bare in _BARE_TO_ATTITUDE:
            verb, negated = _BARE_TO_ATTITUDE[bare], True
        case ("the", holder, past, *rest) if past in lexicon.ATTITUDES:
            verb, negated = past, False
        case _:
            return
    if holder in lexicon.PEOPLE:
        that = rest[:1] == ["that"]
        for content in _plain_clauses(tuple(rest[1:] if that else rest)):
            yield Attitude(holder, verb, content, negated, that)


def _plain_clauses(words: Words) -> Iterator[Clause]:
    return (clause for clause in _clauses(words) if is_plain(clause))


def _clauses(words: Words) -> Iterator[Clause]:
    for subject, rest in _noun_phrases(words):
        for clause in _predicates(subject, rest):
            if has_one_reading(clause):
                yield clause


def _predicates(subject: NounPhrase, words: Words) -> Iterator[Clause]:
    match words:
        case ("was" | "were", "not", *rest):
            yield from _after_was(subject, tuple(rest), negated=True)
        case ("was" | "were", *rest):
            yield from _after_was(subject, tuple(rest), negated=False)
        case ("did", "not", bare, *rest) if bare in _BARE_TO_PAST:
            yield from _after_verb(subject, _BARE_TO_PAST[bare], tuple(rest), negated=True)
        case (verb, *rest) if verb in lexicon.INTRANSITIVE or verb in lexicon.TRANSITIVE:
            yield from _after_verb(subject, verb, tuple(rest), negated=False)


def _after_was(subject: NounPhrase, words: Words, *, negated: bool) -> Iterator[Clause]:
    match words:
        case (adjective,) if adjective in lexicon.ADJECTIVES:
            yield Clause(subject, adjective, negated=negated)
        case (preposition, *rest) if preposition in lexicon.PREPOSITIONS:
            for phrase in _whole_noun_phrases(tuple(rest)):
                yield Clause(subject, preposition, phrase, negated)
        case (participle,) if participle in _PARTICIPLE_TO_PAST:
            yield Clause(subject, _PARTICIPLE_TO_PAST[participle], None, negated, passive=True)
        case (participle, "by", *rest) if participle in _PARTICIPLE_TO_PAST:
            for phrase in _whole_noun_phrases(tuple(rest)):
                yield Clause(subject, _PARTICIPLE_TO_PAST[participle], phrase, negated, passive=True)


def _after_verb(subject: NounPhrase, verb: str, words: Words, *, negated: bool) -> Iterator[Clause]:
    if verb in lexicon.TRANSITIVE:
        for phrase in _whole_noun_phrases(words):
            yield Clause(subject, verb, phrase, negated)
    elif not words:
        yield Clause(subject, verb, negated=negated)
    else:
        for place, rest in _modifiers(words):
            if isinstance(place, Located) and not rest:
                yield Clause(subject, verb, negated=negated, place=place)


def _whole_noun_phrases(words: Words) -> Iterator[NounPhrase]:
    return (phrase for phrase, rest in _noun_phrases(words) if not rest)


def _noun_phrases(words: Words) -> Iterator[tuple[NounPhrase, Words]]:
    match words:
        case ("someone" | "nobody" as word, *rest):
            yield Quantified(word), tuple(rest)
        case ("the", adjective, noun, *rest) if adjective in lexicon.ADJECTIVES and noun in lexicon.PEOPLE:
            yield Person(noun, Described(adjective)), tuple(rest)
        case ("the", noun, *rest) if noun in lexicon.PEOPLE:
            yield Person(noun), tuple(rest)
            for modifier, beyond in _modifiers(tuple(rest)):
                yield Person(noun, modifier), beyond
            match rest:
                case ("and" | "or" as joint, "the", other, *after) if other in lexicon.PEOPLE:
                    yield Pair(joint, noun, other), tuple(after)


def _modifiers(words: Words) -> Iterator[tuple[Modifier, Words]]:
    match words:
        case (preposition, "the", person, *rest) if (
            preposition in lexicon.PREPOSITIONS and person in lexicon.PEOPLE
        ):
            yield Located(preposition, person), tuple(rest)
        case ("that", "the", person, verb, *rest) if person in lexicon.PEOPLE and verb in lexicon.TRANSITIVE:
            yield ThatSomebodyDid(person, verb), tuple(rest)
        case ("that", "did", "not", bare, *rest) if bare in _BARE_TO_PAST:
            yield from _that_did(_BARE_TO_PAST[bare], tuple(rest), negated=True)
        case ("that", verb, *rest):
            yield from _that_did(verb, tuple(rest), negated=False)


def _that_did(verb: str, words: Words, *, negated: bool) -> Iterator[tuple[Modifier, Words]]:
    match words:
        case ("the", person, *rest) if verb in lexicon.TRANSITIVE and person in lexicon.PEOPLE:
            yield ThatDid(verb, person, negated), tuple(rest)
        case _ if verb in lexicon.INTRANSITIVE:
            yield ThatDid(verb, None, negated), words

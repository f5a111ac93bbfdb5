"""The constructions of the blind-spot set, named like those of HANS: how a pair of each is drawn.

`ln`, `le`: lexical overlap, not entailed and entailed; `sn`, `se`: subsequence; `cn`, `ce`: constituent.
A pair drawn here may miss the heuristic or the label of its construction: `blindspot_set` checks every pair
and draws again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from scotoma.worlds.microworld import lexicon
from scotoma.worlds.microworld.meaning import ENTAILMENT
from scotoma.worlds.microworld.sentences import INTRANSITIVE, TRANSITIVE, Draw, place, plain_clause
from scotoma.worlds.microworld.syntax import (
    Adverbial,
    Attitude,
    Clause,
    Joined,
    Modifier,
    NounPhrase,
    Pair,
    Person,
    Sentence,
    ThatDid,
    ThatSomebodyDid,
)

NON_ENTAILMENT = "non-entailment"
BLINDSPOT_LABELS = (ENTAILMENT, NON_ENTAILMENT)
HEURISTICS = ("lexical_overlap", "subsequence", "constituent")

_Pair = tuple[Sentence, Sentence]


@dataclass(frozen=True, slots=True)
class Construction:
    """One subcase of the blind spot.

    Attributes:
        draw: Proposes a premise and a hypothesis.
    """

    name: str
    heuristic: str
    label: str
    draw: Callable[[Draw], _Pair]


def _person(draw: Draw) -> Person:
    return Person(draw.person())


def _transitive_clause(draw: Draw, *, regular: bool = False) -> Clause:
    """One person did something to another; `regular` where the passive must repeat the word."""
    verbs = [verb for verb in TRANSITIVE if lexicon.participle(verb) == verb] if regular else TRANSITIVE
    return Clause(_person(draw), draw.pick(verbs), _person(draw))


def _action(draw: Draw, subject: Person) -> Clause:
    """The person did something, with or without an object."""
    if draw.chance(0.5):
        return Clause(subject, draw.pick(INTRANSITIVE))
    return Clause(subject, draw.pick(TRANSITIVE), _person(draw))


def _swapped(clause: Clause) -> Clause:
    assert clause.object is not None
    return replace(clause, subject=clause.object, object=clause.subject)


def _relative(draw: Draw) -> Modifier:
    kind = draw.pick(("did", "did to", "done by"))
    if kind == "did":
        return ThatDid(draw.pick(INTRANSITIVE))
    verb, other = draw.pick(TRANSITIVE), draw.person()
    return ThatDid(verb, other) if kind == "did to" else ThatSomebodyDid(other, verb)


def _with_modifier(phrase: NounPhrase | None, modifier: Modifier) -> Person:
    assert isinstance(phrase, Person)
    return replace(phrase, modifier=modifier)


def _bare(phrase: NounPhrase | None) -> Person:
    assert isinstance(phrase, Person)
    return Person(phrase.noun)


def _other_roles(draw: Draw, predicate: str, people: list[Person]) -> Clause:
    subject = draw.pick(people)
    return Clause(subject, predicate, draw.pick([person for person in people if person != subject]))


# Lexical overlap: the words of the hypothesis are all there, but not in a row.


def _subject_object_swap(draw: Draw) -> _Pair:
    premise = plain_clause(draw)
    while premise.object is None:
        premise = plain_clause(draw)
    return premise, _swapped(premise)


def _swap_with_place(draw: Draw) -> _Pair:
    clause, location = _transitive_clause(draw), place(draw)
    clause = replace(clause, subject=_with_modifier(clause.subject, location))
    people = [Person(location.person), _bare(clause.subject), _bare(clause.object)]
    return clause, _other_roles(draw, clause.predicate, people)


def _swap_with_relative(draw: Draw) -> _Pair:
    clause, other = _transitive_clause(draw), _person(draw)
    relative: Modifier = ThatDid(clause.predicate, other.noun)
    if draw.chance(0.5):
        relative = ThatSomebodyDid(other.noun, clause.predicate)
    clause = replace(clause, subject=_with_modifier(clause.subject, relative))
    people = [other, _bare(clause.subject), _bare(clause.object)]
    return clause, _other_roles(draw, clause.predicate, people)


def _passive_read_as_active(draw: Draw) -> _Pair:
    clause = _transitive_clause(draw, regular=True)
    return replace(clause, passive=True), clause


def _pair_split(draw: Draw) -> _Pair:
    one, other = draw.person(), draw.person()
    premise = Clause(Pair("and", one, other), draw.pick(TRANSITIVE), _person(draw))
    people = [Person(one), Person(other), _bare(premise.object)]
    return premise, _other_roles(draw, premise.predicate, people)


def _relative_read_off(draw: Draw) -> _Pair:
    inner = _transitive_clause(draw)
    marked = _with_modifier(inner.subject, ThatDid(inner.predicate, _bare(inner.object).noun))
    return _action(draw, marked), inner


def _around_place(draw: Draw) -> _Pair:
    clause = _action(draw, _person(draw))
    return replace(clause, subject=_with_modifier(clause.subject, place(draw))), clause


def _around_relative(draw: Draw) -> _Pair:
    clause = _action(draw, _person(draw))
    return replace(clause, subject=_with_modifier(clause.subject, _relative(draw))), clause


def _one_of_pair(draw: Draw) -> _Pair:
    clause, one, other = _transitive_clause(draw), draw.person(), draw.person()
    if draw.chance(0.5):
        return replace(clause, object=Pair("and", one, other)), replace(clause, object=Person(other))
    return replace(clause, subject=Pair("and", one, other)), replace(clause, subject=Person(one))


def _passive_undone(draw: Draw) -> _Pair:
    clause = _transitive_clause(draw, regular=True)
    return replace(_swapped(clause), passive=True), clause


# Subsequence: the hypothesis stands in the premise word by word, but is no part of its structure.


def _place_on_subject(draw: Draw) -> _Pair:
    location = place(draw)
    premise = _action(draw, Person(draw.person(), location))
    return premise, replace(premise, subject=Person(location.person))


def _relative_on_subject(draw: Draw) -> _Pair:
    other = _person(draw)
    premise = _action(draw, Person(draw.person(), ThatDid(draw.pick(TRANSITIVE), other.noun)))
    return premise, replace(premise, subject=other)


def _object_or_clause(draw: Draw) -> _Pair:
    verb = draw.pick([verb for verb in lexicon.ATTITUDES if verb in lexicon.TRANSITIVE])
    holder, content = _person(draw), _action(draw, _person(draw))
    premise = Attitude(holder.noun, verb, content, that=False)
    return premise, Clause(holder, verb, content.subject)


def _clause_read_as_pair(draw: Draw) -> _Pair:
    first, second = _transitive_clause(draw), _action(draw, _person(draw))
    pair = Pair("and", _bare(first.object).noun, _bare(second.subject).noun)
    return Joined("and", first, second), replace(second, subject=pair)


def _choice_of_subjects(draw: Draw) -> _Pair:
    one, other = draw.person(), draw.person()
    clause = _action(draw, Person(other))
    return replace(clause, subject=Pair("or", one, other)), clause


def _second_of_pair(draw: Draw) -> _Pair:
    one, other = draw.person(), draw.person()
    clause = _action(draw, Person(other))
    return replace(clause, subject=Pair("and", one, other)), clause


def _first_object_of_pair(draw: Draw) -> _Pair:
    clause = _transitive_clause(draw)
    pair = Pair("and", _bare(clause.object).noun, draw.person())
    return replace(clause, object=pair), clause


def _relative_on_object(draw: Draw) -> _Pair:
    clause = _transitive_clause(draw)
    return replace(clause, object=_with_modifier(clause.object, _relative(draw))), clause


def _place_on_object(draw: Draw) -> _Pair:
    clause = _transitive_clause(draw)
    return replace(clause, object=_with_modifier(clause.object, place(draw))), clause


def _place_of_event(draw: Draw) -> _Pair:
    clause = Clause(_person(draw), draw.pick(INTRANSITIVE))
    return replace(clause, place=place(draw)), clause


# Constituent: the hypothesis is a whole clause of the premise.


def _joined(word: str, *, take_left: bool | None = None) -> Callable[[Draw], _Pair]:
    def pair(draw: Draw) -> _Pair:
        left, right = plain_clause(draw), plain_clause(draw)
        take = draw.chance(0.5) if take_left is None else take_left
        return Joined(word, left, right), left if take else right

    return pair


def _under_verb(verbs: dict[str, str]) -> Callable[[Draw], _Pair]:
    def pair(draw: Draw) -> _Pair:
        content = plain_clause(draw)
        return Attitude(draw.person(), draw.pick(tuple(verbs)), content, that=draw.chance(0.7)), content

    return pair


def _under_adverb(adverbs: tuple[str, ...]) -> Callable[[Draw], _Pair]:
    def pair(draw: Draw) -> _Pair:
        content = plain_clause(draw)
        return Adverbial(draw.pick(adverbs), content), content

    return pair


def _table(heuristic: str, label: str, **draws: Callable[[Draw], _Pair]) -> tuple[Construction, ...]:
    return tuple(Construction(name, heuristic, label, draw) for name, draw in draws.items())


CONSTRUCTIONS: tuple[Construction, ...] = (
    *_table(
        "lexical_overlap",
        NON_ENTAILMENT,
        ln_subject_object_swap=_subject_object_swap,
        ln_preposition=_swap_with_place,
        ln_relative_clause=_swap_with_relative,
        ln_passive=_passive_read_as_active,
        ln_conjunction=_pair_split,
    ),
    *_table(
        "lexical_overlap",
        ENTAILMENT,
        le_relative_clause=_relative_read_off,
        le_around_prepositional_phrase=_around_place,
        le_around_relative_clause=_around_relative,
        le_conjunction=_one_of_pair,
        le_passive=_passive_undone,
    ),
    *_table(
        "subsequence",
        NON_ENTAILMENT,
        sn_np_s=_object_or_clause,
        sn_pp_on_subject=_place_on_subject,
        sn_relative_clause_on_subject=_relative_on_subject,
        sn_conjunction=_clause_read_as_pair,
        sn_disjunction=_choice_of_subjects,
    ),
    *_table(
        "subsequence",
        ENTAILMENT,
        se_conjunction=_second_of_pair,
        se_object_conjunction=_first_object_of_pair,
        se_relative_clause_on_obj=_relative_on_object,
        se_pp_on_obj=_place_on_object,
        se_pp_on_verb=_place_of_event,
    ),
    *_table(
        "constituent",
        NON_ENTAILMENT,
        cn_embedded_under_if=_joined("if", take_left=True),
        cn_after_if_clause=_joined("if", take_left=False),
        cn_embedded_under_verb=_under_verb(lexicon.NON_FACTIVE),
        cn_disjunction=_joined("or"),
        cn_adverb=_under_adverb(lexicon.WEAKENING),
    ),
    *_table(
        "constituent",
        ENTAILMENT,
        ce_embedded_under_since=_joined("since", take_left=True),
        ce_after_since_clause=_joined("since", take_left=False),
        ce_embedded_under_verb=_under_verb(lexicon.FACTIVE),
        ce_conjunction=_joined("and"),
        ce_adverb=_under_adverb(lexicon.VERIDICAL),
    ),
)

"""The rule for the true relation, held against every possible situation."""

from collections import Counter

import pytest
from brute_force import TooManyAtoms, relation_by_enumeration
from constructs import ALL, constructs

from scotoma.basics.randomness import stream
from scotoma.worlds.microworld import CONSTRUCTIONS, NotASentence, relation
from scotoma.worlds.microworld.hypotheses import hypothesis
from scotoma.worlds.microworld.meaning import can_be_true, relation_of
from scotoma.worlds.microworld.parser import parse
from scotoma.worlds.microworld.sentences import Draw, contrast, sentence
from scotoma.worlds.microworld.syntax import render

N_PAIRS = 4000


def _random_pair(at):
    draw = Draw(stream(11, "truth", at))
    premise = contrast(draw) if draw.chance(0.3) else sentence(draw)
    if draw.chance(0.1):
        return premise, sentence(draw)
    return premise, hypothesis(draw, premise, within=draw.chance(0.5), denied=draw.chance(0.4))


def test_the_rule_agrees_with_enumeration_on_thousands_of_pairs_of_every_construct():
    checked, premises, hypotheses = Counter(), set(), set()
    for at in range(N_PAIRS):
        premise, claim = _random_pair(at)
        try:
            expected = relation_by_enumeration(premise, claim)
        except TooManyAtoms:
            continue
        assert relation_of(premise, claim) == expected, f"{render(premise)} | {render(claim)}"
        checked[expected] += 1
        premises |= constructs(premise)
        hypotheses |= constructs(claim)
    assert checked.total() > 0.95 * N_PAIRS
    assert min(checked.values()) > 500
    assert premises == hypotheses == ALL


def test_the_rule_agrees_with_enumeration_on_every_blindspot_construction():
    assert len(CONSTRUCTIONS) == 30
    for construction in CONSTRUCTIONS:
        for at in range(10):
            pair = construction.draw(Draw(stream(3, construction.name, at)))
            assert relation_of(*pair) == relation_by_enumeration(*pair)


def test_a_sentence_can_be_true_unless_it_contradicts_itself():
    assert can_be_true(parse("The doctor slept and the judge did not sleep ."))
    assert not can_be_true(parse("The doctor slept and the doctor did not sleep ."))
    assert not can_be_true(parse("Nobody saw the judge that saw the judge ."))


ENTAILED = {
    "a_passive_entails_its_active": ("The doctor was seen by the judge .", "The judge saw the doctor ."),
    "an_active_entails_its_passive": ("The judge saw the doctor .", "The doctor was seen by the judge ."),
    "a_named_person_is_someone": ("The judge saw the doctor .", "Someone saw the doctor ."),
    "what_was_done_was_done_by_someone": ("The doctor was hugged .", "Someone touched the doctor ."),
    "whoever_ran_moved": ("The young doctor ran .", "The doctor moved ."),
    "nobody_is_not_the_judge": ("Nobody ran .", "The judge did not run ."),
    "knowledge_is_true": ("The doctor knew that the judge slept .", "The judge slept ."),
    "also_knowledge_one_lacks": ("The doctor did not know the judge slept .", "The judge slept ."),
    "certainly_is_true": ("Certainly the judge slept .", "The judge slept ."),
    "what_is_can_be": ("The judge ran .", "Perhaps the judge moved ."),
    "a_reason_is_true": ("Since the judge slept , the doctor ran .", "The judge slept ."),
    "or_is_weaker": ("The judge slept .", "The doctor ran or the judge slept ."),
    "each_of_two": ("The judge and the doctor slept .", "The doctor slept ."),
    "a_relative_clause_is_true": (
        "The judge that saw the doctor did not sleep .",
        "The judge saw the doctor .",
    ),
    "voice_does_not_matter_to_belief": (
        "The judge believed that the actor saw the artist .",
        "The judge believed the artist was seen by the actor .",
    ),
}
UNDECIDED = {
    "a_condition_is_not_asserted": ("If the judge slept , the doctor ran .", "The judge slept ."),
    "belief_may_be_wrong": ("The doctor believed that the judge slept .", "The judge slept ."),
    "perhaps_is_weak": ("Perhaps the judge slept .", "The judge slept ."),
    "possible_and_denied_go_together": ("Perhaps the judge slept .", "The judge did not sleep ."),
    "moving_is_not_running": ("The judge moved .", "The judge ran ."),
    "one_of_two": ("The judge or the doctor slept .", "The doctor slept ."),
    "near_has_a_direction": ("The judge was near the doctor .", "The doctor was near the judge ."),
    "believing_what_somebody_did_is_not_believing_them": (
        "The doctor believed the judge slept .",
        "The doctor believed the judge .",
    ),
}
EXCLUDED = {
    "not_is_the_opposite": ("The judge did not sleep .", "The judge slept ."),
    "nobody_excludes_all": ("Nobody saw the actor .", "The actor was seen by the judge ."),
    "happy_is_not_sad": ("The happy judge ran .", "The judge was sad ."),
    "sleepers_do_not_dance": ("The judge slept .", "The judge danced ."),
    "what_is_not_is_not_known": ("The judge did not run .", "The doctor knew that the judge ran ."),
    "nobody_who_ran_did_not_move": ("The judge that did not move slept .", "The judge ran ."),
}


@pytest.mark.parametrize("case", ENTAILED)
def test_entailed(case):
    assert relation(*ENTAILED[case]) == "entailment"


@pytest.mark.parametrize("case", UNDECIDED)
def test_undecided(case):
    assert relation(*UNDECIDED[case]) == "neutral"


@pytest.mark.parametrize("case", EXCLUDED)
def test_excluded(case):
    assert relation(*EXCLUDED[case]) == "contradiction"


def test_a_sentence_that_can_never_be_true_contradicts_everything():
    assert relation("The judge ran and the judge did not run .", "The doctor ran .") == "contradiction"


def test_a_text_outside_the_language_has_no_relation():
    with pytest.raises(NotASentence, match=r"'The moon slept \.' is not a sentence of the micro-world"):
        relation("The judge ran .", "The moon slept .")

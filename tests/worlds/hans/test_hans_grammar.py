import re
from collections import Counter, defaultdict
from functools import cache

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots.predicates.overlap import is_subsequence, overlaps_whitespace, overlaps_word
from scotoma.worlds.hans import SUBCASES, Subcase, capacity, generate
from scotoma.worlds.hans.generate import _all_pairs
from scotoma.worlds.hans.lexicon import SLOTS
from scotoma.worlds.hans.templates import SLOT, Frame
from shared_data import Rows, read_tsv, shared_file

BY_NAME = {subcase.name: subcase for subcase in SUBCASES}


@pytest.fixture(scope="module")
def drawn():
    return generate(200, seed=3)


@pytest.fixture(scope="module")
def reference() -> Rows:
    names = ("hans/hans_REGENERATED_eval.tsv.xz", "hans/hans_REGENERATED_train.tsv.xz")
    rows = [row for name in names for row in read_tsv(shared_file(name))]
    assert len(rows) == 60_000
    for row in rows:
        # The one deviation of our grammar.
        assert ("the the" in row["sentence2"]) is (row["template"] == "temp15")
        row["sentence2"] = row["sentence2"].replace("the the", "the")
    return rows


def recogniser(frame: Frame) -> re.Pattern[str]:
    """Matches `premise => hypothesis` of a frame, in lower case; one group a slot."""
    seen: set[str] = set()

    def slot(match: re.Match[str]) -> str:
        name = match.group()
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{'|'.join(SLOTS[match.group(1)])})"

    return re.compile(SLOT.sub(slot, f"{frame.premise} \\. => {frame.hypothesis} \\."))


@cache
def recognisers() -> list[tuple[Subcase, Frame, re.Pattern[str]]]:
    return [(subcase, frame, recogniser(frame)) for subcase in SUBCASES for frame in subcase.frames]


def recognise(row: dict[str, str]) -> list[tuple[Frame, dict[str, str]]]:
    text = f"{row['sentence1']} => {row['sentence2']}".lower()
    hits = [
        (frame, match.groupdict())
        for subcase, frame, pattern in recognisers()
        if subcase.name == row["subcase"] and (match := pattern.fullmatch(text))
    ]
    assert all(frame.template == row["template"] for frame, _ in hits)
    return hits


def test_rows_are_distinct_and_well_named(drawn):
    assert len(drawn) == 30 * 200
    assert len({row.id for row in drawn}) == len({row.texts for row in drawn}) == len(drawn)
    assert drawn[0].id == "gen-ln_subject/object_swap-0"
    assert Counter(row.label for row in drawn) == {"entailment": 3000, "non-entailment": 3000}
    assert Counter(row.heuristic for row in drawn) == {
        "lexical_overlap": 2000,
        "subsequence": 2000,
        "constituent": 2000,
    }


def test_every_hypothesis_is_made_of_words_of_its_premise(drawn):
    for row in drawn:
        assert overlaps_word(*row.texts), row
        assert overlaps_whitespace(*row.texts), row


def test_subsequence_and_constituent_hypotheses_stand_whole_in_the_premise(drawn):
    contiguous = Counter((row.heuristic, is_subsequence(*row.texts)) for row in drawn)
    assert contiguous["subsequence", False] == contiguous["constituent", False] == 0
    assert contiguous["lexical_overlap", False] > 1000


def test_sentences_begin_with_a_capital_and_end_with_a_stop(drawn):
    for row in drawn:
        for sentence in row.texts:
            assert re.fullmatch(r"[A-Z][a-z]*( [a-z]+| ,)* \.", sentence), sentence
            assert "the the" not in sentence


def test_no_person_and_no_verb_stands_twice_in_a_premise(drawn):
    people = {plural: singular for singular, plural in zip(SLOTS["SG"], SLOTS["PL"], strict=True)}
    content = {*SLOTS["SG"], *SLOTS["V"], *SLOTS["I"]}
    for row in drawn:
        lemmas = [people.get(word, word) for word in row.texts[0].lower().split()]
        assert max(Counter(word for word in lemmas if word in content).values()) == 1, row


def test_same_seed_same_rows_and_other_seed_other_rows():
    assert generate(3, seed=0) == generate(3, seed=0)
    assert not {row.texts for row in generate(3, seed=0)} & {row.texts for row in generate(3, seed=1)}


def test_fewer_rows_are_the_first_of_more_rows(drawn):
    first = [row for row in drawn if int(row.id.rpartition("-")[2]) < 20]
    assert generate(20, seed=3) == first


def test_avoided_pairs_are_not_drawn(drawn):
    avoid = {row.texts for row in drawn}
    again = generate(200, seed=3, avoid=avoid)
    assert len({row.texts for row in again}) == len(drawn)
    assert not avoid & {row.texts for row in again}


def test_capacity_counts_the_distinct_pairs():
    for name in ("ln_subject/object_swap", "ln_passive", "se_adjective", "se_understood_object", "cn_adverb"):
        assert len(set(_all_pairs(BY_NAME[name]))) == capacity(BY_NAME[name])


def test_asking_for_more_pairs_than_a_subcase_has_names_the_most_it_has():
    with pytest.raises(ScotomaError, match=r"'se_understood_object' .* has 2688 .* 2689 .* at most 2688"):
        generate(2689, seed=0)


def test_asking_for_more_pairs_than_are_left_counts_what_is_avoided():
    avoid = list(_all_pairs(BY_NAME["se_understood_object"]))[:-2]
    assert len(generate(2, seed=0, avoid=avoid)) == 60
    with pytest.raises(ScotomaError, match=r"has 2 distinct pairs besides those to avoid; 3 were asked for"):
        generate(3, seed=0, avoid=avoid)


def test_asking_for_no_rows_is_refused():
    with pytest.raises(ScotomaError, match="Ask for 1 or more"):
        generate(0, seed=0)


def test_subcases_are_the_official_ones_in_the_official_order():
    official = [
        (row["heuristic"], row["subcase"], row["gold_label"])
        for row in read_tsv(shared_file("hans/hans_gold_by_pairid.tsv.xz"))
    ]
    assert len(official) == 30_000
    assert official[::1000] == [(subcase.heuristic, subcase.name, subcase.label) for subcase in SUBCASES]


def test_every_reference_sentence_is_of_exactly_one_frame_of_its_template(reference):
    assert Counter(len(recognise(row)) for row in reference) == {1: 60_000}


def test_published_rows_are_of_the_grammar():
    rows = read_tsv(shared_file("hans/hans_REAL_sample.tsv"))
    assert [len(recognise(row)) for row in rows] == [1] * 13


def test_vocabulary_of_each_slot_is_that_of_the_reference(reference):
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in reference:
        ((_, words),) = recognise(row)
        for slot, word in words.items():
            seen[row["subcase"], slot.rstrip("0123456789")].add(word)
    assert len(seen) > 80
    for (subcase, kind), words in seen.items():
        assert words == set(SLOTS[kind]), (subcase, kind)
    assert {kind for _, kind in seen} == set(SLOTS)


def test_frames_are_drawn_in_the_proportions_of_the_reference(reference):
    ours = Counter(
        (frame, row.subcase) for row in generate(2000, seed=1) for frame, _ in recognise(as_row(row))
    )
    theirs = Counter((frame, row["subcase"]) for row in reference for frame, _ in recognise(row))
    assert set(ours) == set(theirs)
    assert {frame.template for frame, _ in theirs} == {f.template for s in SUBCASES for f in s.frames}
    for key, count in theirs.items():
        assert abs(ours[key] - count) / 2000 < 0.05, key


def as_row(example) -> dict[str, str]:
    premise, hypothesis = example.texts
    tags = {"subcase": example.subcase, "template": example.template}
    return {"sentence1": premise, "sentence2": hypothesis, **tags}

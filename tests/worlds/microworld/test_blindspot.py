"""The blind-spot set."""

from collections import Counter

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.worlds.microworld import (
    BLINDSPOT_LABELS,
    CONSTRUCTIONS,
    HEURISTICS,
    blindspot_set,
    is_subsequence,
    overlaps,
    parse,
    relation,
    side_of,
)
from scotoma.worlds.microworld.overlap import is_constituent


@pytest.fixture(scope="module")
def rows():
    return blindspot_set(25, 3)


def test_every_cell_has_five_constructions(rows):
    cells = Counter((one.heuristic, one.label) for one in CONSTRUCTIONS)
    assert cells == {(heuristic, label): 5 for heuristic in HEURISTICS for label in BLINDSPOT_LABELS}
    assert Counter(row.subcase for row in rows) == {one.name: 25 for one in CONSTRUCTIONS}


def test_every_label_is_true(rows):
    for row in rows:
        assert (relation(*row.texts) == "entailment") == (row.label == "entailment"), row


def test_every_hypothesis_is_made_of_words_of_its_premise(rows):
    assert all(overlaps(*row.texts) for row in rows)


def test_the_heuristics_do_not_mix(rows):
    for row in rows:
        in_a_row, whole_clause = is_subsequence(*row.texts), is_constituent(*map(parse, row.texts))
        assert in_a_row == (row.heuristic != "lexical_overlap"), row
        assert whole_clause == (row.heuristic == "constituent"), row


def test_names_tell_the_cell(rows):
    for row in rows:
        assert row.subcase.startswith(row.heuristic[0] + row.label[0] + "_")


def test_no_pair_twice_and_none_that_general_data_could_hold(rows):
    assert len({row.texts for row in rows}) == len({row.id for row in rows}) == len(rows)
    assert {side_of(*row.texts) for row in rows} == {"blindspot"}


def test_same_seed_same_rows_other_seed_other_rows(rows):
    assert blindspot_set(25, 3) == rows
    other = blindspot_set(25, 4)
    assert len({row.texts for row in rows} & {row.texts for row in other}) < 0.1 * len(rows)


def test_a_smaller_set_is_part_of_the_larger_one(rows):
    assert set(blindspot_set(5, 3)) <= set(rows)


def test_more_rows_than_a_construction_has_are_refused():
    with pytest.raises(ScotomaError, match=r"'ln_passive' gives only about 3.. different pairs"):
        blindspot_set(400, 0)


def test_a_negative_number_is_refused():
    with pytest.raises(ScotomaError, match="n_per_construction is -1"):
        blindspot_set(-1, 0)

"""Counter-examples to the overlap shortcut."""

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.worlds.microworld import blindspot_set, counter_pairs, draw_pairs, overlaps, relation, side_of


@pytest.fixture(scope="module")
def rows():
    return counter_pairs(120, 0)


def test_every_pair_overlaps_and_none_is_entailed(rows):
    assert all(overlaps(*row.texts) and relation(*row.texts) == row.label for row in rows)
    assert [row.label for row in rows[:3]] == ["neutral", "contradiction", "neutral"]


def test_no_pair_is_on_the_side_of_a_test_set(rows):
    assert {side_of(*row.texts) for row in rows} == {"train"}
    tested = {row.texts for row in (*blindspot_set(20, 0), *draw_pairs(300, 0.0, 0, "test"))}
    assert not tested & {row.texts for row in rows}


def test_same_seed_same_rows_other_seed_other_rows_and_small_draws_inside_large(rows):
    assert counter_pairs(40, 0) == rows[:40]
    assert not {row.texts for row in counter_pairs(40, 1)} & {row.texts for row in rows}
    assert len({row.texts for row in rows}) == len({row.id for row in rows}) == 120


def test_a_negative_number_is_refused():
    with pytest.raises(ScotomaError, match="n is -1"):
        counter_pairs(-1, 0)

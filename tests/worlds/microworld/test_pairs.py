"""General pairs and their dial."""

from collections import Counter

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.worlds.microworld import LABELS, draw_pairs, overlaps, pairs, relation, side_of


def _share_that_overlaps(rows):
    labels = Counter(row.label for row in rows)
    both = Counter(row.label for row in rows if overlaps(*row.texts))
    return {label: both[label] / labels[label] for label in LABELS}


@pytest.fixture(scope="module")
def rows():
    return draw_pairs(1200, 0.0, 7, "train")


def test_every_label_is_the_true_relation(rows):
    assert all(relation(*row.texts) == row.label for row in rows)


def test_labels_are_balanced(rows):
    assert Counter(row.label for row in rows) == dict.fromkeys(LABELS, 400)


def test_first_labels_have_one_row_more_where_n_is_no_multiple_of_3():
    assert [row.label for row in draw_pairs(4, 0.5, 0, "train")] == [*LABELS, "entailment"]


def test_no_two_rows_are_alike_and_no_hypothesis_repeats_its_premise(rows):
    assert len({row.texts for row in rows}) == len({row.id for row in rows}) == len(rows)
    assert all(premise != hypothesis for premise, hypothesis in (row.texts for row in rows))


def test_ids_name_the_split_and_the_row(rows):
    assert [row.id for row in rows[:2]] == ["mw-train-0", "mw-train-1"]


def test_at_dial_0_overlap_says_nothing_of_the_label(rows):
    assert all(share == pytest.approx(0.5, abs=0.08) for share in _share_that_overlaps(rows).values())


def test_at_dial_1_overlap_is_entailment():
    assert _share_that_overlaps(draw_pairs(300, 1.0, 7, "train")) == dict(zip(LABELS, (1, 0, 0), strict=True))


def test_in_between_the_dial_is_the_difference_of_the_shares():
    shares = _share_that_overlaps(draw_pairs(1200, 0.6, 7, "train"))
    assert shares == pytest.approx(dict(zip(LABELS, (0.8, 0.2, 0.2), strict=True)), abs=0.06)


def test_same_seed_same_rows_other_seed_other_rows():
    first, again, other = (draw_pairs(90, 0.5, seed, "train") for seed in (0, 0, 1))
    assert first == again
    assert not {row.texts for row in first} & {row.texts for row in other}


def test_a_smaller_draw_is_the_beginning_of_a_larger_one(rows):
    assert draw_pairs(100, 0.0, 7, "train") == rows[:100]


def test_most_undecided_hypotheses_that_overlap_say_what_the_premise_does_not_speak_of(rows):
    undecided = [row.texts for row in rows if row.label == "neutral" and overlaps(*row.texts)]
    crossed = [
        hypothesis
        for premise, hypothesis in undecided
        if hypothesis.removesuffix(" .").lower() not in premise.lower()
    ]
    assert len(undecided) > 150
    assert len(crossed) > 0.6 * len(undecided)


def test_train_and_test_cannot_share_a_pair(rows):
    test_rows = draw_pairs(150, 0.0, 7, "test")
    assert {side_of(*row.texts) for row in rows} == {"train"}
    assert {side_of(*row.texts) for row in test_rows} == {"test"}


def test_entailments_without_overlap_come_in_many_forms(rows):
    hypotheses = [r.texts[1].split() for r in rows if r.label == "entailment" and not overlaps(*r.texts)]
    for word in ("by", "or", "and", "not", "moved", "touched"):
        assert any(word in words for words in hypotheses), word
    assert sum({"Someone", "someone"} & set(words) != set() for words in hypotheses) >= 10
    assert sum(words[0] in ("Perhaps", "Possibly", "Certainly", "Surely") for words in hypotheses) >= 5


@pytest.mark.parametrize("word", ["The", "the", "not", "nobody", "was", "by"])
def test_no_common_word_of_the_hypothesis_gives_the_label_away(rows, word):
    labels = Counter(row.label for row in rows if word in row.texts[1].split())
    assert labels.most_common(1)[0][1] < 0.75 * labels.total()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"n": -1}, "n is -1"),
        ({"dial": 1.5}, "dial is 1.5"),
        ({"dial": float("nan")}, "dial is nan"),
        ({"split": "dev"}, "split 'dev' is not known"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings, complaint):
    with pytest.raises(ScotomaError, match=complaint):
        draw_pairs(**({"n": 3, "dial": 0.5, "seed": 0, "split": "train"} | settings))


def test_a_cell_that_has_run_dry_is_an_error_and_not_an_endless_loop(monkeypatch):
    monkeypatch.setattr(pairs, "_MOST_PROPOSALS", 50)
    monkeypatch.setattr(pairs, "side_of", lambda *_: "elsewhere")
    with pytest.raises(ScotomaError, match="no further entailment pair with overlap"):
        draw_pairs(3, 1.0, 0, "train")

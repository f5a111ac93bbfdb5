"""Baselines that do not understand."""

import polars as pl
import pytest
from audit_tables import FIELDS, LABELS, micro, table, unrelated

from scotoma.audits.baselines import MIN_ROWS, Baseline, Folds
from scotoma.audits.baselines import hypothesis_only as by_hypothesis
from scotoma.audits.baselines import overlap_only as by_overlap
from scotoma.audits.surface import Overlap
from scotoma.audits.texts import Texts
from scotoma.basics.randomness import stream


def folds(rows: pl.DataFrame) -> Folds:
    return Folds.of(rows["premise"], rows["label"], LABELS)


def hypothesis_only(rows: pl.DataFrame, *, level: float) -> Baseline:
    return by_hypothesis(Texts.of(rows, FIELDS), folds(rows), level=level)


def overlap_only(rows: pl.DataFrame, *, level: float) -> Baseline:
    return by_overlap(Overlap.of(Texts.of(rows, FIELDS)), folds(rows), level=level)


def test_a_word_that_gives_the_label_away_is_found_by_the_hypothesis_alone() -> None:
    rows = table(*((f"premise {n}", f"word {LABELS[n % 3]} {n % 7}", LABELS[n % 3]) for n in range(300)))
    found = hypothesis_only(rows, level=0.95)
    assert found.accuracy == 1.0
    assert found.majority == pytest.approx(1 / 3)


def test_without_a_shortcut_both_stay_at_chance() -> None:
    rows = unrelated(1500, 0)
    for found in (
        hypothesis_only(rows, level=0.99),
        overlap_only(rows, level=0.99),
    ):
        assert found.low is not None
        assert found.low < 1 / 3 < found.high


def test_overlap_alone_tells_the_labels_of_an_overlap_world() -> None:
    weak, strong = (overlap_only(micro(600, dial), level=0.95) for dial in (0.0, 1.0))
    # Entailment or not, and the other two at even odds or a little better.
    assert strong.accuracy == pytest.approx(2 / 3, abs=0.08)
    assert weak.high is not None
    assert strong.low is not None
    assert weak.high < strong.low


@pytest.mark.parametrize("n", [60, 102, 300])
def test_what_tells_nothing_gives_the_share_of_the_commonest_label_however_few_the_rows(n: int) -> None:
    rows = table(*((f"premise {number}", "word", LABELS[number % 3]) for number in range(n)))
    for baseline in (hypothesis_only, overlap_only):
        found = baseline(rows, level=0.95)
        assert found.accuracy == pytest.approx(found.majority, abs=0.03)


def test_siblings_of_one_premise_do_not_push_the_baseline_below_chance() -> None:
    # As in MultiNLI's development sets: one topic, one hypothesis for each label.
    draw = stream(0, "siblings")
    rows = []
    for topic in range(200):
        labels = list(draw.permutation(LABELS))
        rows += [(f"premise {topic}", f"topic{topic} {draw.integers(1000)}", str(label)) for label in labels]
    found = hypothesis_only(table(*rows), level=0.99)
    assert found.low is not None
    assert found.low < 1 / 3 < found.high


def test_the_order_of_rows_does_not_matter() -> None:
    rows = micro(300, 0.5)
    turned = rows.sample(fraction=1, shuffle=True, seed=1)
    for baseline in (hypothesis_only, overlap_only):
        assert baseline(rows, level=0.95) == baseline(turned, level=0.95)


@pytest.mark.parametrize(
    ("n", "premise", "reason"),
    [(MIN_ROWS - 1, "{}", "at least 50"), (MIN_ROWS, "same", "too few premises")],
)
def test_too_little_to_learn_from_gives_no_number(n: int, premise: str, reason: str) -> None:
    rows = table(*((premise.format(number), "h", LABELS[number % 3]) for number in range(n)))
    found = hypothesis_only(rows, level=0.95)
    assert found.accuracy is found.low is found.majority is None
    assert reason in found.reason


def test_texts_without_words_are_no_trouble() -> None:
    rows = table(*((f"? {number}", "...", LABELS[number % 3]) for number in range(60)))
    assert hypothesis_only(rows, level=0.95).accuracy is not None
    assert overlap_only(rows, level=0.95).accuracy is not None

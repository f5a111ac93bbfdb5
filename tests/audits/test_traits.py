"""Traits of the rows whose answers were lost: one that was planted is found, and none where there is none."""

import numpy as np
import polars as pl
import pytest

from scotoma.audits.traits import FEWEST, Traits, traits
from scotoma.basics.randomness import stream

NOUNS = ("doctor", "lawyer", "judge", "actor", "student", "senator", "author", "banker")
VERBS = ("saw", "met", "thanked", "called", "helped", "left")


def table(n: int, seed: int = 0) -> pl.DataFrame:
    """Pairs of sentences, half of each label, in which words are drawn alike."""
    draw = stream(seed, "rows")
    premises, hypotheses = (
        [
            f"The {a} {verb} the {b} ."
            for a, b, verb in zip(*(draw.choice(of, n) for of in kinds), strict=True)
        ]
        for kinds in ((NOUNS, NOUNS, VERBS),) * 2
    )
    gold = ["entailment" if i % 2 else "non-entailment" for i in range(n)]
    return pl.DataFrame({"premise": premises, "hypothesis": hypotheses, "gold": gold})


def lost(rows: pl.DataFrame, chance: np.ndarray, seed: int = 0) -> np.ndarray:
    """-1 in this share of rows, else 0."""
    return -(stream(seed, "lost").random(rows.height) < chance).astype(float)


def look(rows: pl.DataFrame, change: np.ndarray) -> Traits:
    return traits(rows, change, ("premise", "hypothesis"))


def test_a_word_on_which_answers_are_lost_is_found_in_its_field() -> None:
    rows = table(3000)
    has = rows["hypothesis"].str.contains("senator").to_numpy()
    found = look(rows, lost(rows, np.where(has, 0.4, 0.1)))
    (trait,) = found.standing_out
    assert trait.name == '"senator" in hypothesis'
    assert trait.n == int(has.sum())
    assert trait.change == pytest.approx(-0.4, abs=0.05)
    assert trait.elsewhere == pytest.approx(-0.1, abs=0.03)
    assert trait.p < 0.01
    assert found.n_looked_at > 2 * len(NOUNS)


def test_a_label_on_which_answers_are_lost_is_no_trait_of_the_words_that_go_with_it() -> None:
    rows = table(3000).with_columns(
        hypothesis=pl.when(pl.col("gold") == "entailment")
        .then(pl.col("hypothesis") + " Indeed .")
        .when(pl.int_range(pl.len()) % 10 == 0)
        .then(pl.col("hypothesis") + " Indeed .")
        .otherwise("hypothesis")
    )
    assert look(rows, lost(rows, np.where(rows["gold"] == "entailment", 0.5, 0.1))).standing_out == ()


def test_overlap_is_found_by_its_name_and_what_goes_with_it_not_again() -> None:
    rows = table(4000).with_columns(
        hypothesis=pl.when(pl.int_range(pl.len()) % 8 < 2).then("premise").otherwise("hypothesis")
    )
    overlaps = np.arange(4000) % 8 < 2
    has = rows["premise"].str.contains("helped").to_numpy()
    names = [trait.name for trait in look(rows, lost(rows, 0.05 + 0.6 * overlaps + 0.2 * has)).standing_out]
    assert names[0] in ("overlap_whitespace", "overlap_word", "subsequence")
    assert names[1:] == ['"helped" in premise']


def test_where_nothing_is_lost_in_particular_a_trait_is_found_as_rarely_as_alpha() -> None:
    n_wrong = sum(
        bool(look(rows, lost(rows, np.full(600, 0.2), seed)).standing_out)
        for seed in range(100)
        for rows in [table(600, seed)]
    )
    assert n_wrong <= 13  # 5 are expected; more than 13 happen once in two thousand


def test_a_rare_word_on_which_by_chance_nothing_was_lost_is_not_found() -> None:
    rows = table(1500)
    change = lost(rows, np.full(1500, 0.1))
    rare = rows["premise"].str.contains("senator").to_numpy() & (np.arange(1500) % 16 == 0)
    rows = rows.with_columns(
        premise=pl.when(pl.Series(rare)).then(pl.col("premise") + " Never .").otherwise("premise")
    )
    assert FEWEST <= int(rare.sum()) < 60
    assert look(rows, np.where(rare, 0.0, change)).standing_out == ()


def test_the_same_seed_permutes_alike_and_another_otherwise() -> None:
    rows = table(900)
    has = rows["hypothesis"].str.contains("senator").to_numpy()
    change = lost(rows, np.where(has, 0.3, 0.1))
    found = [
        [
            trait.p
            for trait in traits(rows, change, ("premise", "hypothesis"), alpha=1, seed=seed).standing_out
        ]
        for seed in (0, 0, 1)
    ]
    assert found[0] == found[1] != found[2]


def test_texts_without_a_word_have_traits_of_other_kinds_alone() -> None:
    rows = table(200).with_columns(premise=pl.lit("..."), hypothesis=pl.lit("?!"))
    assert look(rows, lost(rows, np.full(rows.height, 0.5))) == Traits(0, ())


def test_traits_of_few_rows_are_not_looked_at_and_few_rows_give_none() -> None:
    rows = table(2 * FEWEST - 2)
    assert look(rows, lost(rows, np.full(rows.height, 0.5))) == Traits(0, ())

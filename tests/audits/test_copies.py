"""Exact and near copies, within a table and in test sets."""

import itertools

import numpy as np
import polars as pl
import pytest
from audit_tables import FIELDS, table

from scotoma.audits import similarity
from scotoma.audits.bare import Bare
from scotoma.audits.copies import Copies, find_copies
from scotoma.audits.similarity import SHINGLE, THRESHOLD, WINDOW, near_pairs
from scotoma.audits.texts import Texts
from scotoma.basics.randomness import stream

LONG = "The committee will publish the final version of its report on the first day of next month"
SIBLINGS = ("It is already out for everyone to read", "The report is about fish", "Nothing will come of it")


def copies(rows: pl.DataFrame, **tests: pl.DataFrame) -> Copies:
    ends = list(itertools.accumulate(test.height for test in (rows, *tests.values())))
    places = {name: slice(*place) for name, place in zip(tests, itertools.pairwise(ends), strict=True)}
    every = pl.concat([one.select(FIELDS) for one in (rows, *tests.values())])
    return find_copies(rows["label"], Texts.of(every, FIELDS), places, list(tests))


def test_case_and_spacing_make_no_difference_to_an_exact_copy() -> None:
    found = copies(table(("A b", "c", "neutral"), (" a  B", "C ", "neutral"), ("a b", "d", "neutral")))
    assert (found.duplicates.exact, found.duplicates.near) == (1, 0)


@pytest.mark.parametrize(
    "other",
    [
        "ｔｈｅ ｃａｔ sat",
        "the c\u00adat sat",
        "the\u200b cat\u2060 sat\ufeff",
        "the \u202ecat sat",
        "The\u00a0cat sat",
    ],
    ids=["full width", "soft hyphen", "zero width", "turned", "a space of another kind"],
)
def test_what_the_eye_does_not_tell_apart_is_an_exact_copy(other: str) -> None:
    rows = table(("the cat sat", "c", "neutral"), (other, "c", "entailment"), ("the dog sat", "d", "neutral"))
    found = copies(rows, leaked=table((other, "c", "neutral"))).duplicates
    assert (found.exact, found.near, found.conflicting) == (1, 0, 1)
    leaked = copies(rows[:1], leaked=table((other, "c", "neutral"))).anywhere
    assert (leaked.exact, leaked.near) == (1, 0)


@pytest.mark.parametrize(("one", "other"), [("ﬁsh", "fish"), ("カﾞ", "ガ"), ("e\u0301te", "éte")])
def test_ligatures_half_width_and_taken_apart_letters_are_the_letters(one: str, other: str) -> None:
    found = copies(table((one, "c", "neutral"), (other, "c", "neutral"))).duplicates
    assert (found.exact, found.near) == (1, 0)


def test_punctuation_makes_a_near_copy_and_not_an_exact_one() -> None:
    found = copies(table(("A b.", "c", "neutral"), ("a, b", "c!", "neutral"), ("a b", "c", "neutral")))
    assert (found.duplicates.exact, found.duplicates.near) == (0, 2)


def test_a_letter_more_in_a_long_text_is_a_near_copy() -> None:
    found = copies(table((LONG, SIBLINGS[0], "neutral"), (f"{LONG}s", SIBLINGS[0], "neutral")))
    assert (found.duplicates.exact, found.duplicates.near) == (0, 1)
    assert len(found.duplicates.examples) == 1


def test_pairs_that_share_only_their_premise_are_no_copies() -> None:
    found = copies(table(*((LONG, hypothesis, "neutral") for hypothesis in SIBLINGS)))
    assert (found.duplicates.exact, found.duplicates.near) == (0, 0)


def test_a_hypothesis_written_for_a_real_premise_is_no_copy_of_the_row_that_was_read() -> None:
    real = table((LONG, SIBLINGS[0], "neutral"))
    found = copies(table((LONG, SIBLINGS[1], "neutral")), real=real)
    assert (found.anywhere.exact, found.anywhere.near) == (0, 0)
    again = copies(table((f"{LONG}s", SIBLINGS[0], "neutral")), real=real)
    assert (again.anywhere.exact, again.anywhere.near) == (0, 1)


def test_copies_with_different_labels_are_conflicts() -> None:
    rows = [("a b", "c", "neutral"), ("a b", "c", "entailment"), ("d", "e", "neutral"), ("d", "e", "neutral")]
    found = copies(table(*rows)).duplicates
    assert (found.exact, found.conflicting) == (2, 1)


def test_every_row_that_stands_in_a_test_set_is_counted_once_in_all() -> None:
    rows = table(
        ("a b", "c", "neutral"), ("a b", "c", "neutral"), ("d e", "f", "neutral"), (LONG, "g", "neutral")
    )
    one = table(("A b", "c", "entailment"))
    other = table(("a b", "c", "neutral"), (f"{LONG}s", "g", "neutral"), ("not", "here", "neutral"))
    found = copies(rows, one=one, other=other)
    assert (found.by_table["one"].exact, found.by_table["one"].near) == (2, 0)
    assert (found.by_table["other"].exact, found.by_table["other"].near) == (2, 1)
    assert (found.anywhere.exact, found.anywhere.near) == (2, 1)
    assert found.duplicates.exact == 1


def test_repetition_within_a_test_set_is_no_repetition_in_the_table() -> None:
    rows, test = table(("a b", "c", "neutral")), table(("d e", "f", "neutral"), ("d e", "f", "neutral"))
    found = copies(rows, test=test)
    assert (found.duplicates.exact, found.duplicates.near, found.anywhere.exact) == (0, 0, 0)


def _shingles(text: str) -> set[str]:
    text = text.ljust(SHINGLE)
    return {text[at : at + SHINGLE] for at in range(len(text) - SHINGLE + 1)}


@pytest.mark.parametrize("n_fields", [1, 2])
@pytest.mark.parametrize("at_once", [1 << 23, 7])
def test_near_pairs_are_those_of_an_exhaustive_search(
    n_fields: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However few keys, candidates and pairs are held.
    for limit in ("_KEYS", "_CANDIDATES", "_PAIRS"):
        monkeypatch.setattr(similarity, limit, at_once)
    draw = stream(0, "near pairs")

    def edited(text: str) -> str:
        letters = list(text)
        for at in draw.integers(0, len(letters), draw.integers(0, 3)):
            letters[at] = str(draw.choice(list("abc ")))
        return " ".join("".join(letters).split())

    seeds = ["".join(draw.choice(list("abcdefghij "), draw.integers(30, 150))) for _ in range(50)]
    rows = sorted({tuple(edited(text) for _ in range(n_fields)) for text in seeds for _ in range(4)})
    fields = [f"text{field}" for field in range(n_fields)]
    bare = Bare.of(Texts.of(pl.DataFrame(rows, schema=fields, orient="row"), fields))
    found = near_pairs(bare, [bare.numbers[field] for field in fields], np.ones(len(rows), bool))
    sets = [[_shingles(text) for text in row] for row in rows]
    expected = {
        (i, j)
        for (i, one), (j, other) in itertools.combinations(enumerate(sets), 2)
        if all(len(a & b) >= THRESHOLD * len(a | b) for a, b in zip(one, other, strict=True))
    }
    assert len(expected) > 25
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == expected


def test_short_and_empty_and_strange_texts_are_compared_like_any_other() -> None:
    found = copies(table(("", "?", "neutral"), ("", "!", "neutral"), ("é\U0001f600", "?", "neutral")))
    assert (found.duplicates.exact, found.duplicates.near) == (0, 0)


def test_where_too_many_rows_are_alike_the_count_says_that_it_is_a_lower_bound() -> None:
    def alike(n: int) -> pl.DataFrame:
        return table(*((f"{LONG} {number}", SIBLINGS[0], "neutral") for number in range(n)))

    assert copies(alike(WINDOW + 1)).duplicates.complete
    many = copies(alike(5 * WINDOW)).duplicates
    assert not many.complete
    assert many.near > 0


def test_the_order_of_rows_does_not_matter() -> None:
    rows = table(*((f"{LONG[at:]}", SIBLINGS[at % 2], "neutral") for at in range(40)))
    turned = copies(rows.reverse(), test=rows[:7].reverse())
    assert copies(rows, test=rows[:7]) == turned

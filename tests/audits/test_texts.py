"""Columns taken apart at once, and the surface of rows, are what the plain functions say text by text."""

import numpy as np
import polars as pl
from audit_tables import FIELDS
from hypothesis import given
from hypothesis import strategies as some

from scotoma.audits import texts as module
from scotoma.audits.surface import Overlap, negated
from scotoma.audits.texts import Texts, different
from scotoma.blindspots.predicates.overlap import (
    has_low_overlap,
    is_negated,
    is_subsequence,
    overlap_share,
    overlaps_whitespace,
    overlaps_word,
    words,
)
from scotoma.tasks.reading.same_row import plain

#: Pieces of texts: words that recur, punctuation, white space of all kinds, and other scripts.
PIECES = some.sampled_from(
    [
        *("a", "b", "c", "A", "B", ".", "?", "!", ",", "'", "_", "-", "1", "’", "not", "don't", "No", "'tis"),
        *("rock'n'roll", "x_y", "a.", "ü", "u\u0308", " ", "  ", "\t", "\x1c", "\x1f", "\u00a0", "\u2028"),
        *("\x85", "é", "İ", "ß", "Σ", "人", "かな", "कि", "\u200c", "²"),
    ]
)
TEXT = some.lists(PIECES, max_size=12).map("".join) | some.lists(PIECES, max_size=12).map(" ".join)
PAIRS = some.lists(some.tuples(TEXT, TEXT), min_size=1, max_size=6)


def apart(pairs: list[tuple[str, str]]) -> Texts:
    return Texts.of(pl.DataFrame(pairs, schema=list(FIELDS), orient="row"), FIELDS)


@given(PAIRS, some.integers(1, 7))
def test_a_column_is_taken_apart_as_each_of_its_texts_is(pairs: list[tuple[str, str]], chunk: int) -> None:
    usual, module._CHUNK = module._CHUNK, chunk
    try:
        found = apart(pairs)
    finally:
        module._CHUNK = usual
    for place, field in enumerate(FIELDS):
        given_texts = [pair[place] for pair in pairs]
        assert found.exact[field].to_list() == [plain(text) for text in given_texts]
        assert found.bare[field].to_list() == [" ".join(words(text)) or plain(text) for text in given_texts]
        ends = np.cumsum(found.words[field].counts)
        numbers = np.split(found.words[field].numbers, ends[:-1])
        assert [[found.vocabulary[n] for n in row] for row in numbers] == [
            words(text) for text in given_texts
        ]
    assert list(found.vocabulary) == sorted({word for pair in pairs for text in pair for word in words(text)})


@given(PAIRS)
def test_the_surface_of_rows_is_what_the_predicates_say_of_each(pairs: list[tuple[str, str]]) -> None:
    found = apart(pairs)
    overlap = Overlap.of(found)
    assert overlap.whitespace.tolist() == [overlaps_whitespace(*pair) for pair in pairs]
    assert overlap.word.tolist() == [overlaps_word(*pair) for pair in pairs]
    assert overlap.subsequence.tolist() == [is_subsequence(*pair) for pair in pairs]
    assert overlap.low.tolist() == [has_low_overlap(*pair) for pair in pairs]
    shares = [None if np.isnan(share) else share for share in overlap.share.tolist()]
    assert shares == [overlap_share(*pair) for pair in pairs]
    assert negated(found).tolist() == [is_negated(text) for _, text in pairs]


@given(PAIRS, some.lists(some.integers(0, 5), max_size=8))
def test_the_words_of_some_rows_are_those_of_a_table_of_these(
    pairs: list[tuple[str, str]], rows: list[int]
) -> None:
    at = np.array([row % len(pairs) for row in rows], dtype=np.int64)
    found = apart(pairs).words["premise"].of(at)
    assert found.counts.tolist() == [len(words(pairs[row][0])) for row in at]
    assert found.numbers.size == found.counts.sum() == found.rows.size


@given(some.lists(some.integers(-3, 3)))
def test_different_numbers_are_sorted_and_each_once(numbers: list[int]) -> None:
    assert different(np.array(numbers, dtype=np.int64)).tolist() == sorted(set(numbers))

"""Columns taken apart at once, and the surface of rows, are what the plain functions say text by text."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import polars as pl
from audit_tables import FIELDS, PAIRS
from hypothesis import given
from hypothesis import strategies as some

from scotoma.audits import texts as module
from scotoma.audits.surface import Overlap, negated
from scotoma.audits.texts import Texts, different, numbered
from scotoma.blindspots.predicates.overlap import (
    has_low_overlap,
    is_negated,
    is_subsequence,
    overlap_share,
    overlaps_whitespace,
    overlaps_word,
    words,
)
from scotoma.tasks.reading.same_row import folded


def apart(pairs: list[tuple[str, str]]) -> Texts:
    return Texts.of(pl.DataFrame(pairs, schema=list(FIELDS), orient="row"), FIELDS)


def hashes(texts: Iterable[str]) -> list[int]:
    return pl.Series(list(texts), dtype=pl.String).hash().to_list()


@given(PAIRS, some.integers(1, 7))
def test_a_column_is_taken_apart_as_each_of_its_texts_is(pairs: list[tuple[str, str]], chunk: int) -> None:
    usual, module.CHUNK = module.CHUNK, chunk
    try:
        found = apart(pairs)
    finally:
        module.CHUNK = usual
    for place, field in enumerate(FIELDS):
        given_texts = [pair[place] for pair in pairs]
        assert found.exact[field].tolist() == hashes(folded(text) for text in given_texts)
        assert found.bare[field].tolist() == hashes(
            " ".join(words(text)) or folded(text) for text in given_texts
        )
        numbers = np.split(found.words[field].numbers, found.words[field].starts[1:-1])
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
    assert [apart(pairs).vocabulary[n] for n in found.numbers] == [
        w for row in at for w in words(pairs[row][0])
    ]


@given(PAIRS, some.integers(1, 7))
def test_pairs_of_neighbours_are_those_of_each_text(pairs: list[tuple[str, str]], at_once: int) -> None:
    texts = apart(pairs)
    usual, module._WORDS = module._WORDS, at_once
    try:
        found = [
            code for _, codes in texts.words["premise"].neighbours(len(texts.vocabulary)) for code in codes
        ]
    finally:
        module._WORDS = usual
    told = [tuple(texts.vocabulary[n] for n in divmod(code, len(texts.vocabulary))) for code in found]
    assert sorted(told) == sorted(two for premise, _ in pairs for two in pairwise(words(premise)))


@given(PAIRS, PAIRS)
def test_a_part_of_the_texts_is_what_they_are_alone(
    first: list[tuple[str, str]], second: list[tuple[str, str]]
) -> None:
    part, alone = apart([*first, *second]).part(slice(len(first), len(first) + len(second))), apart(second)
    assert part.given.equals(alone.given)
    for field in FIELDS:
        assert part.exact[field].tolist() == alone.exact[field].tolist()
        told = [[texts.vocabulary[n] for n in texts.words[field].numbers] for texts in (part, alone)]
        assert told[0] == told[1]
        assert part.words[field].counts.tolist() == alone.words[field].counts.tolist()


@given(some.lists(some.integers(-3, 3)))
def test_different_numbers_are_sorted_and_each_once(numbers: list[int]) -> None:
    assert different(np.array(numbers, dtype=np.int64)).tolist() == sorted(set(numbers))


@given(some.lists(some.integers(-3, 3)))
def test_numbers_are_numbered_in_order_and_lead_to_where_each_is_first(numbers: list[int]) -> None:
    found, firsts = numbered(np.array(numbers, dtype=np.int64))
    once = sorted(set(numbers))
    assert [once[number] for number in found] == numbers
    assert firsts.tolist() == [numbers.index(number) for number in once]

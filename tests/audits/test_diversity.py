"""Variety of texts."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from audit_tables import FIELDS, micro

from scotoma.audits.diversity import Diversity, Variety, diversity, variety
from scotoma.audits.texts import Texts


def vary(texts: list[str]) -> Variety:
    """The variety of these texts in this order."""
    return variety(Texts.of(pl.DataFrame({"text": texts}), ["text"]), "text", np.arange(len(texts)))


def diverse(rows: pl.DataFrame, fields: Sequence[str], reference: pl.DataFrame) -> Diversity:
    return diversity(Texts.of(rows, fields), Texts.of(reference, fields))


def test_distinct_n_by_hand() -> None:
    found = vary(["a b a b", "b a", "B, a."])
    assert (found.n, found.types, found.mean_words) == (3, 2, pytest.approx(8 / 3))
    assert found.distinct_1 == 2 / 8
    assert found.distinct_2 == 2 / 5
    assert found.distinct_texts == 1.0


def test_pairs_do_not_reach_over_the_end_of_a_text() -> None:
    assert vary(["a b", "c d"]).distinct_2 == 1.0
    assert vary(["a", "b"]).distinct_2 is None


def test_texts_without_words_have_no_distinct_n() -> None:
    found = vary(["?", "!"])
    assert found.distinct_1 is found.distinct_2 is None
    assert found.mean_words == 0


def test_repetition_compresses() -> None:
    varied = [f"{number * 7919 % 104729} {number * 104723 % 7919}" for number in range(500)]
    assert vary(varied[:1] * 500).compression_ratio > 5 * vary(varied).compression_ratio


def test_tables_of_unequal_size_are_compared_at_equal_size() -> None:
    small, large = micro(60, 0.5, seed=1), micro(240, 0.5, seed=2)
    found = diverse(small, FIELDS, large)
    equal = found.at_equal_size
    assert equal is not None
    assert equal.n == 60
    for field in FIELDS:
        assert equal.fields[field].reference.n == equal.fields[field].data.n == 60
        assert equal.fields[field].data == found.fields[field]


def test_a_cut_takes_some_copies_of_a_text_and_not_all_or_none() -> None:
    copies = pl.DataFrame({"text": ["the same"] * 100 + [f"another {number}" for number in range(100)]})
    found = diverse(copies, ("text",), copies[:100])
    assert found.at_equal_size is not None
    assert 0.3 < found.at_equal_size.fields["text"].data.distinct_texts < 0.7


def test_the_order_of_rows_does_not_matter() -> None:
    rows, reference = micro(90, 0.5), micro(60, 0.5, seed=2)
    assert diverse(rows, FIELDS, reference) == diverse(rows.reverse(), FIELDS, reference.reverse())

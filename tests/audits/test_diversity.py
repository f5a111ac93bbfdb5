"""Variety of texts."""

import hashlib
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from audit_tables import FIELDS, micro

from scotoma.audits import texts as module
from scotoma.audits.diversity import Diversity, Variety, diversity, hash_orders, variety
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


def test_texts_are_packed_some_at_a_time_to_as_many_bytes_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{number % 97} {number * 7919 % 104729}, grüße {number % 7}" for number in range(20_000)]
    raw = "\n".join(texts).encode()
    monkeypatch.setattr(module, "CHUNK", 999)
    assert vary(texts).compression_ratio == len(raw) / len(zlib.compress(raw, 6))


def test_rows_are_drawn_by_the_hash_of_text_and_number_of_the_copy_and_packed_by_that_of_the_text() -> None:
    texts = [f"text {number * number % 23}" for number in range(100)]
    copy_of: Counter[str] = Counter()
    digests = []
    for text in texts:
        copy_of[text] += 1
        digests.append(hashlib.blake2b(f"{copy_of[text]}\t{text}".encode(), digest_size=16).digest())
    together, drawn = hash_orders(pl.Series(texts))
    assert drawn.tolist() == sorted(range(100), key=digests.__getitem__)
    first = [hashlib.blake2b(f"1\t{text}".encode(), digest_size=16).digest() for text in texts]
    assert together.tolist() == sorted(range(100), key=first.__getitem__)


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


def test_each_row_five_times_is_seen_by_the_compression_however_far_its_copies_stand() -> None:
    rows = pl.DataFrame(
        {"text": [f"{number * 7919 % 104729} {number * 104723 % 7919}" for number in range(8_000)]}
    )
    times_five = pl.concat([rows] * 5)
    one, five = (diverse(table, ("text",), rows[:100]).fields["text"] for table in (rows, times_five))
    assert five.distinct_texts == 0.2
    assert five.compression_ratio > 3 * one.compression_ratio
    # In the order of the file the next copy is 80 kB away, beyond what zlib looks back over.
    assert vary(times_five["text"].to_list()).compression_ratio < 1.1 * one.compression_ratio


def test_the_order_of_rows_does_not_matter() -> None:
    rows, reference = micro(90, 0.5), micro(60, 0.5, seed=2)
    assert diverse(rows, FIELDS, reference) == diverse(rows.reverse(), FIELDS, reference.reverse())

"""Bare texts in order and as characters are what their spellings are."""

import polars as pl
from audit_tables import FIELDS, PAIRS
from hypothesis import given

from scotoma.audits.bare import Bare
from scotoma.audits.texts import Texts
from scotoma.blindspots.predicates.overlap import words
from scotoma.tasks.reading.same_row import folded


@given(PAIRS)
def test_texts_are_numbered_in_the_order_of_their_spellings(pairs: list[tuple[str, str]]) -> None:
    found = Bare.of(Texts.of(pl.DataFrame(pairs, schema=list(FIELDS), orient="row"), FIELDS))
    spelled = [
        [" ".join(words(text)) or folded(text) for text in texts] for texts in zip(*pairs, strict=True)
    ]
    once = sorted({text for texts in spelled for text in texts})
    for field, texts in zip(FIELDS, spelled, strict=True):
        numbers = found.numbers[field].tolist()
        assert [once[number] for number in numbers] == texts
        assert [found.text(number) for number in numbers] == texts
        codes, starts = found.characters(found.numbers[field], 5)
        told = "".join(map(chr, codes.tolist()))
        ends = zip(starts.tolist(), starts[1:].tolist(), strict=False)
        assert [told[start:end] for start, end in ends] == [text.ljust(5) + " " for text in texts]

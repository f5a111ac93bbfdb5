"""Words and pairs of neighbours as features, row by row."""

from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
from audit_tables import FIELDS, PAIRS
from hypothesis import given
from hypothesis import strategies as some

from scotoma.audits.ngrams import Ngrams
from scotoma.audits.texts import Texts
from scotoma.blindspots.predicates.overlap import words


@given(PAIRS, some.randoms(use_true_random=False))
def test_each_row_has_the_columns_of_its_different_words_and_pairs(
    pairs: list[tuple[str, str]], draw: some.randoms
) -> None:
    found = Ngrams.of(Texts.of(pl.DataFrame(pairs, schema=list(FIELDS), orient="row"), FIELDS))
    features = [[*words(text), *pairwise(words(text))] for _, text in pairs]
    times = Counter(feature for row in features for feature in row)
    assert found.n == max(len(times), 1)
    rows = draw.sample(range(len(pairs)), len(pairs))
    columns, starts = found.columns(np.array(rows))
    held = [columns[start:end].tolist() for start, end in pairwise(starts)]
    column_of: dict[object, int] = {}
    for row, columns_of_row in zip(rows, held, strict=True):
        once = set(features[row])
        in_order = sorted(once & set(words(pairs[row][1]))) + sorted(once - set(words(pairs[row][1])))
        for feature, column in zip(in_order, columns_of_row, strict=True):
            is_rare = isinstance(feature, tuple) and times[feature] == 1
            assert column == (found.n_columns - 1 if is_rare else column_of.setdefault(feature, column))
    assert len(set(column_of.values())) == len(column_of)
    assert found.n_columns - 1 not in column_of.values()

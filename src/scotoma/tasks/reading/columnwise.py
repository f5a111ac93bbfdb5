"""Checks a frame of examples a column at a time, if every row is valid: five times faster than by row.

`scotoma.tasks.reading.checking` says what a valid row is, and reports the faults of others. If a row has a
fault there is no result, and the rows must be read one by one. A test checks that both give the same results.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from scotoma.tasks.reading.checking import Reading, labelled
from scotoma.tasks.reading.columns import TAGS, find_columns
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.label_words import LabelReader

#: An empty text; Python counts the separators of ASCII as white space.
_EMPTY = r"^[\s\x1c-\x1f]*$"


def check_frame(
    frame: pl.DataFrame,
    faults: Faults,
    *,
    name: str,
    fields: Sequence[str],
    labels: Sequence[str],
    columns: Mapping[str, str],
    meanings: Mapping[str, str],
    schema_first: bool = False,
) -> Reading | None:
    """What `check_records` gives of numbered rows, with copies; None where that must read them.

    Args:
        frame: Columns of texts, a row for each line below the header.
        faults: As all that follow, those of `check_records`.

    Raises:
        ScotomaError: a column is missing, or two fit; or something is wrong with the labels as a whole.
    """
    reader = LabelReader(labels, meanings, faults, schema_first=schema_first)
    theirs = find_columns(frame.columns, fields, columns, faults)
    late = any(tag in frame.columns and tag not in theirs and tag not in columns for tag in ("id", *TAGS))
    if late or "id" in theirs or not set(theirs.values()) <= set(frame.columns):
        return None
    texts = frame.select(pl.col(theirs[field]).alias(field) for field in fields)
    if texts.select(pl.any_horizontal(pl.all().str.contains(_EMPTY)).any()).item():
        return None
    words, numbers = frame[theirs["label"]], range(2, frame.height + 2)
    if not all(map(reader.is_known, words.unique())):
        return None
    gold = reader.read(words.to_list(), numbers)
    rows = texts.select(
        pl.format(f"{name.replace('{', '{{').replace('}', '}}')}-{{}}", pl.int_range(pl.len())).alias("id"),
        *fields,
    )
    tags = [frame[theirs[tag]].alias(tag) if tag in theirs else pl.lit("").alias(tag) for tag in TAGS]
    return labelled(rows.with_columns(tags), gold, numbers, reader.codes, faults, fields)

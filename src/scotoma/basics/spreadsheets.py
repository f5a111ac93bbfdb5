"""Tables as CSV that is safe to open in a spreadsheet and to show on a terminal."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: A spreadsheet takes a cell that begins with one of these, or its full-width form, for a formula.
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"

#: Control characters but tab and line feed, and those that turn the direction of writing.
_STEERS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


def safe(text: str) -> str:
    """A cell's text; one that a spreadsheet would run as a formula gets an apostrophe before it.

    Control characters but tabs and line ends, and those that turn the direction of writing, are written out:
    `\\x1b`.
    """
    plain = re.sub(_STEERS, lambda found: repr(found[0])[1:-1], text)
    return f"'{plain}" if re.match(_FORMULA, plain) else plain


def to_csv(table: "pl.DataFrame") -> str:
    """Comma-separated values, every text `safe`. Numbers stay."""
    from polars import selectors  # takes a tenth of a second, and is not needed to make a cell safe

    return table.with_columns(map(_safe, table.select(selectors.string()))).write_csv()


def _safe(texts: "pl.Series") -> "pl.Series":
    distinct = texts.drop_nulls().unique()
    formulas = distinct.filter(distinct.str.contains(_FORMULA) | distinct.str.contains(_STEERS))
    return texts.replace({text: safe(text) for text in formulas})

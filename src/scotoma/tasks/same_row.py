"""What counts as the same row: texts alike up to case and spacing."""

from collections.abc import Mapping, Sequence

import polars as pl


def plain(text: str) -> str:
    """A text up to case and spacing."""
    return " ".join(text.lower().split())


def same_row(texts: Mapping[str, str], fields: Sequence[str]) -> tuple[str, ...]:
    """The texts of a row up to case and spacing."""
    return tuple(plain(texts[field]) for field in fields)


def normalised(field: str) -> pl.Expr:
    """A column of texts up to case and spacing."""
    return pl.col(field).map_elements(plain, return_dtype=pl.String)

"""What counts as the same row: texts alike up to case and spacing; of a symmetric task in either order."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import polars as pl
import regex

#: Invisible characters: soft hyphens, zero-width spaces and joiners, marks of direction, variation selectors.
_UNSEEN = regex.compile(r"\p{Default_Ignorable_Code_Point}+")


def plain(text: str) -> str:
    """A text up to case and spacing."""
    return " ".join(text.lower().split())


def folded(text: str) -> str:
    """A text up to case, spacing and what looks alike: characters that are not seen, other forms of letters.

    Forms are those of NFKC: half and full width, ligatures, composed and decomposed accents. The steps of a
    study compare by `plain`, of which their keys tell.
    """
    return plain(text if text.isascii() else unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))


def same_row(texts: Mapping[str, str], fields: Sequence[str], *, symmetric: bool = False) -> tuple[str, ...]:
    """The texts of a row up to case and spacing; of a symmetric task in the order of the alphabet."""
    return settled((plain(texts[field]) for field in fields), symmetric=symmetric)


def settled(texts: Iterable[str], *, symmetric: bool) -> tuple[str, ...]:
    """Texts in one order for a pair and its mirror, where these are the same row."""
    return tuple(sorted(texts)) if symmetric else tuple(texts)


def normalised(field: str) -> pl.Expr:
    """A column of texts up to case and spacing."""
    return pl.col(field).map_elements(plain, return_dtype=pl.String)


def in_one_order(texts: pl.DataFrame, fields: Sequence[str], symmetric: bool) -> pl.DataFrame:
    """The columns of texts; of a symmetric task each row's two in the order of the alphabet."""
    if not symmetric:
        return texts.select(fields)
    first, second = fields
    return texts.select(
        pl.min_horizontal(first, second).alias(first), pl.max_horizontal(first, second).alias(second)
    )

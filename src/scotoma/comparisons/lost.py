"""What the rows whose answers changed have in common, over all replicates together."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from scotoma.audits.traits import Traits, traits
from scotoma.basics.errors import ScotomaError
from scotoma.verdicts.pairs import Pair


def lost_traits(pairs: Sequence[Pair], alpha: float, seed: int) -> Traits:
    """Traits of rows on which accuracy changed differently than on other rows of the same label.

    Args:
        pairs: The replicates; the change of a row is the mean over them.
        alpha: Family-wise error rate: the chance that any trait is reported although none stands out.
        seed: Seed of the permutations.

    Raises:
        ScotomaError: no file has the texts, or the replicates have different rows.
    """
    first = pairs[0]
    texts = next((pair.texts for pair in pairs if pair.texts is not None), None)
    if texts is None:
        raise ScotomaError(
            "--traits looks at the texts of the rows, but no file has any",
            remedy="Add the texts to the predictions, or name their columns with --columns.",
        )
    if any(not pair.table["id"].equals(first.table["id"]) for pair in pairs):
        raise ScotomaError(
            "--traits requires the same rows in every replicate, but they differ",
            remedy="Leave it out, or compare predictions of the same test set.",
        )
    return traits_of(pairs, texts, alpha=alpha, seed=seed)


def traits_of(pairs: Sequence[Pair], texts: pl.DataFrame, *, alpha: float, seed: int) -> Traits:
    """As `lost_traits`, given the texts: a column for each field, in which nulls count as empty."""
    rows = texts.with_columns(pairs[0].table["gold"]).fill_null("")
    return traits(
        rows, np.mean([pair.changes for pair in pairs], axis=0), texts.columns, alpha=alpha, seed=seed
    )

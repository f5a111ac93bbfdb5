"""What the rows have in common on which answers changed: the traits of all replicates together."""

from collections.abc import Sequence

import numpy as np

from scotoma.audits.traits import Traits, traits
from scotoma.basics.errors import ScotomaError
from scotoma.verdicts.pairs import Pair


def lost_traits(pairs: Sequence[Pair], alpha: float, seed: int) -> Traits:
    """Traits of rows on which accuracy changed otherwise than on others of the same label.

    Args:
        pairs: The replicates; the change of a row is the mean over them.
        alpha: Rate at which a trait is found wrongly, over all that were looked at.
        seed: Seed of the permutations.

    Raises:
        ScotomaError: no file has the texts, or the replicates have different rows.
    """
    first = pairs[0]
    texts = next((pair.texts for pair in pairs if pair.texts is not None), None)
    if texts is None:
        raise ScotomaError(
            "--traits looks at the texts of the rows, and no file has any",
            remedy="Write the texts beside the predictions, or name their columns with --columns.",
        )
    if any(not pair.table["id"].equals(first.table["id"]) for pair in pairs):
        raise ScotomaError(
            "--traits looks at the same rows in every replicate, and they differ",
            remedy="Leave it out, or compare predictions of the same test set.",
        )
    moves = [pair.after.correct.astype(np.float64) - pair.before.correct for pair in pairs]
    rows = texts.with_columns(first.table["gold"]).fill_null("")
    return traits(rows, np.mean(moves, axis=0), texts.columns, alpha=alpha, seed=seed)

"""What a reader must know of pairs of files, in sentences."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scotoma.basics.words import first_of
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files.checking import Predictions
from scotoma.measures.rows import Rows
from scotoma.verdicts.pairs import Pair

#: Different probabilities that two models may have in common: rounded ones, or 0 and 1.
_N_SHARED = 10


def left_out(pairs: Sequence[Pair]) -> Iterator[str]:
    """A sentence on the rows that a side did not answer."""
    parts = [
        f"{pair.name}: {_by_label(pair.all_rows.unanswered_before)} before, "
        f"{_by_label(pair.all_rows.unanswered_after)} after, {pair.table.height:,} rows compared"
        for pair in pairs
        if pair.all_rows is not None
    ]
    if parts:
        yield f"Rows that a side did not answer are left out. {first_of(parts, separator='; ')}."


def _by_label(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {label}" for label, n in counts.items()) or "none"


def other_labels(before: Predictions, after: Predictions, blindspot: BlindSpot) -> Iterator[str]:
    """A sentence on answers that are the task's labels on one side, and the blind spot's on the other."""
    said = [set(side.table["predicted"]) for side in (before, after)]
    of_task, of_blindspot = set(blindspot.label_map), set(blindspot.labels)
    sides = dict(zip(("before", "after"), said, strict=True))
    three = [name for name, labels in sides.items() if labels - of_blindspot and not labels - of_task]
    two = [name for name, labels in sides.items() if labels - of_task and not labels - of_blindspot]
    if three and two:
        n_three, n_two = len(of_task), len(of_blindspot)
        yield (
            f"The answers {three[0]} are among {n_three} labels, those {two[0]} among {n_two}. The likeliest "
            "of several labels is taken before they are merged, so accuracy and d' differ even if the "
            "probabilities are the same; accuracy_sum, auc and log_odds do not."
        )


def copies(pairs: Sequence[Pair]) -> Iterator[str]:
    """A sentence on replicates that have identical answers on one side."""
    for side in ("before", "after"):
        names: dict[bytes, list[str]] = {}
        for pair in pairs:
            rows: Rows = getattr(pair, side)
            probabilities = b"" if rows.probabilities is None else rows.probabilities.tobytes()
            names.setdefault(rows.predicted_target.tobytes() + probabilities, []).append(pair.name)
        for alike in names.values():
            if len(alike) > 1:
                yield (
                    f"Replicates {', '.join(alike)} have the same answers {side}: are they copies of one "
                    "run? Copies are not replicates."
                )


def one_model(pairs: Sequence[Pair]) -> Iterator[str]:
    """A sentence on replicates whose probabilities are the same before and after.

    Source: under one `--use_cache`, lm-eval 0.4.13 gives every model the first one's answers
    (findings/one-cache-for-two-models.sh).
    """
    alike = [pair.name for pair in pairs if _are_one(pair.before.probabilities, pair.after.probabilities)]
    if alike:
        of = "" if len(alike) == len(pairs) else f" in {', '.join(alike)}"
        yield (
            f"Before and after have the same probabilities to the last digit{of}: is it one model twice? "
            "Under one --use_cache, lm-evaluation-harness gives every model the first one's answers."
        )


def _are_one(before: NDArray[np.float64] | None, after: NDArray[np.float64] | None) -> bool:
    """Whether the probabilities are the same; not where they are so few that two models may share them."""
    if before is None or after is None or not np.array_equal(before, after):
        return False
    return len(np.unique(before)) > _N_SHARED

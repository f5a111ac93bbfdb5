"""Z-filtering: synthetic rows kept only while none of their features gives their label away.

Source: Wu et al. 2022, Generating Data to Mitigate Spurious Correlations in NLI, section 3; the statistic is
that of Gardner et al. 2021, Competency Problems. Ours: the features are the overlap predicates that hold and
the words of the last text, fewer than theirs; rows are looked at one by one; and the labels take turns, so
that what is kept is balanced at any time, as p0 = 1 / number of labels takes it to be.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from scotoma.arms.selection.by_rank import RowRequest, equal_shares
from scotoma.basics.errors import Unfillable
from scotoma.blindspots.predicates.overlap import PREDICATES, words
from scotoma.statistics.association import Counts, z_statistic


def z_filtered(
    rows: pl.DataFrame,
    fields: Sequence[str],
    labels: Sequence[str],
    n: int,
    threshold: float,
    request: RowRequest,
) -> pl.DataFrame:
    """The first n rows, in the order of their ranks and the labels in turn, that pass the filter.

    A row passes if none of its features goes with the row's label, among the rows kept so far, with a z
    statistic above the threshold. A row that did not pass is not asked again. What is kept for a smaller n is
    the beginning of what is kept for a larger one.

    Raises:
        Unfillable: the rows of a label ran out.
    """
    waiting = {
        label: iter(rows.filter(pl.col("label") == label).sort("rank").iter_rows(named=True))
        for label in labels
    }
    counts = _FeatureCounts(1 / len(labels))
    chosen: list[str] = []
    for position in range(n):
        label = labels[position % len(labels)]
        for row in waiting[label]:
            row_features = features(row, fields)
            if not counts.gives_away(row_features, label, threshold):
                counts.add(row_features, label)
                chosen.append(row["id"])
                break
        else:
            n_label = equal_shares(n, len(labels))[labels.index(label)]
            raise Unfillable(
                f"{request.arm} asks for {n_label} {request.what} labelled {label!r}; the z filter let "
                f"{position // len(labels)} pass before the rows ran out",
                where=f"of {rows.filter(pl.col('label') == label).height} with that label",
                remedy="Raise the threshold, lower the arm's size, or give more candidates_per_label.",
            )
    return rows.filter(pl.col("id").is_in(chosen))


def features(row: Mapping[str, str], fields: Sequence[str]) -> frozenset[str]:
    """The overlap predicates that hold on a row, and the words of its last text."""
    first, last = row[fields[0]], row[fields[-1]]
    rules = [name for name, holds in PREDICATES.items() if len(fields) > 1 and holds(first, last)]
    return frozenset([*(f"rule {name}" for name in rules), *(f"word {word}" for word in words(last))])


class _FeatureCounts:
    """What was kept so far, counted."""

    def __init__(self, expected: float) -> None:
        self._expected = expected
        self._labels: Counter[str] = Counter()
        self._features: Counter[str] = Counter()
        self._both: Counter[tuple[str, str]] = Counter()

    def add(self, features: Iterable[str], label: str) -> None:
        """Counts a row."""
        self._labels[label] += 1
        for feature in features:
            self._features[feature] += 1
            self._both[feature, label] += 1

    def gives_away(self, features: Iterable[str], label: str, threshold: float) -> bool:
        """Whether one of the features goes with the label by more than the threshold."""
        return any(self._z(feature, label) > threshold for feature in features)

    def _z(self, feature: str, label: str) -> float:
        both, holds, has = self._both[feature, label], self._features[feature], self._labels[label]
        others = self._labels.total() - holds - has + both
        return z_statistic(Counts(both, holds - both, has - both, others), self._expected) or 0.0

"""Models that give one answer to nearly every row of a general test set."""

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import polars as pl

from scotoma.results.shortages import in_replicates

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Evaluated

#: Least share of rows with the same answer, if at most the share `_GOLD` of rows has that label.
_ANSWERED, _GOLD = 0.95, 0.75
#: Fewest rows: in fewer that may be chance.
_ROWS = 100


class OneAnswer:
    """Finds models that give one answer to nearly every row; given the answers of one model at a time.

    Fine-tuning fails so with some seeds (Mosbach et al. 2021), and rows whose labels are mostly wrong can
    lead there too.

    Args:
        blindspots: Names of the test sets that are blind spots, where one answer may be the shortcut.
    """

    def __init__(self, blindspots: Iterable[str]) -> None:
        self._blindspots = frozenset(blindspots)
        self._found: dict[tuple[str, str], dict[int, float]] = {}

    def add(self, evaluated: "Evaluated", predictions: pl.DataFrame) -> None:
        """Looks at a model's answers: columns test, gold, predicted. One that was never trained may do so."""
        is_start = evaluated.arm.kind == "none"
        if is_start and evaluated.start.rpartition("/")[2] == "0":
            return
        for (test,), rows in predictions.group_by("test", maintain_order=True):
            if test in self._blindspots or rows.height < _ROWS:
                continue
            answer, n = rows["predicted"].value_counts(sort=True).row(0)
            if n >= _ANSWERED * rows.height and (rows["gold"] == answer).sum() <= _GOLD * rows.height:
                start = f"start {evaluated.start}"
                name = start if is_start else f"{evaluated.name} from {start}"
                least_by_replicate = self._found.setdefault((name, str(test)), {})
                least_by_replicate[evaluated.replicate] = min(
                    n / rows.height, least_by_replicate.get(evaluated.replicate, 1.0)
                )

    def sentences(self, replicates: int) -> Iterator[str]:
        """What there is to say, if a model has failed, of a study of so many replicates."""
        named = []
        for (name, test), least_by_replicate in self._found.items():
            where, least = (
                in_replicates(tuple(least_by_replicate), replicates),
                math.floor(100 * min(least_by_replicate.values())),
            )
            rows = "every row" if least == 100 else f"at least {least} % of the rows"
            named.append(f"{name} in {where} ({rows} of {test})")
        if named:
            yield (
                f"These models give one answer to nearly every row: {'; '.join(named)}. Either their "
                "training failed, as it does with some seeds whatever the data, or their rows taught them "
                "nothing else. If models of original data are among them, a lower learning rate, a longer "
                "warmup or more rows may help."
            )

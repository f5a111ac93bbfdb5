"""Which answers turned from right to wrong and back, by replicate and cell, each with its id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scotoma.statistics.flips import Flips, flips
from scotoma.verdicts.pairs import Pair
from scotoma.verdicts.record import FlipsRecord


@dataclass(frozen=True, slots=True)
class CellFlips:
    """The flips of one cell in one replicate.

    Attributes:
        replicate: Name of the replicate.
        counts: Numbers of answers kept, lost, gained and missed.
        lost_ids: Rows right before and wrong after.
        gained_ids: Rows wrong before and right after.
    """

    replicate: str
    counts: Flips
    lost_ids: tuple[str, ...]
    gained_ids: tuple[str, ...]

    def record(self) -> FlipsRecord:
        """Plain values for JSON."""
        counts = self.counts
        return {
            "replicate": self.replicate,
            "cell": counts.cell,
            "n": counts.n,
            "kept": counts.kept,
            "lost": counts.lost,
            "gained": counts.gained,
            "missed": counts.missed,
            "negative_flip_rate": counts.negative_flip_rate,
            "loss_rate": counts.loss_rate,
            "churn": counts.churn,
            "net": counts.net,
            "lost_ids": list(self.lost_ids),
            "gained_ids": list(self.gained_ids),
        }


def cell_flips(pairs: Sequence[Pair], claimed: Sequence[str]) -> Iterator[CellFlips]:
    """Flips of `all` and of every heuristic by label, and of the cells that a claim is about.

    Args:
        pairs: The replicates.
        claimed: Names of cells.
    """
    for pair in pairs:
        ids = pair.table["id"].to_numpy()
        for name, cell in pair.cells.items():
            of_label = cell.tags.kind == "heuristic" and cell.tags.label != ""
            if not of_label and name not in claimed:
                continue
            before, after = pair.before.correct[cell.at], pair.after.correct[cell.at]
            counts = flips(name, before, after)
            lost, gained = ids[cell.at[before & ~after]], ids[cell.at[~before & after]]
            yield CellFlips(pair.name, counts, tuple(lost.tolist()), tuple(gained.tolist()))

"""Draws the rows of an arm that cover the pool: few rows that stand for many.

In: as of `assemble`, and an embedding of every row of the pool. Out: `examples.parquet`, and `coverage.json`:
for each label the cosine from which a row covered another, and the share of the label's rows that were
covered. Costs seconds; minutes for tens of thousands of rows. A smaller sample is not the beginning of a
larger one: it has to cover as much with fewer rows.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl

from scotoma.arms.selection.coverage import cover
from scotoma.arms.selection.taking import equal_shares
from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import read_table, write_table
from scotoma.stages.assemble import Assemble, ranked
from scotoma.stages.embed import Embed
from scotoma.store.steps import Runtime, Step


class AssembleCovering(Assemble):
    """The rows of arm `coverage`.

    Attributes:
        embeddings: Of the pool.
    """

    version: ClassVar[int] = 1

    embeddings: Embed

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `examples.parquet` and `coverage.json`."""
        assert self.pool is not None
        assert self.arm != "all"
        vectors = np.load(inputs(self.embeddings) / "embeddings.npy", allow_pickle=False)
        pool = ranked(read_table(inputs(self.pool) / "examples.parquet"), self.seed, "synthetic")
        pool = pool.with_row_index("place")
        if len(vectors) != pool.height:
            raise ScotomaError(
                f"there are {len(vectors)} embeddings for {pool.height} rows",
                where=self.embeddings.key,
                remedy="Make them again, with `scotoma run STUDY --remake`.",
            )
        asked, parts, found = self._asked("written"), [], {}
        shares = equal_shares(self.arm.n or 0, len(self.task.labels))
        for label, n in zip(self.task.labels, shares, strict=True):
            # By rank, so that another seed breaks ties otherwise.
            rows = pool.filter(pl.col("label") == label).sort("rank")
            asked.check(n, label, rows.height, pool.height)
            sample = cover(vectors[rows["place"].to_numpy()], n, self.arm.share or 0)
            parts.append(rows[sample.chosen])
            found[label] = {"cosine": sample.threshold, "covered": sample.share, "of": rows.height}
        write_table(pl.concat(parts).sort("rank").drop("rank", "place"), out / "examples.parquet")
        (out / "coverage.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")

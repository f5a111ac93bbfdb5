"""Screens raw generated text into a pool of examples, and keeps every reject with its reason.

In: the sampler's raw rows, the test sets and the original training data. Out: `examples.parquet`
(the pool), `rejects.parquet` (id, requested label, text, reason), `yield.json` (the funnel, how
often each overlap rule holds by label and, where truth is computable, how many labels are true; where the
generator wrote on until enough were kept, of which labels it did not keep as many). Where real rows were
read, pool and rejects have a column `read_row` with the id of each. What was given of it must stand in the
row as it was; that is no copy, for a copy of a row has all of its texts. Costs seconds.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from scotoma.basics.errors import Unfillable
from scotoma.basics.records import EXAMPLE_COLUMNS, EXAMPLES, read_table, write_table
from scotoma.blindspots.predicates.overlap import PREDICATES, holds
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_rows import READ_ROW
from scotoma.stages.sample import RAW, Sample
from scotoma.stages.sample_on import First, SampleOn
from scotoma.stages.sieve import Sieve
from scotoma.store.costs import Cost, Rows
from scotoma.store.steps import Forecast, ForeseenRows, Runtime, Step
from scotoma.study.settings.pieces import Screening
from scotoma.tasks import Rejected, Task
from scotoma.tasks.labellers import LABELLERS

#: Beside the pool: what was dropped, and the numbers of rows.
REJECTS, YIELD = "rejects.parquet", "yield.json"


class Screen(Step):
    """The generated rows that are examples, and why the others are not."""

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False

    task: Task
    raw: First | SampleOn
    corpus: ReadExamples
    tests: tuple[ReadExamples, ...]
    screening: Screening

    @property
    def round(self) -> int:
        """The round in which its rows were written."""
        return self.raw.round if isinstance(self.raw, Sample | SampleOn) else 1

    @property
    def title(self) -> str:
        """Names the sample."""
        return f"screen the {self.raw.title}"

    def cost(self, forecast: Forecast) -> Cost:
        """Size of its table on disk."""
        return Cost(size=self.rows(forecast).size)

    def rows(self, forecast: Forecast) -> Rows:
        """The most that can be left: every row that is asked for, as long as original ones."""
        corpus, n = self.corpus.rows(forecast), self.raw.sampling.most_kept
        return Rows(n * len(self.task.labels), corpus.source, corpus.sample)

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """The most that can be left: every row that is asked for."""
        labels = [label for label in self.task.labels for _ in range(self.raw.sampling.most_kept)]
        return ForeseenRows(pl.DataFrame({"label": labels}), has_texts=False)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the pool, the rejects and the yield.

        Raises:
            Unfillable: nothing survives; the message names the commonest reason.
        """
        raw = read_table(inputs(self.raw) / RAW)
        sieve = Sieve.of(
            self.task,
            self.screening,
            read_table(inputs(self.corpus) / EXAMPLES),
            [read_table(inputs(test) / EXAMPLES) for test in self.tests],
            reads=self.raw.reads,
            is_asked=self.raw.is_asked,
        )
        kept: list[dict[str, str]] = []
        rejects: list[dict[str, str]] = []
        for row in raw.iter_rows(named=True):
            try:
                texts = sieve.passed(row["text"], row["label"], row.get(READ_ROW))
            except Rejected as reason:
                names = ("id", "label", "text", *self._of_reading(raw))
                rejects.append({**{name: row[name] for name in names}, "reason": str(reason)})
                continue
            read = {name: row[name] for name in self._of_reading(raw)}
            kept.append({"id": row["id"], **texts, "label": row["label"], **read})
        self._write(out, kept, rejects, raw)

    def _of_reading(self, raw: pl.DataFrame) -> list[str]:
        """The column that says which row was read, where rows were."""
        return [READ_ROW] if READ_ROW in raw.columns else []

    def _write(
        self, out: Path, kept: list[dict[str, str]], rejects: list[dict[str, str]], raw: pl.DataFrame
    ) -> None:
        n_raw = raw.height
        reasons = Counter(reject["reason"] for reject in rejects)
        if not kept:
            reason, count = reasons.most_common(1)[0]
            raise Unfillable(
                f"no generated row of {n_raw} survived the screen; the commonest reason is {reason!r} "
                f"({count} rows)",
                where=f"sample {self.raw.key}; for example: {rejects[0]['text'][:200]!r}",
                remedy="Train the generator longer, or give more shots; look at the sampling temperature and "
                "max_new_tokens.",
            )
        pool = pl.DataFrame(kept).with_columns(
            pl.lit("").alias(name) for name in EXAMPLE_COLUMNS if name not in ("id", "label")
        )
        write_table(pool, out / EXAMPLES)
        names = ("id", "label", "text", "reason", *self._of_reading(raw))
        write_table(pl.DataFrame(rejects, schema=dict.fromkeys(names, pl.String)), out / REJECTS)
        funnel: dict[str, Any] = {
            "raw": n_raw,
            "kept": len(kept),
            "rejected": dict(sorted(reasons.items())),
            "by_label": {
                label: self._by_label(pool.filter(pl.col("label") == label)) for label in self.task.labels
            },
        }
        if until := self.raw.sampling.until:
            short = [label for label, of in funnel["by_label"].items() if of["kept"] < until.kept]
            funnel["until"] = {**until.model_dump(), "short": short}
        (out / YIELD).write_text(json.dumps(funnel, indent=1) + "\n", encoding="utf8")

    def _by_label(self, rows: pl.DataFrame) -> dict[str, Any]:
        """Rows kept, the share each overlap rule holds in, and the share of labels that are true."""
        counts: dict[str, Any] = {"kept": rows.height}
        if not rows.height:
            return counts
        if len(self.task.fields) > 1:
            first, last = rows[self.task.fields[0]], rows[self.task.fields[-1]]
            counts |= {name: _share(holds(rule, first, last).to_list()) for name, rule in PREDICATES.items()}
        if self.task.exact_labeller is not None:
            label_of = LABELLERS[self.task.exact_labeller]
            labels = [label_of(row) for row in rows.select(self.task.fields).iter_rows(named=True)]
            counts |= {
                "in_language": _share([label is not None for label in labels]),
                "label_true": _share(
                    [label == row for label, row in zip(labels, rows["label"], strict=True)]
                ),
            }
        return counts


def _share(flags: list[bool]) -> float:
    return round(sum(flags) / len(flags), 6)

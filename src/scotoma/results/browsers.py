"""Rows that a reader of the page can search: answers that turned, and what a generator wrote.

A page cannot hold all of them, so a few of each kind are drawn, and the caption says out of how many.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from scotoma.basics.distinct import map_distinct
from scotoma.basics.randomness import stream
from scotoma.basics.words import number, visible
from scotoma.results.flips import in_words
from scotoma.results.reader import Reader
from scotoma.results.samples import first_alone
from scotoma.store.steps import Step
from scotoma.study.study import Study

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan

#: Most rows of one browser, and of one kind: enough to read, and a page that opens at once.
_ROWS, _OF_A_KIND = 6_000, 50

#: Fewer of generated rows: every label, outcome and generator is a kind.
_OF_A_POOL = 10

#: Cell and texts of rows whose test set the store has no longer.
_NOT_THERE = "not in the store"

#: Rows that are joined, or grouped, at a time: both take many times the memory of their result.
_AT_ONCE = 100_000

#: Characters of a text that are shown.
_LONGEST = 2_000


@dataclass(frozen=True)
class Browser:
    """Rows with filters.

    Attributes:
        name: Name on the page.
        title: Title of its rows.
        caption: Number of rows, and where the others are.
        filters: Columns with few values, by which rows are chosen.
        columns: The others, which are shown and searched.
        n_texts: Number of leading columns that are texts to read.
        rows: Text, filters first.
    """

    name: str
    title: str
    caption: str
    filters: tuple[str, ...]
    columns: tuple[str, ...]
    n_texts: int
    rows: tuple[tuple[str, ...], ...]

    def record(self) -> dict[str, Any]:
        """Values for the page's script; a filter's value is its index among that filter's values."""
        n = len(self.filters)
        values = [list(dict.fromkeys(row[at] for row in self.rows)) for at in range(n)]
        places = [{value: place for place, value in enumerate(of)} for of in values]
        rows = [[*(places[at][row[at]] for at in range(n)), *row[n:]] for row in self.rows]
        return {
            "filters": list(self.filters),
            "values": values,
            "columns": list(self.columns),
            "texts": self.n_texts,
            "rows": rows,
        }


def rows_of_tests(plan: "Plan", reader: Reader) -> pl.DataFrame:
    """The rows of the blind spots: columns test, id, cell, subcase, and the texts that are in the store."""
    return pl.concat(
        [_rows_of_test(name, step, plan.study, reader) for name, step in _tests(plan)], how="diagonal"
    )


def turned_answers(study: Study, test_rows: pl.DataFrame, flipped: pl.DataFrame) -> Browser | None:
    """Answers that an arm lost or gained, with the texts; None where there are none.

    Args:
        study: Study as it was read.
        test_rows: What `rows_of_tests` gave.
        flipped: What `scotoma.results.flips.flips` gave.
    """
    if not flipped.height:
        return None
    fields = [field for field in study.task.fields if field in test_rows.columns]
    kinds = ["test", "start", "arm", "reference", "replicate", "cell", "turned"]
    chosen = _few(_with_cell(flipped, test_rows), kinds, study.seed, "turned answers", _OF_A_KIND)
    # Texts are joined only to rows that are shown: many models have millions of answers.
    sample = in_words(chosen.drop("cell")).join(
        test_rows, on=["test", "id"], how="left", maintain_order="left"
    )
    sample = sample.with_columns(pl.col("cell", *fields).fill_null(_NOT_THERE))
    moves = (f"{number(before)} → {number(after)}" for before, after in sample["p_before", "p_after"].rows())
    names = [" · ".join(filter(None, row)) for row in sample["subcase", "id"].rows()]
    shown_columns = (map_distinct(sample[name].to_list(), _shown) for name in (*kinds, *fields))
    rows = tuple(zip(*shown_columns, moves, map_distinct(names, _shown), strict=True))
    several = len({spot.counting_as(spot.target) for spot in study.blindspots}) > 1
    target = "target" if several else study.blindspots[0].target
    targets = ", ".join(f"{spot.target} ({spot.name})" for spot in study.blindspots)
    return Browser(
        name="turned",
        title="Read the answers that changed",
        caption=f"{len(rows):,} of {flipped.height:,} answers lost or gained, drawn at random within each "
        "choice below; the ids of all are in flips.parquet. Lost: right before, wrong after."
        f"{f' The target is {targets}.' if several else ''}{first_alone(study)}",
        filters=("blind spot", "start", "arm", "against", "replicate", "cell", "turned"),
        columns=(*fields, f"p({target}) before → after", "subcase · id"),
        n_texts=len(fields),
        rows=rows,
    )


def _with_cell(flipped: pl.DataFrame, test_rows: pl.DataFrame) -> pl.DataFrame:
    """Flipped rows with their cell, joined in chunks."""
    kind = pl.Enum(list(dict.fromkeys([*test_rows["cell"].drop_nulls(), _NOT_THERE])))
    places = test_rows.select("test", "id", pl.col("cell").cast(kind))
    parts = (
        part.select(pl.col("test").cast(pl.String), "id").join(
            places, on=["test", "id"], how="left", maintain_order="left"
        )["cell"]
        for part in flipped.iter_slices(_AT_ONCE)
    )
    return flipped.with_columns(pl.concat(parts).fill_null(_NOT_THERE))


def written_rows(plan: "Plan", reader: Reader, models_of_pool: Mapping[str, str]) -> Browser | None:
    """What generators wrote, kept or dropped, each row with its generator; None where nothing was screened.

    Args:
        plan: Plan of the study.
        reader: Reader of the rows.
        models_of_pool: For each screening step's key, the models that drew from it, in words.
    """
    fields = plan.study.task.fields
    pools = [step for step in plan.steps if step.stage == "screen" and reader.done(step)]
    tables = [_written(step, fields, reader, models_of_pool.get(step.key, "")) for step in pools]
    if not tables:
        return None
    table = pl.concat(tables)
    sample = _few(table, ["generator", "label", "outcome"], plan.study.seed, "written rows", _OF_A_POOL)
    columns = ["generator", "label", "outcome", "text", "id"]
    return Browser(
        name="written",
        title="Read what the generators wrote",
        caption=f"{sample.height:,} of {table.height:,} generated rows. results.json has the key of each "
        "generator's step in the store (`yields`), whose manifests have settings, seed and versions.",
        filters=("generator", "label asked for", "outcome"),
        columns=("text", "row"),
        n_texts=1,
        rows=tuple(zip(*(map_distinct(sample[name].to_list(), _shown) for name in columns), strict=True)),
    )


def _written(step: Step, fields: Sequence[str], reader: Reader, models: str) -> pl.DataFrame:
    kept_rows = reader.examples(step)
    texts = pl.concat_str([pl.col(field) for field in fields], separator=" / ")
    kept_rows = kept_rows.select("id", "label", text=texts, outcome=pl.lit("kept"))
    dropped = reader.rejects(step)
    dropped = dropped.select("id", "label", "text", outcome=pl.lit("dropped: ") + pl.col("reason"))
    return pl.concat([kept_rows, dropped]).with_columns(pl.lit(models).alias("generator"))


def _tests(plan: "Plan") -> Iterator[tuple[str, Step]]:
    """The blind spots' test sets, which are the same for every model."""
    spots = {spot.name for spot in plan.study.blindspots}
    yield from ((name, step) for name, step in plan.models[0].predictions.tests if name in spots)


def _rows_of_test(name: str, step: Step, study: Study, reader: Reader) -> pl.DataFrame:
    """Id, cell and texts of a test set's rows; no rows if the store no longer has it."""
    if not reader.done(step):
        return pl.DataFrame(schema=dict.fromkeys(("test", "id", "cell", "subcase"), pl.String))
    rows = reader.examples(step)
    cell = pl.concat_str([pl.col("heuristic"), pl.col("label")], separator="/")
    return rows.select(pl.lit(name).alias("test"), "id", cell.alias("cell"), "subcase", *study.task.fields)


def _few(table: pl.DataFrame, kinds: list[str], seed: int, role: str, most: int) -> pl.DataFrame:
    """A few rows of every kind, in the table's order."""
    # In chunks, to spare memory.
    parts = [
        part.group_by(kinds, maintain_order=True).agg("row")
        for part in table.select(*kinds).with_row_index("row").iter_slices(_AT_ONCE)
    ]
    groups = pl.concat(parts).group_by(kinds, maintain_order=True).agg(pl.col("row").explode())
    n = max(1, min(most, _ROWS // max(1, groups.height)))
    chosen = []
    for kind, rows in zip(groups.select(kinds).iter_rows(), groups["row"], strict=True):
        rng = stream(seed, "report", role, *(str(value) for value in kind))
        chosen.append(rng.permutation(rows.to_numpy().astype(np.int64))[:n])
    return table[np.sort(np.concatenate(chosen))] if chosen else table


def _shown(value: object) -> str:
    text = visible("" if value is None else str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"

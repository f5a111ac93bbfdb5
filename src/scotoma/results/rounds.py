"""The drift of what a generator writes, and of what models learn from it, from round to round."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from statistics import fmean
from typing import TYPE_CHECKING, Any

import polars as pl

from scotoma.arms.arm import GENERATOR_MARK
from scotoma.blindspots.predicates.overlap import holds, overlaps_word
from scotoma.results.reader import Reader
from scotoma.results.yields import Yield
from scotoma.statistics.association import Counts, count, odds_ratio
from scotoma.statistics.intervals import LEVEL
from scotoma.store.steps import Step

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan

#: Columns; `scotoma.report.columns` says what each is.
SCHEMA: dict[str, type[pl.DataType]] = {
    "replicate": pl.Int64,
    "start": pl.String,
    "source": pl.String,
    "quantity": pl.String,
    "round": pl.Int64,
    "value": pl.Float64,
}

POOL = "pool"

#: Of pools: different pairs of neighbouring words over all pairs, in as many rows of every pool as the
#: smallest has; natural logarithm; share of rows whose label is the computed one.
DIVERSITY, ODDS, TRUTH = "distinct-2", "ln odds ratio of overlap", "true labels"

#: Test, cell and measure of a model, by the quantity's name.
Places = Mapping[str, tuple[str, str, str]]

Found = tuple[int, str, str, str, int, float]


def rounds(
    plan: "Plan", reader: Reader, measures: pl.DataFrame, yields: Sequence[Yield], places: Places
) -> pl.DataFrame:
    """Every quantity in every round and replicate; no row for a study of one round, or for what is not there.

    Args:
        plan: Plan of the study.
        reader: Reader of the pools.
        measures: All measures of the study.
        yields: One yield for every pool that is there.
        places: What to follow of the models.
    """
    if plan.study.n_rounds == 1:
        return pl.DataFrame(schema=SCHEMA)
    rows = [*_of_models(plan, measures, places), *_of_pools(plan, reader, yields)]
    return pl.DataFrame(list(dict.fromkeys(rows)), schema=SCHEMA, orient="row")


def _of_models(plan: "Plan", measures: pl.DataFrame, places: Places) -> Iterator[Found]:
    originals = {arm.n: arm.name for arm in plan.study.all_arms if arm.kind == "original"}
    for quantity, (test, cell, measure) in places.items():
        here = measures.filter(
            pl.col("test") == test,
            pl.col("cell") == cell,
            pl.col("measure") == measure,
            pl.col("value").is_not_null(),
        )
        values = {row[:3]: row[3] for row in here.select("replicate", "start", "arm", "value").iter_rows()}
        for model in (one for one in plan.models if one.arm.is_written):
            for number, name in {0: originals.get(model.arm.n), model.round: model.name}.items():
                value = values.get((model.replicate, model.start, name))
                if value is not None:
                    yield model.replicate, model.start, model.arm.name, quantity, number, value


def _of_pools(plan: "Plan", reader: Reader, yields: Sequence[Yield]) -> Iterator[Found]:
    step_of = {step.key: step for step in plan.steps}
    fields, target = plan.study.task.fields, plan.study.task.target
    written = {one.key: reader.examples(step_of[one.key]) for one in yields}
    corpora = {
        corpus.key: reader.examples(corpus) for key in written for corpus in _corpora(step_of[key], reader)
    }
    least = min((table.height for table in (*written.values(), *corpora.values())), default=0)
    before = {
        key: {DIVERSITY: _diversity(table, fields, least), ODDS: _log_odds(_counts(table, fields, target))}
        for key, table in corpora.items()
    }
    for one in yields:
        measured = {
            DIVERSITY: _diversity(written[one.key], fields, least),
            ODDS: _log_odds(_counts(written[one.key], fields, target)),
            TRUTH: _truth(one.funnel),
        }
        source = f"{POOL}{GENERATOR_MARK}{one.generator}" if one.generator else POOL
        corpora_of = _corpora(step_of[one.key], reader)
        known = [*((0, before[corpus.key]) for corpus in corpora_of), (one.round, measured)]
        for (number, quantities), replicate, start in product(known, one.replicates, one.starts):
            for quantity, value in quantities.items():
                if value is not None:
                    yield replicate, start, source, quantity, number, value


def _corpora(screen: Step, reader: Reader) -> list[Step]:
    """The original examples that a screen has looked at, where they are there."""
    return [step for step in screen.inputs if step.stage == "read_examples" and reader.done(step)][:1]


def _diversity(table: pl.DataFrame, fields: Sequence[str], n: int) -> float | None:
    """Mean over texts of distinct-2, of n rows."""
    from scotoma.audits.diversity import hash_orders, variety  # with all that an audit computes
    from scotoma.audits.texts import Texts

    if not n:
        return None
    texts = Texts.of(table, fields)
    by_field = [variety(texts, field, hash_orders(table[field])[1][:n]).distinct_2 for field in fields]
    known = [value for value in by_field if value is not None]
    return fmean(known) if known else None


def _counts(table: pl.DataFrame, fields: Sequence[str], target: str) -> Counts | None:
    if len(fields) != 2:
        return None
    overlap = holds(overlaps_word, table[fields[0]], table[fields[1]]).to_numpy()
    return count(overlap, (table["label"] == target).to_numpy())


def _log_odds(counts: Counts | None) -> float | None:
    ratio = odds_ratio(counts, level=LEVEL).value if counts else None
    return math.log(ratio) if ratio else None


def _truth(funnel: Mapping[str, Any]) -> float | None:
    """Share of rows whose label is true, where that can be computed."""
    labels = [of for of in funnel.get("by_label", {}).values() if "label_true" in of]
    n = sum(of["kept"] for of in labels)
    return sum(of["label_true"] * of["kept"] for of in labels) / n if n else None

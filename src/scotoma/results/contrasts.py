"""Every arm against its start and against the same amount of original data, paired by replicate.

Both contrasts are always made: in Zhang and Pavlick 2025 synthetic data is about neutral against
its start and lower in 18 of 18 cells against the same amount of original data. The answer depends on the
reference, so a reader sees both. Another contrast is made where a claim is about it.
"""

from collections.abc import Iterable

import polars as pl

from scotoma.measures.cells import TAGS as CELL_TAGS
from scotoma.measures.measuring import SCHEMA as MEASURES_SCHEMA
from scotoma.results.models import IS_REPETITION, MODEL_SCHEMA
from scotoma.statistics.intervals import LEVEL, Estimate, t_interval

#: Columns of the measures of a whole study.
STUDY_SCHEMA: dict[str, type[pl.DataType]] = {**MODEL_SCHEMA, **MEASURES_SCHEMA}

#: Columns of the contrasts; `scotoma.report.columns` says what each is.
SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "start": pl.String,
    "arm": pl.String,
    "arm_n": pl.Int64,
    "kind": pl.String,
    "generator": pl.String,
    "round": pl.Int64,
    "reference": pl.String,
    "against": pl.String,
    "contrast": pl.String,
    "test": pl.String,
    "cell": pl.String,
    **CELL_TAGS,
    "measure": pl.String,
    "mean": pl.Float64,
    "sd": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "replicates": pl.Int64,
    "values": pl.List(pl.Float64),
    "replicate_ids": pl.List(pl.Int64),
    "reason": pl.String,
}

_CELL = ["start", "test", "cell", "measure"]

#: What one contrast is about, and all that goes with it.
_CONTRAST = [name for name in list(SCHEMA)[: list(SCHEMA).index("mean")] if name != "contrast"]


def contrasts(measures: pl.DataFrame, more: Iterable[tuple[str, str]] = ()) -> pl.DataFrame:
    """`ARM - start` and `ARM - original` for every arm, in every cell, for every measure; and others.

    Answers: "how much would this arm move the measure, against the model it started from and
    against the same number of original rows, if the whole chain were run again?" The unit is the replicate: a
    difference is taken inside each, and the interval (95 %, t) is over replicates.

    Args:
        measures: The columns of `STUDY_SCHEMA`, all models of a study.
        more: Names of further models and of those that each is compared with.

    Returns:
        The columns of `SCHEMA`, ordered by first appearance. Where nothing can be paired, mean is
        null and `reason` says why; where only some replicates can be, `reason` says which cannot.
    """
    ordered = measures.filter(~IS_REPETITION).sort("replicate", maintain_order=True)
    is_start, is_original = pl.col("kind") == "none", pl.col("kind") == "original"
    arms, starts, originals = (ordered.filter(chosen) for chosen in (~is_start, is_start, is_original))
    sized = arms.filter(~is_original).with_columns(
        reference=pl.format("original-{}", "arm_n").fill_null("original"), against=pl.lit("original")
    )
    against_start = _pair(
        arms.with_columns(reference=pl.lit("start"), against=pl.lit("start")), starts, ["replicate", *_CELL]
    )
    against_original = _pair(sized, originals, ["replicate", "arm_n", *_CELL])
    further = [
        _pair(
            arms.filter(pl.col("arm") == name).with_columns(
                reference=pl.lit(other), against=_kind_of(arms, other)
            ),
            arms.filter(pl.col("arm") == other),
            ["replicate", *_CELL],
        )
        for name, other in more
    ]
    grouped = (
        pl.concat([against_start, against_original, *further])
        .group_by(_CONTRAST, maintain_order=True)
        .agg("replicate", "difference", "reason")
    )
    return pl.DataFrame([_estimate(row) for row in grouped.iter_rows(named=True)], schema=SCHEMA)


def _pair(arms: pl.DataFrame, references: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Arms beside their reference; `difference` is null where `reason` says why."""
    reference_values = references.select(*on, their_value="value", their_reason="reason", found=True)
    no_size = (pl.col("against") == "original") & pl.col("arm_n").is_null()
    absent = pl.format("no {} from start {} in replicate {}", _in_words, "start", "replicate")
    return (
        arms.join(reference_values, on=on, how="left", maintain_order="left")
        .with_columns(difference=pl.col("value") - pl.col("their_value"))
        .with_columns(
            reason=pl.when(pl.col("difference").is_not_null())
            .then(pl.lit(""))
            .when(no_size)
            .then(pl.lit("an arm from a file has no size in the study to match"))
            .when(pl.col("found").is_null())
            .then(absent)
            .when(pl.col("value").is_null())
            .then(pl.col("reason"))
            .otherwise(pl.format("{}: {}", "reference", "their_reason"))
        )
        .select(*_CONTRAST, "replicate", "difference", "reason")
    )


def _kind_of(arms: pl.DataFrame, name: str) -> pl.Expr:
    """The kind of a model, and the name of one of originals: these are of another number than is usual."""
    kinds = arms.filter(pl.col("arm") == name)["kind"]
    return pl.lit(name if not kinds.len() or kinds[0] == "original" else kinds[0])


_in_words = pl.when(pl.col("against") == "start").then(pl.lit("start model")).otherwise(pl.col("reference"))


def _estimate(group: dict[str, object]) -> dict[str, object]:
    """One row of the contrasts from the differences of its replicates."""
    columns = (group["replicate"], group["difference"], group["reason"])
    triples = list(zip(*columns, strict=True))  # type: ignore[call-overload]
    pairs = [(replicate, difference) for replicate, difference, _ in triples if difference is not None]
    reasons = [reason for _, difference, reason in triples if difference is None]
    values = [difference for _, difference in pairs]
    interval = t_interval(values, level=LEVEL)
    return {
        **{name: group[name] for name in _CONTRAST},
        "contrast": f"{group['kind']} - {group['against']}",
        "mean": interval.mean,
        "sd": interval.sd,
        "low": interval.low,
        "high": interval.high,
        "replicates": interval.n,
        "values": values,
        "replicate_ids": [replicate for replicate, _ in pairs],
        "reason": _reason(interval, reasons),
    }


def _reason(interval: Estimate, unpaired: list[str]) -> str:
    if not unpaired:
        return interval.reason
    if interval.mean is None:
        return unpaired[0]
    count = f"{len(unpaired)} of {len(unpaired) + interval.n} replicates have no pair: {unpaired[0]}"
    return f"{count}; {interval.reason}" if interval.reason else count

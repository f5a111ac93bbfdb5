"""Explanations of the effect of synthetic data: faults repaired in them, or copied into original data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from scotoma.arms import ARMS
from scotoma.results.focus import focus
from scotoma.statistics.intervals import LEVEL, Estimate, t_interval
from scotoma.study.study import Study


@dataclass(frozen=True)
class Part:
    """One comparison of two arms of the same size.

    Attributes:
        name: Name of the part.
        arm: The kind that was trained on.
        reference: The kind that it is compared with.
        repairs: Whether the arm repairs a fault of the synthetic data, so that the sign is reversed.
    """

    name: str
    arm: str
    reference: str
    repairs: bool = False


TOTAL = Part("total", "synthetic", "original")
PARTS = (
    TOTAL,
    *(Part(one.name, kind, one.reference, one.repairs) for kind, arm in ARMS.items() for one in arm.explains),
)

#: Arms that each explain a part of the difference.
EXPLAINING = frozenset(part.arm for part in PARTS[1:])

#: Columns; `scotoma.report.columns` says what each is.
SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "start": pl.String,
    "n": pl.Int64,
    "generator": pl.String,
    "round": pl.Int64,
    "test": pl.String,
    "cell": pl.String,
    "measure": pl.String,
    "part": pl.String,
    "arm": pl.String,
    "reference": pl.String,
    "mean": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "replicates": pl.Int64,
    "share": pl.Float64,
    "values": pl.List(pl.Float64),
    "replicate_ids": pl.List(pl.Int64),
    "reason": pl.String,
}


def causes(study: Study, measures: pl.DataFrame) -> pl.DataFrame:
    """Every part of the effect of synthetic data, on the task and in the claim's cell of every blind spot.

    Answers: "how far would the measure move if this one thing were repaired, or done to original data, and
    the whole chain were run again?" The unit is the replicate; intervals are Student's t (95 %). The parts
    need not add up: each has a reference of its own, and what is repaired together may be more or less than
    the sum.

    Args:
        study: Study whose arms say which parts there are.
        measures: All measures of the study.
    """
    starts = measures["start"].unique(maintain_order=True)
    rows = [
        row
        for of, names in _models_explained(study).items()
        for place in _places(study)
        for start in starts
        for row in _parts((start, *of, *place), _values(measures, start, place), names)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _models_explained(study: Study) -> dict[tuple[int, str, int], dict[str, str]]:
    """By size, generator and round, the models that are compared, by kind of arm."""
    explained: dict[tuple[int, str, int], dict[str, str]] = {}
    for arm in study.all_arms:
        if arm.kind in EXPLAINING and arm.name_values:
            continue  # made in another way than the arms that are explained
        for number in study.rounds_of(arm) if arm.n and arm.is_written else ():
            explained.setdefault((arm.n or 0, arm.generator or "", number), {})[arm.kind] = arm.name_in(
                number
            )
    originals = {arm.n: arm.name for arm in study.arms if arm.kind == "original"}
    return {
        of: {**names, **({"original": originals[of[0]]} if of[0] in originals else {})}
        for of, names in sorted(explained.items(), key=lambda item: item[0][0])
        if EXPLAINING & names.keys()
    }


_Place = tuple[str, str, str]


def _places(study: Study) -> Iterator[_Place]:
    yield next(iter(study.data.tests)), "all", "accuracy"
    for spot in study.blindspots:
        yield spot.name, *focus(study, spot)


def _values(measures: pl.DataFrame, start: str, place: _Place) -> dict[str, dict[int, float]]:
    """By arm, each replicate's value."""
    by_arm: dict[str, dict[int, float]] = {}
    test, cell, measure = place
    chosen = measures.filter(
        pl.col("start") == start,
        pl.col("test") == test,
        pl.col("cell") == cell,
        pl.col("measure") == measure,
        pl.col("value").is_not_null(),
    )
    for arm, replicate, value in chosen.select("arm", "replicate", "value").iter_rows():
        by_arm.setdefault(arm, {})[replicate] = value
    return by_arm


def _parts(
    of: tuple[object, ...],
    values: Mapping[str, Mapping[int, float]],
    names: Mapping[str, str],
) -> Iterator[tuple[object, ...]]:
    total: Estimate | None = None
    for part in PARTS:
        if not {part.arm, part.reference} <= names.keys():
            continue
        arm, reference = names[part.arm], names[part.reference]
        arm_values, reference_values = values.get(arm, {}), values.get(reference, {})
        both = sorted(arm_values.keys() & reference_values.keys())
        differences = [arm_values[one] - reference_values[one] for one in both]
        interval = t_interval(differences, level=LEVEL)
        total = interval if part is TOTAL else total
        share = _share(part, interval, total)
        numbers = (
            interval.mean,
            interval.low,
            interval.high,
            interval.n,
            share,
            differences,
            both,
            interval.reason,
        )
        yield (*of, part.name, arm, reference, *numbers)


def _share(part: Part, interval: Estimate, total: Estimate | None) -> float | None:
    """Share of the total; None if the total may be 0."""
    if part is TOTAL or total is None or not total.mean or interval.mean is None:
        return None
    if total.low is None or total.high is None or total.low <= 0 <= total.high:
        return None
    return (-interval.mean if part.repairs else interval.mean) / total.mean

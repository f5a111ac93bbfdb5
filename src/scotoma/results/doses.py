"""Curves over the share of synthetic or biased rows, and the share at which a claim first fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from scotoma.arms import ARMS, Arm
from scotoma.blindspots import BlindSpot
from scotoma.results.focus import focus
from scotoma.results.verdicts import Judgement
from scotoma.study.study import Study

#: Columns; `scotoma.report.columns` says what each is.
SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "kind": pl.String,
    "n": pl.Int64,
    "generator": pl.String,
    "round": pl.Int64,
    "start": pl.String,
    "test": pl.String,
    "cell": pl.String,
    "measure": pl.String,
    "share": pl.Float64,
    "arm": pl.String,
    "reference": pl.String,
    "mean": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "replicates": pl.Int64,
    "values": pl.List(pl.Float64),
    "verdict": pl.String,
    "reason": pl.String,
}

#: Kinds of arm that form curves.
_ON_CURVES = frozenset(name for kind, arm in ARMS.items() if arm.curve for name in (kind, arm.curve.whole))

#: Columns that are the same for all rows of a curve.
_CURVE = ("kind", "n", "generator", "round", "test", "start")


@dataclass(frozen=True)
class Curve:
    """Arms of one size, generator and round that differ in how many of their rows are original.

    Attributes:
        kind: Kind of the other rows: synthetic or biased.
        n: Rows of every arm.
        generator: Who wrote them, of several; else empty.
        round: Round in which the rows were written.
        arms: Share of the others and the model's name, least first, those of originals alone left out.
    """

    kind: str
    n: int
    generator: str
    round: int
    arms: tuple[tuple[float, str], ...]


def curves(study: Study) -> list[Curve]:
    """Those with two shares or more beside the original arm of the same size."""
    by_curve: dict[tuple[str, int, str, int], dict[str, float]] = {}
    for arm in study.all_arms:
        kind, share = _share(arm)
        if arm.n is not None and share:
            for number in study.rounds_of(arm):
                shares = by_curve.setdefault((kind, arm.n, arm.generator or "", number), {})
                shares[arm.name_in(number)] = share
    return [
        Curve(*of, tuple(sorted((share, name) for name, share in shares.items())))
        for of, shares in by_curve.items()
        if len(shares) > 1
    ]


def _share(arm: Arm) -> tuple[str, float | None]:
    if arm.curve:
        share: float | None = getattr(arm, arm.curve.setting)
        return arm.curve.whole, 1.0 if share is None else share
    return (arm.kind, 1.0) if arm.kind in _ON_CURVES else ("", None)


def place(study: Study, blindspot: BlindSpot) -> tuple[str, str]:
    """The cell and measure of the curves: of the first claim about one, else where a report looks first."""
    about = [f"{kind} - original" for kind in _ON_CURVES]
    for claim in study.claims:
        if claim.blindspot == blindspot.name and claim.contrast in about and claim.beyond is None:
            return claim.cell, claim.measure
    return focus(study, blindspot)


def doses(study: Study, contrasts: pl.DataFrame, judgements: Sequence[Judgement]) -> pl.DataFrame:
    """Every arm of every curve against the original arm of its size, where each blind spot's claim looks.

    Args:
        study: Study whose arms are on curves.
        contrasts: All contrasts of the study.
        judgements: Judgements that give the verdicts.
    """
    rows = [
        row
        for curve in curves(study)
        for spot in study.blindspots
        for row in _rows(curve, (spot.name, *place(study, spot)), contrasts, judgements)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def missing_curves(study: Study) -> Iterator[str]:
    """Why a curve that the study has arms for is not there, in a sentence each."""
    originals = {arm.n for arm in study.arms if arm.kind == "original"}
    for kind, n in dict.fromkeys(
        (curve.kind, curve.n) for curve in curves(study) if curve.n not in originals
    ):
        yield f"There is no curve over shares of {kind} rows among {n}: it requires the arm `original: {n}`."


def _rows(
    curve: Curve, place: tuple[str, str, str], contrasts: pl.DataFrame, judgements: Sequence[Judgement]
) -> Iterator[tuple[object, ...]]:
    test, cell, measure = place
    verdicts = {
        (one.start, one.arm, one.reference): one.word
        for one in reversed(judgements)  # of several claims on the same, the first
        if (one.claim.blindspot, one.claim.cell, one.claim.measure) == place and one.claim.beyond is None
    }
    chosen = contrasts.filter(
        pl.col("against") == "original",
        pl.col("test") == test,
        pl.col("cell") == cell,
        pl.col("measure") == measure,
        pl.col("mean").is_not_null(),
    )
    row_of = {(row["start"], row["arm"]): row for row in chosen.iter_rows(named=True)}
    for start in dict.fromkeys(start for start, _ in row_of):
        for share, arm in curve.arms:
            if row := row_of.get((start, arm)):
                verdict = verdicts.get((start, arm, row["reference"]), "")
                own = [row[name] for name in ("mean", "low", "high", "replicates", "values")]
                of = (curve.kind, curve.n, curve.generator, curve.round, start, *place)
                yield (*of, share, arm, row["reference"], *own, verdict, row["reason"])


def sentences(curve_rows: pl.DataFrame) -> list[str]:
    """For each curve and start, at which share its claim first fails."""
    if not curve_rows.height:
        return []
    grouped = curve_rows.partition_by(_CURVE, maintain_order=True)
    return [_sentence(one.to_dicts()) for one in grouped]


def _sentence(rows: list[dict[str, Any]]) -> str:
    first = rows[0]
    title = f"{name(first)}, {first['measure']} on {first['test']} {first['cell']}: "
    return f"Share of {title}" + where_it_fails([(row["share"], row["verdict"]) for row in rows])


def name(row: dict[str, Any]) -> str:
    """A row's curve: `synthetic rows among 600, generator gemma, round 2, from start 1200`."""
    generator = f", generator {row['generator']}" if row["generator"] else ""
    number = f", round {row['round']}" if row["round"] > 1 else ""
    return f"{row['kind']} rows among {row['n']}{generator}{number}, from start {row['start']}"


def where_it_fails(verdicts: Sequence[tuple[float, str]]) -> str:
    """At which share a claim first fails, and what is not known of the others.

    Args:
        verdicts: Share and word, the least share first; an empty word where no claim was declared.
    """
    verdicts_given = [(share, word) for share, word in verdicts if word]
    if not verdicts_given:
        return "no claim was declared, so there is no verdict at any share."
    worse = [share for share, word in verdicts_given if word == "WORSE"]
    end = worse[0] if worse else verdicts_given[-1][0]
    before = [(share, word) for share, word in verdicts_given if not worse or share < end]
    fine = [(share, word) for share, word in before if word in ("EQUIVALENT", "BETTER")]
    if not worse and not fine:
        return f"at no share up to {end:g} can these replicates tell whether the claim fails."
    parts = [
        f"the claim first fails at {end:g} (WORSE)"
        if worse
        else f"the claim is not found to fail up to {end:g}"
    ]
    if fine:
        parts.append(
            f"the greatest share{' below it' if worse else ''} shown not to fail is {fine[-1][0]:g} "
            f"({fine[-1][1]})"
        )
    elif before:
        parts.append("no smaller share is shown not to fail")
    unsure = [share for share, word in before if word not in ("EQUIVALENT", "BETTER")]
    if unsure:
        parts.append(f"at {_listed(unsure)} these replicates cannot tell")
    recovered = [share for share, word in verdicts_given if worse and share > end and word != "WORSE"]
    if recovered:
        parts.append(
            f"at {_listed(recovered)}, above it, it is not found to fail, so the verdicts do not "
            "follow the share"
        )
    silent = [share for share, word in verdicts if not word]
    if silent:
        parts.append(f"no claim was declared for {_listed(silent)}")
    return "; ".join(parts) + "."


def _listed(shares: Sequence[float]) -> str:
    return ", ".join(f"{share:g}" for share in shares)

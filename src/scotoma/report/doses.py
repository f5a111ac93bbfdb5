"""Curves over the share of synthetic or biased rows, and the share at which a claim first fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from scotoma.report.focus import focus
from scotoma.report.verdicts import Judgement
from scotoma.settings import Arm
from scotoma.study import Study

#: Columns. `verdict` is that of a claim on the same cell and measure, empty where none was declared; `kind`
#: is what the share is of.
SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "kind": pl.String,
    "n": pl.Int64,
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


@dataclass(frozen=True)
class Curve:
    """Arms of one size that differ in how many of their rows are original.

    Attributes:
        kind: What the others are: synthetic or biased.
        n: Rows of every arm.
        arms: Share of the others and the arm's name, least first, those of originals alone left out.
    """

    kind: str
    n: int
    arms: tuple[tuple[float, str], ...]


def curves(study: Study) -> list[Curve]:
    """Those with two shares or more beside the original arm of the same size."""
    found: dict[tuple[str, int], dict[str, float]] = {}
    for arm in study.arms:
        kind, share = _share(arm)
        if arm.n is not None and share:
            found.setdefault((kind, arm.n), {})[arm.name] = share
    return [
        Curve(kind, n, tuple(sorted((share, name) for name, share in shares.items())))
        for (kind, n), shares in found.items()
        if len(shares) > 1
    ]


def _share(arm: Arm) -> tuple[str, float | None]:
    match arm.kind:
        case "mixed":
            return "synthetic", arm.synthetic
        case "synthetic":
            return "synthetic", 1.0
        case "biased":
            return "biased", 1.0 if arm.dose is None else arm.dose
    return "", None


def doses(study: Study, contrasts: pl.DataFrame, judgements: Sequence[Judgement]) -> pl.DataFrame:
    """Every arm of every curve against the original arm of its size, where each blind spot's claim looks.

    Args:
        study: Whose arms are on curves.
        contrasts: All of the study's.
        judgements: For the verdicts.
    """
    rows = [
        row
        for curve in curves(study)
        for spot in study.blindspots
        for row in _rows(curve, (spot.name, *focus(study, spot)), contrasts, judgements)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(
        "kind", "n", "test", "start", "share", maintain_order=True
    )


def _rows(
    curve: Curve, place: tuple[str, str, str], contrasts: pl.DataFrame, judgements: Sequence[Judgement]
) -> Iterator[tuple[object, ...]]:
    test, cell, measure = place
    shares = {name: share for share, name in curve.arms}
    chosen = contrasts.filter(
        pl.col("arm").is_in(list(shares)),
        pl.col("reference") != "start",
        pl.col("test") == test,
        pl.col("cell") == cell,
        pl.col("measure") == measure,
        pl.col("mean").is_not_null(),
    )
    for row in chosen.iter_rows(named=True):
        verdict = next(
            (
                one.word
                for one in judgements
                if (one.claim.blindspot, one.claim.cell, one.claim.measure) == place
                and (one.start, one.arm, one.reference) == (row["start"], row["arm"], row["reference"])
                and one.claim.beyond is None
            ),
            "",
        )
        own = [row[name] for name in ("mean", "low", "high", "replicates", "values")]
        names = (shares[row["arm"]], row["arm"], row["reference"])
        yield (curve.kind, curve.n, row["start"], *place, *names, *own, verdict, row["reason"])


def sentences(found: pl.DataFrame) -> list[str]:
    """For each curve and start, at which share its claim first fails."""
    if not found.height:
        return []
    grouped = found.partition_by("kind", "n", "test", "start", maintain_order=True)
    return [_sentence(one.to_dicts()) for one in grouped]


def _sentence(rows: list[dict[str, Any]]) -> str:
    first = rows[0]
    title = (
        f"Share of {first['kind']} rows among {first['n']}, from start {first['start']}, "
        f"{first['measure']} on {first['test']} {first['cell']}: "
    )
    return title + where_it_fails([(row["share"], row["verdict"]) for row in rows])


def where_it_fails(verdicts: Sequence[tuple[float, str]]) -> str:
    """At which share a claim first fails, and what is not known of the others.

    Args:
        verdicts: Share and word, the least share first; an empty word where no claim was declared.
    """
    judged = [(share, word) for share, word in verdicts if word]
    if not judged:
        return "no claim was declared, so there is no verdict at any share."
    worse = [share for share, word in judged if word == "WORSE"]
    end = worse[0] if worse else judged[-1][0]
    before = [(share, word) for share, word in judged if not worse or share < end]
    fine = [(share, word) for share, word in before if word in ("EQUIVALENT", "BETTER")]
    if not worse and not fine:
        return f"at no share up to {end:g} can these replicates tell whether the claim fails."
    said = [
        f"the claim first fails at {end:g} (WORSE)"
        if worse
        else f"the claim is not found to fail up to {end:g}"
    ]
    if fine:
        said.append(
            f"the greatest share{' below it' if worse else ''} shown not to fail is {fine[-1][0]:g} "
            f"({fine[-1][1]})"
        )
    elif before:
        said.append("no smaller share is shown not to fail")
    unsure = [share for share, word in before if word not in ("EQUIVALENT", "BETTER")]
    if unsure:
        said.append(f"at {_listed(unsure)} these replicates cannot tell")
    recovered = [share for share, word in judged if worse and share > end and word != "WORSE"]
    if recovered:
        said.append(
            f"at {_listed(recovered)}, above it, it is not found to fail, so the verdicts do not "
            "follow the share"
        )
    silent = [share for share, word in verdicts if not word]
    if silent:
        said.append(f"no claim was declared for {_listed(silent)}")
    return "; ".join(said) + "."


def _listed(shares: Sequence[float]) -> str:
    return ", ".join(f"{share:g}" for share in shares)

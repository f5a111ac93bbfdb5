"""Runs the study `dial` at several strengths of the shortcut in the original data: two tables, one figure.

    python scripts/by_dial.py --store store --workers 2
    python scripts/by_dial.py --store store --dials 0.5 1 --replicates 5 --figure by-dial.svg

Each strength is a separate study, written to `--studies` and run as `scotoma run` would. Finished steps are
not run again. All studies have the same test sets. The first table has every claim with its verdict, the
second the change on blind spot and task against each reference.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import yaml

from finding import print_table
from scotoma.basics.words import moved
from scotoma.experiment import plan
from scotoma.results import results
from scotoma.results.results import Results
from scotoma.results.verdicts import Judgement
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.finding import bundled_studies

DIALS = (0.5, 0.7, 0.85, 1.0)


def main() -> None:
    """Runs what is missing, prints both tables as Markdown, draws the figure."""
    options = _options()
    claims, rows = list[tuple[str, ...]](), list[dict[str, Any]]()
    for dial in options.dials:
        file = _study(dial, options.studies)
        if not options.no_run:
            _run(file, options)
        planned = plan(load_study(str(file), replicates=options.replicates))
        found = results(planned, Store(options.store), on_record=False)
        claims += [(f"{dial:g}", *_judged(one)) for one in found.judgements]
        rows += _contrasts(dial, found)
    print_table(("dial", "claim", "where", "difference", "verdict"), claims)
    print()
    changes = ((f"{row['dial']:g}", row["of"], row["against"], _moved(row)) for row in rows)
    print_table(("dial", "of", "against", "moved"), changes)
    if options.figure:
        _draw(rows).save(str(options.figure))


def _study(dial: float, folder: Path) -> Path:
    """The study's file at this strength."""
    content = yaml.safe_load(bundled_studies()["dial"].read_text(encoding="utf8"))
    content["data"]["train"]["microworld"]["dial"] = dial
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"dial-{dial:g}.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf8")
    return file


def _run(file: Path, options: argparse.Namespace) -> None:
    command = [sys.executable, "-m", "scotoma", "run", str(file), "--store", str(options.store)]
    command += ["--workers", str(options.workers), "--device", "cpu"]
    command += ["--replicates", str(options.replicates)] if options.replicates else []
    subprocess.run([*command, "--out", str(options.studies / f"report-{file.stem}")], check=True)


def _judged(one: Judgement) -> tuple[str, str, str, str]:
    """A claim, where it was judged, its difference and its verdict."""
    change = moved(one.interval.mean, one.interval.low, one.interval.high)
    return one.claim.contrast, one.claim.place, change, one.word


def _moved(row: Mapping[str, Any]) -> str:
    return moved(row["mean"], row["low"], row["high"])


def _contrasts(dial: float, found: Results) -> list[dict[str, Any]]:
    """Contrasts of the synthetic arm on the blind spot and on the task, against both references."""
    rows: list[dict[str, Any]] = []
    for test, cell, name in (("microworld", "all/non-entailment", "blind spot"), ("general", "all", "task")):
        chosen = found.contrasts.filter(
            pl.col("test") == test,
            pl.col("cell") == cell,
            pl.col("measure") == "accuracy",
            pl.col("arm").str.starts_with("synthetic"),
        )
        rows += [
            {**row, "dial": dial, "of": name, "against": row["reference"].split("-")[0]}
            for row in chosen.iter_rows(named=True)
        ]
    return rows


def _draw(rows: list[dict[str, Any]]) -> Any:
    """A panel for the blind spot and one for the task; the two references are side by side."""
    aside = {"start": -0.008, "original": 0.008}
    names = ("of", "mean", "low", "high")
    values = [
        {
            **{name: row[name] for name in names},
            "against": row["against"],
            "x": row["dial"] + aside[row["against"]],
        }
        for row in rows
    ]
    low, high = min(row["low"] or 0 for row in values), max(0, *(row["high"] or 0 for row in values))
    ticks = alt.Axis(values=sorted({row["dial"] for row in rows}), format=".3~g", grid=False)
    x = alt.X("x:Q", title="dial of the original data", axis=ticks, scale=alt.Scale(zero=False))
    marks = (alt.Color("against:N", title="against"), alt.Shape("against:N", title="against"))
    unlisted = alt.Color("against:N", legend=None)

    def up(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title="change in accuracy", scale=alt.Scale(domain=[low, high], nice=True))

    def panel(of: str) -> Any:
        base = alt.Chart(alt.InlineData(values=[row for row in values if row["of"] == of]))
        zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(strokeDash=[3, 3])
        layers = alt.layer(
            zero.encode(up("at")),
            base.mark_rule(strokeWidth=2).encode(x, up("low"), alt.Y2("high:Q"), unlisted),
            base.mark_line(opacity=0.4).encode(x, up("mean"), unlisted),
            base.mark_point(size=80, filled=True, opacity=1).encode(x, up("mean"), *marks),
        )
        # With independent scales the points' colour and shape share one legend.
        layers = layers.resolve_scale(color="independent", shape="independent")
        return layers.properties(width=280, height=240, title=of)

    return alt.hconcat(*(panel(of) for of in dict.fromkeys(row["of"] for row in values)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dials", type=float, nargs="+", default=list(DIALS))
    parser.add_argument("--studies", type=Path, default=Path("by-dial"), help="folder of studies and reports")
    parser.add_argument("--store", type=Path, default=Path("store"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--replicates", type=int, help="replaces the study's number")
    parser.add_argument("--figure", type=Path, help="SVG or PNG file to draw")
    parser.add_argument("--no-run", action="store_true", help="run nothing; use the results that exist")
    return parser.parse_args()


if __name__ == "__main__":
    main()

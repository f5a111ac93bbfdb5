"""Runs the study `dial` at several strengths of the shortcut in the original data: two tables, one figure.

    python scripts/by_dial.py --store store --workers 2
    python scripts/by_dial.py --store store --dials 0.5 1 --replicates 5 --figure by-dial.svg

Each strength is a separate study, written to `--studies` and run as `scotoma run` would. Finished steps are
not run again. All studies have the same test sets. The first table has every claim with its verdict, the
second the change of d' and of accuracy on blind spot and task against each reference; the figure shows those
against the same amount of original data.
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

from charts import changes_chart
from finding import print_table
from scotoma.basics.words import with_interval
from scotoma.experiment import plan
from scotoma.results import results
from scotoma.results.results import Results
from scotoma.results.verdicts import Judgement
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.finding import bundled_studies

DIALS = (0.5, 0.7, 0.85, 1.0)
#: Test and cell of each measure, on the blind spot and on the task.
PLACES = {
    ("d_prime", "blind spot"): ("microworld", "all"),
    ("d_prime", "task"): ("general", "all"),
    ("accuracy", "blind spot"): ("microworld", "all/non-entailment"),
    ("accuracy", "task"): ("general", "all"),
}
_TITLES = {"d_prime": "sensitivity (d')", "accuracy": "accuracy"}


def main() -> None:
    """Runs what is missing, prints both tables as Markdown, draws the figure."""
    options = _options()
    claims, rows = list[tuple[str, ...]](), list[dict[str, Any]]()
    for dial in options.dials:
        file = _study(dial, options.studies)
        if not options.no_run:
            _run(file, options)
        planned = plan(load_study(str(file), replicates=options.replicates))
        study_results = results(planned, Store(options.store), on_record=False)
        claims += [(f"{dial:g}", *_judged(one)) for one in study_results.judgements]
        rows += _contrasts(dial, study_results)
    print_table(("dial", "claim", "where", "difference", "verdict"), claims)
    print()
    changes = ((f"{row['dial']:g}", row["measure"], row["of"], row["against"], _moved(row)) for row in rows)
    print_table(("dial", "measure", "of", "against", "change"), changes)
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
    change = with_interval(one.interval.mean, one.interval.low, one.interval.high)
    return one.claim.contrast, one.claim.place, change, one.word


def _moved(row: Mapping[str, Any]) -> str:
    return with_interval(row["mean"], row["low"], row["high"])


def _contrasts(dial: float, results: Results) -> list[dict[str, Any]]:
    """Contrasts of the synthetic arm on the blind spot and on the task, against both references."""
    rows: list[dict[str, Any]] = []
    for (measure, of), (test, cell) in PLACES.items():
        chosen = results.contrasts.filter(
            pl.col("test") == test,
            pl.col("cell") == cell,
            pl.col("measure") == measure,
            pl.col("arm").str.starts_with("synthetic"),
        )
        rows += [
            {**row, "dial": dial, "of": of, "against": row["reference"].split("-")[0]}
            for row in chosen.iter_rows(named=True)
        ]
    return rows


def _draw(rows: list[dict[str, Any]]) -> Any:
    """A panel for each measure; blind spot and task, against original data, are side by side."""

    def panel(measure: str) -> Any:
        points = [
            {"at": row["dial"], "series": row["of"], **{name: row[name] for name in ("mean", "low", "high")}}
            for row in rows
            if (row["against"], row["measure"]) == ("original", measure)
        ]
        titles = {"x_title": "dial of the original data", "y_title": "change against original data"}
        chart = changes_chart(points, **titles, aside=0.016)
        return chart.properties(width=280, height=240, title=_TITLES[measure])

    return alt.hconcat(*(panel(measure) for measure in _TITLES))


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

"""The report folder: what each file is, and how it is written.

    results.json       everything, documented below
    measures.parquet   one row per model, test set, cell and measure; what the names of models and cells are
                       made of stands in columns of their own (kind, generator, round and so on; heuristic,
                       label and so on), and in results.json once, in `models` and `cells`
    measures.csv       the same; in CSV, text that a spreadsheet would run begins with an apostrophe
    contrasts.csv      one row per start, arm, reference, test set, cell and measure
    differences.csv    the same by replicate: the differences that the means in contrasts.csv are of
    flips.csv          one row per model, reference and cell: answers kept, lost, gained and missed
    flips.parquet      one row per answer that an arm lost or gained: its id, and the target's probability
    index.html         the page
    figures/           its figures as PDF, for print, and PNG, for slides
    tables/            its tables for LaTeX, with the rules of booktabs; the first line of each names the
                       packages that it needs

where the study has the arms for it,

    doses.csv          one row per arm on a curve over shares
    causes.csv         one row per part of what explains the difference
    causes-differences.csv  the same by replicate

and, where the study names published figures,

    published.csv      one row per published number, with ours beside it
    readings.csv       what all cells together say, against the start and against as much original data

and, of a study of several rounds,

    rounds.csv         one row per replicate, start, source, quantity and round

`results.json` is one object; every list has one row to a line. `results.schema.json`, which comes with the
package, is its JSON Schema:

    format     1; raised when a key changes its meaning
    schema     version of the schema: the format, and a number that is raised when a key is added
    scotoma    version that wrote the report
    study      the settings; a data file is named by its hash
    seeds      {replicate: seed}
    versions   of Python and libraries that made the predictions; more than one if they were mixed
    claims     {sha256, exploratory, peeked: whether the claims came before the results;
               tries {claims: their numbers from 0; own: settings that the study tries of each; before, since:
               others that had results before these were put on record, or have by now; studies, seeds: whose
               they are, what the same settings were also run with; sentence; exploratory};
               shares {study, models: of the study's trained models, how many another has too}}
    verdicts   {blindspot, cell, measure, contrast, margin, alpha, beyond: the claim;
               start, arm, arm_n, reference; estimate, low, high, level, sd, replicates;
               replicate_names, differences, before, after: by replicate, the last two empty with `beyond`;
               rates: of d', hit and false-alarm rate before and after; rows: that the measure is of;
               better: up | down | null; n_claims: how many were judged together;
               verdict: WORSE | BETTER | EQUIVALENT | INCONCLUSIVE | null; reason: why null;
               p, p_adjusted (Holm), verdict_alone; higher_is_worse; verdict_interval,
               verdict_level: what was held against the margin, signed so that up is better;
               fell, rose {value, low, high}: share of replicates that moved by more than the margin, for the
               worse and for the better, with exact one-sided bounds for all seeds;
               looks; look: replicates with which the word was reached, where several looks are planned;
               multi_bootstrap {low, high, level, clusters, reason}: with other test rows too;
               mcnemar, if_wrong: null here, see `scotoma compare`; note; sentence;
               data: digits that stand for the predictions; signature: a line that `scotoma verify` checks}
    missing    models without predictions, in words
    sources    how the study's own files and data sets were read, in words
    gaps       what is altered, failed or another study's, in words
    files      every other file of the report: a later one in this folder removes what it no longer writes
    models     {replicate, start, arm, arm_n, key, sha256: what each number can be traced to;
               sample; kind, generator (empty unless there are several), round: what the name is made of;
               repetition, changed: in a model that repeats another, what was changed and to what, and what
               alone; else empty}
    cells      {test, cell, heuristic, label, subcase, template}: what each cell's name is made of; heuristic
               is `all` in cells of every heuristic, and empty in those of a subcase or template
    yields     {key, replicates, starts, generator, round, funnel}: generated rows raw, kept, rejected by
               reason, and by label how often each overlap rule holds, and the study's own predicate
    measures   {replicate, start, arm, arm_n, test, cell, measure, value, n, reason}
    contrasts  {start, arm, arm_n, reference, against: start | original; contrast, test, cell, measure, mean,
               sd, low, high, replicates, values, replicate_ids, reason}
    noise      {start, arm, arm_n, repetition, changed, test, cell, measure, sd, sd_high, mean, largest,
               pairs, reason}: each repetition against the arm it repeats
    flips      {replicate, start, arm, reference, test, cell, kept, lost, gained, missed,
               negative_flip_rate, churn}
    carried    {replicate, start, arm, arm_n, rows, of_target, of_others, odds_ratio, low, high, reason}: how
               often the heuristic's predicate, or full word overlap, holds by label in the rows a model
               was trained on
    causes     {start, n, generator, round, test, cell, measure, part, arm, reference, mean, low, high,
               replicates, share: of the total, values, replicate_ids, reason}: what explains the difference
    doses      {kind, n, generator, round, start, test, cell, measure, share, arm, reference, mean, low,
               high, replicates, values, verdict, reason}: curves over the share of rows that are not original
    rounds     {replicate, start, source: an arm, or pool (pool+GENERATOR): what was written and screened;
               quantity, round, value}: what drifts; round 0 is original data. Of one round: empty
    published  {figures, title, remark, differs}: whose figures stand beside ours, and the settings in
               which the study is not theirs; null if it names none
    published_cells     {start, arm, arm_n: ours; their_start, their_arm, their_size, their_test: theirs;
               test, cell, measure; ours: mean over replicates; replicates; theirs; provenance: notebook
               (printed there) | figure (read off it); ours_against_start, theirs_against_start,
               ours_against_original, theirs_against_original: differences}
    published_readings  {their_test, test, cell, measure, arm, reference: start | original; theirs,
               their_cells, theirs_down: mean difference over cells, how many there are, how many fell;
               ours, our_cells, ours_down: likewise; low, high, replicates: of ours}

A number that is not defined is null and `reason` says why. The same predictions give the same bytes (and the
same drawings as PDF, whose parts may stand in another order).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import write_table
from scotoma.report.figures import figures
from scotoma.report.for_print import printed
from scotoma.report.page import page
from scotoma.results.results import Results
from scotoma.tasks.reading.json_rows import load_json

_RESULTS, _FOLDERS = "results.json", ("figures", "tables")

#: A spreadsheet takes a cell that begins with one of these, or its full-width form, for a formula.
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


def write_report(results: Results, out: Path) -> None:
    """Writes the report folder, over an older one, whose further files go; other people's stay.

    Raises:
        ScotomaError: the folder cannot be written.
    """
    parquet = {"measures.parquet": results.measures, "flips.parquet": results.flipped}
    try:
        for folder in (out, *(out / name for name in _FOLDERS)):
            folder.mkdir(parents=True, exist_ok=True)
        drawn = figures(results)
        text = {f"{name}.csv": to_csv(table) for name, table in _tables(results).items()}
        text["index.html"] = page(results, drawn)
        files = {**{name: content.encode() for name, content in text.items()}, **printed(results, drawn)}
        names = sorted((*files, *parquet))
        _remove_older(out, names)
        for name, table in parquet.items():
            write_table(table, out / name)
        for name, content in files.items():
            (out / name).write_bytes(content)
        # Last, because a later report learns here what this one wrote.
        (out / _RESULTS).write_text(to_json(results.record() | {"files": names}), encoding="utf8")
    except OSError as error:
        raise ScotomaError(
            f"the report cannot be written: {error.strerror}", where=str(out), remedy="Choose another folder."
        ) from error


def _tables(results: Results) -> dict[str, pl.DataFrame]:
    """What is written as CSV: always, where there are rows, and beside published figures."""
    found = {
        "measures": results.measures,
        "contrasts": _without_lists(results.contrasts),
        "differences": _by_replicate(results.contrasts),
        "flips": results.flips,
    }
    may_be_empty = {
        "doses": _without_lists(results.doses),
        "causes": _without_lists(results.causes),
        "causes-differences": _by_replicate(results.causes),
        "rounds": results.rounds,
    }
    found |= {name: table for name, table in may_be_empty.items() if table.height}
    if results.beside is not None:
        found |= {"published": results.beside.cells, "readings": results.beside.readings}
    return found


def _without_lists(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(~selectors.list())


def _by_replicate(table: pl.DataFrame) -> pl.DataFrame:
    """The differences that the rows of a table are means of, one to a row."""
    what = table.columns[: table.columns.index("mean")]
    named = table.select(*what, replicate="replicate_ids", difference="values")
    return named.filter(pl.col("replicate").list.len() > 0).explode("replicate", "difference")


def _remove_older(out: Path, kept: Sequence[str]) -> None:
    """Removes what an older report says that it wrote here and the new one does not."""
    if not (out / _RESULTS).is_file():
        return
    try:
        older = load_json((out / _RESULTS).read_bytes())
    except ValueError:
        return
    listed = older.get("files") if isinstance(older, dict) else None
    # By what is there, so that no list leads out of the folder.
    for path in [path for name in ("", *_FOLDERS) for path in (out / name).iterdir()]:
        name = path.relative_to(out).as_posix()
        if isinstance(listed, list) and name in listed and name not in kept:
            path.unlink()


def to_json(record: dict[str, Any]) -> str:
    """JSON with the rows of each list on lines of their own."""
    return (
        "{\n" + ",\n".join(f"{json.dumps(key)}: {_value(value)}" for key, value in record.items()) + "\n}\n"
    )


def to_csv(table: pl.DataFrame) -> str:
    """Comma-separated values, safe to open in a spreadsheet.

    Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay as they are.
    """
    text = selectors.string()
    safe = table.with_columns(
        pl.when(text.str.contains(_FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep()
    )
    return safe.write_csv()


def _value(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _json(value)
    return "[\n" + ",\n".join(f" {_json(row)}" for row in value) + "\n]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)

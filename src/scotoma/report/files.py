"""The report folder: what each file is, and how it is written.

    results.json       everything
    measures.parquet   one row per model, test set, cell and measure; what the names of models and cells are
                       made of stands in columns of their own (kind, generator, round and so on; heuristic,
                       label and so on), and in results.json once, in `models` and `cells`
    measures.csv       the same; in CSV, text that a spreadsheet would run begins with an apostrophe, and
                       control characters are written out
    contrasts.csv      one row per start, arm, reference, test set, cell and measure
    differences.csv    the same by replicate: the differences that the means in contrasts.csv are of
    flips.csv          one row per model, reference and cell: answers kept, lost, gained and missed
    flips.parquet      one row per answer that an arm lost or gained: its id, and the target's probability
    index.html         the page
    figures/           its figures as PDF, for print, and PNG, for slides
    tables/            its tables for LaTeX, with the rules of booktabs; the first line of each names the
                       packages that it needs

where a verdict is WORSE,

    traits.csv         one row per trait that the arm's lost answers have in common, found by looking

where the study has the arms for it,

    doses.csv          one row per arm on a curve over shares
    causes.csv         one row per part of what explains the difference
    causes-differences.csv  the same by replicate

and, where the study names published figures,

    published.csv      one row per published number, with ours beside it
    readings.csv       what all cells together say, against the start and the same amount of original data

and, of a study of several rounds,

    rounds.csv         one row per replicate, start, source, quantity and round

`results.json` is one object; every list has one row to a line. `results.schema.json`, which comes with the
package, is its JSON Schema: what each key is, and what it may be.

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
from scotoma.basics.progress import Progress, no_progress
from scotoma.basics.records import write_table
from scotoma.basics.spreadsheets import to_csv
from scotoma.report.figures import figures
from scotoma.report.folder import RESULTS, check_folder, previous_results, replaced_note
from scotoma.report.for_print import print_files
from scotoma.report.page import page
from scotoma.results.flips import in_words
from scotoma.results.results import Results

_FOLDERS = ("figures", "tables")


def write_report(results: Results, out: Path, progress: Progress = no_progress) -> str:
    """Writes the report folder, over an older one, whose further files go; other people's stay.

    Args:
        results: What was found.
        out: The folder.
        progress: Called with (figures drawn, figures in all).

    Returns:
        A sentence that says what was replaced, if that was a report of the study with other settings.

    Raises:
        ScotomaError: the folder cannot be written, or holds the report of another study.
    """
    check_folder(results.study, out)
    try:
        for folder in (out, *(out / name for name in _FOLDERS)):
            # As private as the store, since the page quotes rows.
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        instead = replaced_note(results.study, out)
        figure_list = figures(results)
        text = {f"{name}.csv": to_csv(table) for name, table in _tables(results).items()}
        text["index.html"] = page(results, figure_list)
        files = {name: content.encode() for name, content in text.items()}
        files |= print_files(results, figure_list, progress)
        names = sorted((*files, "measures.parquet", "flips.parquet"))
        _remove_older(out, names)
        write_table(results.measures, out / "measures.parquet")
        write_table(in_words(results.flipped), out / "flips.parquet")
        for name, content in files.items():
            (out / name).write_bytes(content)
        # Last: a later report reads from it which files this one wrote.
        (out / RESULTS).write_text(to_json(results.record() | {"files": names}), encoding="utf8")
    except OSError as error:
        raise ScotomaError(
            f"the report cannot be written: {error.strerror}", where=str(out), remedy="Choose another folder."
        ) from error
    return instead


def _tables(results: Results) -> dict[str, pl.DataFrame]:
    """What is written as CSV: always, where there are rows, and beside published figures."""
    tables = {
        "measures": results.measures,
        "contrasts": without_lists(results.contrasts),
        "differences": by_replicate(results.contrasts),
        "flips": results.flips,
    }
    may_be_empty = {
        "traits": results.traits,
        "doses": without_lists(results.doses),
        "causes": without_lists(results.causes),
        "causes-differences": by_replicate(results.causes),
        "rounds": results.rounds,
    }
    tables |= {name: table for name, table in may_be_empty.items() if table.height}
    if results.beside is not None:
        tables |= {"published": results.beside.cells, "readings": results.beside.readings}
    return tables


def without_lists(table: pl.DataFrame) -> pl.DataFrame:
    """The table without the columns that have several values in a cell."""
    return table.select(~selectors.list())


def by_replicate(table: pl.DataFrame) -> pl.DataFrame:
    """The differences that the rows of a table are means of, one to a row."""
    what = table.columns[: table.columns.index("mean")]
    named = table.select(*what, replicate="replicate_ids", difference="values")
    return named.filter(pl.col("replicate").list.len() > 0).explode("replicate", "difference")


def _remove_older(out: Path, written: Sequence[str]) -> None:
    """Removes what an older report says that it wrote here and the new one does not."""
    listed = (previous_results(out) or {}).get("files")
    # From the folder's own listing, so that no path in a list leads out of it.
    for path in [path for name in ("", *_FOLDERS) for path in (out / name).iterdir()]:
        name = path.relative_to(out).as_posix()
        if isinstance(listed, list) and name in listed and name not in written:
            path.unlink()


def to_json(record: dict[str, Any]) -> str:
    """JSON with the rows of each list on lines of their own."""
    return (
        "{\n" + ",\n".join(f"{json.dumps(key)}: {_value(value)}" for key, value in record.items()) + "\n}\n"
    )


def _value(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _json(value)
    return "[\n" + ",\n".join(f" {_json(row)}" for row in value) + "\n]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)

"""Columns at once and rows one by one give the same predictions, or the same message."""

import csv
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from prediction_files import rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons.files import reading
from scotoma.comparisons.files.checking import Predictions
from scotoma.comparisons.files.reading import Options, read_predictions
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import read_frame, read_records
from scotoma.tasks.reading.sources import TableSource

#: Cells of each column, most of them sound; the rest is what a reader has something to say of.
CELLS = {
    "id": some.sampled_from(
        ["row{}", "ex{}", "Ex0{}", " x{}", "gen-cn_adverb-{}", "", "same", "a\x1c", "é{}"]
    ),
    "gold": some.sampled_from(
        ["entailment", "non-entailment", "Entailment.", "0", "1", "", "-", "neutral", "?"]
    ),
    "predicted": some.sampled_from(
        ["entailment", "neutral", "contradiction", "non-entailment", "", "1", "odd"]
    ),
    "heuristic": some.sampled_from(["lexical_overlap", "constituent", "", "-", "strange"]),
    "subcase": some.sampled_from(["cn_adverb", "le_relative_clause", "", "own"]),
    "p_entailment": some.sampled_from(["0.5", "1", ".25", "5e-1", " 0.5", "nan", "inf", "1_0", "", "2"]),
    "p_neutral": some.sampled_from(["0.25", "0", "+0.25", "0.75"]),
    "p_contradiction": some.sampled_from(["0.25", "0", "0.250"]),
    "premise": some.sampled_from(["A man.", 'He said "no".', "One, two", "", "ü"]),
    "test": some.sampled_from(["hans", "hans", "", "other"]),
}


@some.composite
def tables(draw: some.DrawFn) -> list[list[str]]:
    """A header and rows, each column drawn from few of its cells, so that many files are sound."""
    names = draw(some.lists(some.sampled_from(list(CELLS)), unique=True, min_size=2))
    if draw(some.booleans()):
        names = list(dict.fromkeys([*names, "id", "predicted"]))
    else:  # the answers are those of the probabilities
        names = list(dict.fromkeys([*names, "id", *(name for name in CELLS if name.startswith("p_"))]))
    of = {name: draw(some.lists(CELLS[name], min_size=1, max_size=2)) for name in names}
    n = draw(some.integers(1, 6))
    made = [[draw(some.sampled_from(of[name])).format(row) for name in names] for row in range(n)]
    return [names, *made]


def outcome(place: Path | TableSource, options: Options, *, at_once: bool) -> tuple[object, ...]:
    """What reading gives, or says."""
    try:
        if at_once:
            found = read_predictions(place, HANS, **options)
        else:
            with patch.object(reading, "_by_column", lambda *_: None):
                found = read_predictions(place, HANS, **options)
    except ScotomaError as error:
        return ("refused", str(error))
    return (found.table.to_dict(as_series=False), found.unanswered.to_dict(as_series=False), *rest(found))


def rest(found: Predictions) -> tuple[object, ...]:
    return found.table.schema, found.unanswered.columns, found.source, found.form, found.notes


@given(tables(), some.booleans(), some.sampled_from(["", "0=entailment,1=non-entailment"]), some.booleans())
def test_columns_at_once_give_what_rows_one_by_one_give(
    table: list[list[str]], partial: bool, codes: str, tabs: bool
) -> None:
    options: Options = {"partial": partial}
    if codes:
        options["gold_labels"] = dict(pair.split("=") for pair in codes.split(","))
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("p.tsv" if tabs else "p.csv")
        with path.open("w", newline="", encoding="utf8") as file:
            csv.writer(file, delimiter="\t" if tabs else ",").writerows(table)
        places: list[Path | TableSource] = [path]
        places.append(TableSource("rows", pl.DataFrame(table[1:], schema=table[0], orient="row")))
        for place in places:
            assert outcome(place, options, at_once=True) == outcome(place, options, at_once=False)


CHARACTERS = some.sampled_from([*'ab,,,\n\n"\t\r é', "\x00", "\x1c", "\u2028", "\x85", "\ufeff"])


@given(some.text(CHARACTERS, max_size=30), some.sampled_from([".csv", ".tsv"]))
def test_a_frame_holds_the_cells_that_reading_line_by_line_gives(text: str, ending: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"some{ending}"
        path.write_bytes(("a\tb\n" if ending == ".tsv" else "a,b\n").encode() + text.encode())
        once = Faults(str(path))
        try:
            found = read_frame(path, once)
        except ScotomaError as error:  # quotation marks that follow no rule
            with pytest.raises(ScotomaError, match=re.escape(str(error))):
                list(read_records(path, Faults(str(path))))
            return
        if found is None:
            return
        faults = Faults(str(path))
        records = [dict(record) for _, record in read_records(path, faults)]
    assert not faults.n
    assert faults.notes == once.notes
    assert found.to_dicts() == records


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.csv.gz"])
def test_a_sound_file_is_read_at_once(tmp_path: Path, name: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter="\t" if "tsv" in name else ",").writerows([rows().columns, *rows().rows()])
    path = tmp_path / name
    if name.endswith(".gz"):
        import gzip

        path.write_bytes(gzip.compress(text.getvalue().encode()))
    else:
        path.write_text(text.getvalue(), encoding="utf8")
    with patch.object(reading, "_raw", side_effect=AssertionError("read row by row")):
        found = read_predictions(path, HANS)
    plain = outcome(write(rows(), tmp_path / "p.jsonl"), {}, at_once=True)
    assert found.table.to_dict(as_series=False) == plain[0]


def test_the_published_ids_are_known_at_once_too(tmp_path: Path) -> None:
    ids = [f"ex{n}" for n in range(30_000)]
    path = tmp_path / "preds.txt"
    path.write_text("pairID,gold_label\n" + "".join(f"{one},entailment\n" for one in ids))
    with patch.object(reading, "_raw", side_effect=AssertionError("read row by row")):
        read_predictions(path, HANS)
    assert outcome(path, {}, at_once=True) == outcome(path, {}, at_once=False)

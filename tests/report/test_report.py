"""The report folder and the terminal, from predictions alone."""

import base64
import csv
import hashlib
import html
import io
import json
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_study import Plan as FakePlan
from fake_study import found_in, make, plan, printed, study
from scotoma.basics.errors import ScotomaError
from scotoma.basics.spreadsheets import to_csv
from scotoma.basics.words import unbroken, visible
from scotoma.blindspots import HANS
from scotoma.report import write_report
from scotoma.report.figures import figures
from scotoma.report.page import page as page_of
from scotoma.report.tables.contents import folded
from scotoma.results import Results
from scotoma.store.store import Store

if TYPE_CHECKING:
    pass

FILES = [
    "contrasts.csv",
    "differences.csv",
    "flips.csv",
    "flips.parquet",
    "index.html",
    "measures.csv",
    "measures.parquet",
    "results.json",
    "traits.csv",
]


#: What an older report of the same study says of itself, as far as a newer one reads it.
OURS = '{"study": {"name": "fake"}, "files": %s}'


def is_safe(text: str) -> bool:
    """Whether nothing in a text would steer a terminal."""
    return all(one.isprintable() or one == "\n" for one in text)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    planned = plan(study())
    return found_in(planned, make(planned, tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def folder(whole: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    told: list[tuple[int, int]] = []
    write_report(whole, out, lambda done, total: told.append((done, total)))
    n = len(list((out / "figures").glob("*.pdf")))
    assert told == [(number, n) for number in range(n)]
    return out


def test_in_the_page_no_line_ends_between_a_number_and_its_per_cent_sign(whole: Results) -> None:
    page = page_of(whole, figures(whole))
    seen = re.sub(r"<(script|style|svg|pre)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert re.findall(r".{,60}\d %", seen) == []
    assert len(re.findall("95(?:\N{NO-BREAK SPACE}|&nbsp;)% interval", seen)) > 2


def test_the_report_needs_no_torch() -> None:
    code = "import sys, scotoma.report; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_folder_has_every_file_and_json_says_what_the_tables_say(whole: Results, folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == FILES
    record = json.loads((folder / "results.json").read_text(encoding="utf8"))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert record.pop("files") == sorted(there - {"results.json"})
    assert record == json.loads(json.dumps(whole.record()))
    said = {name: whole.measures.schema[name] for name in record["measures"][0]}
    assert pl.DataFrame(record["measures"], schema=said).equals(whole.measures.select(*said))
    assert pl.read_parquet(folder / "measures.parquet").equals(whole.measures)
    assert len(record["models"]) == 20
    assert record["missing"] == []
    assert record["seeds"] == whole.study.seeds
    assert len(set(record["seeds"].values())) == 5
    assert record["verdicts"][0]["verdict"] == "WORSE"


def test_a_table_without_a_row_is_left_out(whole: Results) -> None:
    """As that of sentence templates in a test set whose rows name none."""
    without = replace(whole, measures=whole.measures.filter(template=""))
    gone = folded(whole).keys() - folded(without).keys()
    assert len(gone) == 1
    assert gone.pop().endswith("sentence templates")
    assert all(table.rows for tables in folded(without).values() for table in tables)


def test_the_same_predictions_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    planned = plan(study())
    write_report(found_in(planned, make(planned, tmp_path / "store")), tmp_path / "out")
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 30
    for name in files:
        ours, theirs = (tmp_path / "out" / name).read_bytes(), (folder / name).read_bytes()
        if name.suffix == ".pdf":  # the same drawing, whose parts stand in any order
            assert len(ours) == pytest.approx(len(theirs), rel=0.01)
        else:
            assert ours == theirs, name


def test_the_page_is_whole_and_fetches_nothing(folder: Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf8")
    assert page.startswith("<!DOCTYPE html>")
    seen = Tags(page)
    assert seen.values("src") == set()
    assert {value[:1] for value in seen.values("href")} == {"#"}
    assert not re.search(r"@import|url\((?!#)", re.sub(r"<script.*?</script>", "", page, flags=re.S))
    assert "prefers-color-scheme: dark" in page
    assert page.count("<figcaption>") == 1 + 7 + 16  # the example, figures, tables
    assert page.count('class="drawing"') == 7


def test_only_scripts_that_the_page_names_by_their_hash_may_run(folder: Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf8")
    (policy,) = (value for value in Tags(page).values("content") if "default-src" in value)
    assert "unsafe-eval" not in policy
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.S)
    assert len(scripts) == 2
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert set(re.findall(r"'sha256-([^']*)'", policy)) == hashes


def test_the_page_tells_every_figure_and_holds_the_rows_that_turned(whole: Results, folder: Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf8")
    given = data_of(page)
    assert set(given["figures"]) == set(figures(whole))
    assert all(unbroken(one.description) in html.unescape(page) for one in figures(whole).values())
    turned = given["browsers"]["turned"]
    assert turned["filters"][-1] == "turned"
    assert turned["columns"][:2] == ["premise", "hypothesis"]
    assert 1000 < len(turned["rows"]) <= 6000
    arms = turned["values"][turned["filters"].index("arm")]
    assert arms == ["original-1500", "synthetic-1500", "biased-1500"]


def test_yields_name_the_replicate_they_belong_to(whole: Results, folder: Path) -> None:
    assert [(found.replicates, found.starts) for found in whole.yields] == [
        ((r,), ("4000",)) for r in range(5)
    ]
    page = (folder / "index.html").read_text(encoding="utf8")
    assert "overlap_whitespace" in page
    assert "unfinished" in page


def test_what_is_counted_in_the_pools_is_told_in_words(folder: Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf8")
    assert "overlap_word: every word of the hypothesis occurs in the premise." in page


def test_text_from_data_is_escaped_on_the_page_and_on_the_terminal(tmp_path: Path) -> None:
    claim = {**study().claims[0].model_dump(), "cell": "subcase:[red]x[/red]"}
    planned = plan(
        study(replicates=1, name="<script>alert(1)<script>", claims=[claim]), subcase="<img src=x>"
    )
    found = found_in(planned, make(planned, tmp_path / "store"))
    page = page_of(found, figures(found))
    assert Tags(page).names.count("script") == 3
    page = without_our_scripts(page)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;script&gt;" in page
    assert "&lt;img src=x&gt;" in page
    assert "'subcase:[red]x[/red]'" in printed(found)


def test_no_table_has_a_list_in_a_cell_and_differences_stand_one_to_a_row(
    whole: Results, folder: Path
) -> None:
    named = {"start", "arm", "reference", "contrast", "test", "cell", "measure"}
    by_name: dict[tuple[str, ...], list[float]] = {}
    for row in csv.DictReader((folder / "differences.csv").read_text("utf8").splitlines()):
        by_name.setdefault(tuple(row[name] for name in sorted(named)), []).append(float(row["difference"]))
    contrasts = list(csv.DictReader((folder / "contrasts.csv").read_text("utf8").splitlines()))
    assert {"values", "replicate_ids"} & contrasts[0].keys() == set()
    assert len(contrasts) == whole.contrasts.height
    for row in contrasts:
        differences = by_name.get(tuple(row[name] for name in sorted(named)), [])
        assert len(differences) == int(row["replicates"])
        if differences:
            assert sum(differences) / len(differences) == pytest.approx(float(row["mean"]))


def test_each_verdict_has_its_signature_wherever_it_is_said(whole: Results, folder: Path) -> None:
    (judgement,) = whole.judgements
    assert judgement.signature.startswith("scotoma|claim:synthetic-")
    assert f"{judgement.signature}\n" in printed(whole)
    page = html.unescape((folder / "index.html").read_text(encoding="utf8"))
    assert page.count(judgement.signature) == 2  # under the verdict, and in the methods
    record = json.loads((folder / "results.json").read_text(encoding="utf8"))
    assert [one["signature"] for one in record["verdicts"]] == [judgement.signature]


def test_text_that_a_spreadsheet_would_run_is_quoted_and_numbers_are_not() -> None:
    table = pl.DataFrame({"cell": ["=1+1", "+x", "-x", "@x", "\tx", "＝1", "x=1"], "value": [-0.5] * 7})
    lines = to_csv(table).splitlines()[1:]
    assert lines == [f"{cell},-0.5" for cell in ("'=1+1", "'+x", "'-x", "'@x", "'\tx", "'＝1", "x=1")]


@given(st.lists(st.text(), min_size=1), st.integers())
def test_only_text_is_changed_by_an_apostrophe_or_by_control_characters_written_out(
    texts: list[str], number: int
) -> None:
    table = pl.DataFrame({"text": texts, "number": [number % 2**40 - 2**39] * len(texts)})
    read = list(csv.DictReader(io.StringIO(to_csv(table), newline="")))
    assert [int(row["number"]) for row in read] == table["number"].to_list()
    for row, text in zip(read, texts, strict=True):
        plain = "".join(visible(one, keep="\t\n") if steers(one) else one for one in text)
        assert row["text"] in (plain, f"'{plain}")
        assert not row["text"].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


def steers(character: str) -> bool:
    """Whether it is a control character, or turns the direction of writing."""
    turns = unicodedata.bidirectional(character) in {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    return turns or character in "\u200e\u200f\u061c" or unicodedata.category(character) == "Cc"


def test_what_steers_a_terminal_is_written_out_in_csv_and_other_writing_stays() -> None:
    texts = ["a\x1b[31mb", "\x00\x7f\x9b", "x\u202ey", "a\r\nb", "می\u200cروم", "👩\u200d🔬", "a\u00a0b"]
    lines = to_csv(pl.DataFrame({"cell": texts}))
    assert lines == (
        'cell\na\\x1b[31mb\n\\x00\\x7f\\x9b\nx\\u202ey\n"a\\r\nb"\nمی\u200cروم\n👩\u200d🔬\na\u00a0b\n'
    )


def test_a_report_is_for_whoever_made_it_alone(tmp_path: Path) -> None:
    planned = plan(study(replicates=1))
    write_report(found_in(planned, make(planned, tmp_path / "store")), tmp_path / "reports" / "out")
    for folder in ("", "figures", "tables"):
        assert (tmp_path / "reports" / "out" / folder).stat().st_mode & 0o777 == 0o700


def test_hostile_text_stays_text_in_attributes_and_in_the_settings(tmp_path: Path) -> None:
    hostile = "\"' onmouseover=alert(1) x=<svg/onload=alert(1)></pre></script>\x1b[31m\u202egnp"
    told = {"title": hostile, "heuristics": {**HANS.heuristics, hostile: hostile}}
    usual = study(replicates=1)
    spots = tuple(spot.model_copy(update=told) for spot in usual.blindspots)
    # Past what a study may be called, too: the page does not lean on that.
    changed = usual.model_copy(update={"blindspots": spots, "name": hostile})
    planned = plan(changed, subcase=hostile, text=hostile)
    found = found_in(planned, make(planned, tmp_path / "store"))
    write_report(found, tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf8")
    seen = Tags(page)
    assert seen.names.count("script") == 3
    assert "img" not in seen.names
    assert {name for name, _ in seen.attributes if name.startswith("on")} == set()
    page = without_our_scripts(page)
    assert page.count("</pre>") == 1
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "&lt;svg/onload=alert(1)&gt;" in page
    rows = data_of(page)["browsers"]["turned"]["rows"]
    assert any("</script>\\x1b[31m\\u202egnp" in str(cell) for cell in rows[0])
    assert is_safe(printed(found))
    tables = "".join(path.read_text(encoding="utf8") for path in (tmp_path / "out" / "tables").iterdir())
    assert "\x1b" not in tables


def without_our_scripts(page: str) -> str:
    """The page but for what the policy lets run."""
    return re.sub(r"<script>.*?</script>", "", page, flags=re.S)


def data_of(page: str) -> Any:
    """What the page hands to its script."""
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.S)
    return json.loads(found)


class Tags(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def values(self, attribute: str) -> set[str]:
        return {value or "" for name, value in self.attributes if name == attribute}


def test_a_report_removes_what_an_older_one_wrote_and_nothing_else(tmp_path: Path) -> None:
    arms = [{"mixed": {"synthetic": [0, 0.5, 1], "n": 1500}}]
    mixed, plain = plan(study(replicates=1, claims=[], arms=arms)), plan(study(replicates=1))
    out = tmp_path / "out"
    gone = ["doses.csv", "figures/doses-hans.pdf", "figures/doses-hans.png", "tables/Doses.tex"]
    mine = ["mine.csv", "figures/doses-mine.pdf", "tables/Doses-mine.tex"]
    assert write_report(found_in(mixed, make(mixed, tmp_path / "store")), out) == ""
    assert all((out / name).is_file() for name in gone)
    for name in mine:
        (out / name).write_text("my own")
    told = write_report(found_in(plain, make(plain, tmp_path / "store")), out)
    assert "had other settings and was replaced: arms[1].kind is 'synthetic' (was 'mixed'); " in told
    assert not any((out / name).exists() for name in gone)
    assert all((out / name).read_text() == "my own" for name in mine)


@pytest.mark.parametrize(
    "older", ["", "\xff", OURS % "1", OURS % '["../mine.csv", "figures/../../mine.csv"]']
)
def test_no_list_of_files_leads_out_of_the_folder(tmp_path: Path, older: str) -> None:
    empty = found_in(plan(study()), Store(tmp_path / "store"))
    (tmp_path / "mine.csv").write_text("my own")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "results.json").write_bytes(older.encode("latin1"))
    write_report(empty, tmp_path / "out")
    assert (tmp_path / "mine.csv").read_text() == "my own"
    assert json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf8"))["files"]


def test_an_unfinished_study_shows_what_there_is_and_what_is_missing(tmp_path: Path) -> None:
    planned = plan(study())
    done = FakePlan(planned.study, planned.models, planned.steps[:8])
    found = found_in(planned, make(done, tmp_path / "store"))
    write_report(found, tmp_path / "out")
    assert 0 < len(found.missing) < 20
    record = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf8"))
    assert "replicate 4, start 4000, arm biased-1500" in record["missing"]
    assert "Unfinished." in (tmp_path / "out" / "index.html").read_text(encoding="utf8")
    assert f"Unfinished: {len(found.missing)} of 20 models" in printed(found)


def test_a_study_that_has_not_begun_still_has_a_report(tmp_path: Path) -> None:
    found = found_in(plan(study()), Store(tmp_path / "store"))
    write_report(found, tmp_path / "out")
    assert len(found.missing) == 20
    assert found.judgements[0].sentence.endswith("no model of this contrast has been evaluated yet.")
    assert "Nothing has been evaluated yet." in (tmp_path / "out" / "index.html").read_text(encoding="utf8")
    assert "Unfinished" in printed(found)


def test_the_terminal_says_the_verdict_first_and_fits_80_columns(whole: Results) -> None:
    shown = printed(whole, width=80)
    assert shown.startswith("WORSE: synthetic-1500 against original-1500 from start 4000")
    signed = [line for line in shown.splitlines() if line.startswith("scotoma|")]
    assert signed == [one.signature for one in whole.judgements]
    assert max(len(line) for line in shown.splitlines() if line not in signed) <= 80
    assert "synthetic-\n" not in shown
    assert "(floor)" in shown


def test_a_setting_tried_after_another_is_exploratory_wherever_its_verdict_stands(tmp_path: Path) -> None:
    first = plan(study(replicates=3, name="first"))
    found_in(first, make(first, tmp_path / "store"))
    recipe = study().recipe.model_copy(update={"epochs": 2.0})
    second = plan(study(replicates=3, name="second").model_copy(update={"recipe": recipe}), n=61)
    found_in(second, Store(tmp_path / "store"))
    found = found_in(second, make(second, tmp_path / "store"))
    (judgement,) = found.judgements
    assert judgement.n_claims == 2
    assert judgement.judged is not None
    assert judgement.judged.p is not None
    assert judgement.judged.p_adjusted == pytest.approx(min(1, 2 * judgement.judged.p))
    assert judgement.note.startswith("Exploratory: the second setting tried in this store.")
    (told,) = found.record()["claims"]["tries"]
    assert told | {"sentence": ""} == {
        "claims": (0,),
        "own": 1,
        "before": 1,
        "since": 0,
        "studies": ("study first",),
        "seeds": (),
        "sentence": "",
        "exploratory": True,
    }
    page = page_of(found, figures(found))
    for text in (" ".join(printed(found).split()), html.unescape(" ".join(page.split()))):
        assert told["sentence"] in text


def test_without_claims_everything_is_exploratory(tmp_path: Path) -> None:
    planned = plan(study(replicates=1, claims=[]))
    found = found_in(planned, make(planned, tmp_path / "store"))
    assert "No claims were declared" in printed(found)
    assert "Everything below is exploratory" in page_of(found, figures(found))


def test_a_folder_that_cannot_be_written_is_named(whole: Results, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ScotomaError, match=r"the report cannot be written: .*file"):
        write_report(whole, tmp_path / "file")

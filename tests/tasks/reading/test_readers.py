import gzip
import io
import json
import lzma
import random
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading import arrow_tables, lines
from scotoma.tasks.reading.examples import read_examples, read_hub
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.hub import how_to_fetch
from shared_data import read_tsv, shared_file

HANS_LABELS = ("entailment", "non-entailment")
PLAIN = [
    ("A man sleeps.", "A man rests.", "entailment"),
    ("A man sleeps.", "A man dreams.", "neutral"),
    ("A man sleeps.", "A man runs.", "contradiction"),
]


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def tsv(rows=PLAIN, header="premise\thypothesis\tlabel"):
    return "".join("\t".join(row) + "\n" for row in (header.split("\t"), *rows))


def jsonl(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def texts_and_labels(reading):
    return reading.table.select("premise", "hypothesis", "label").rows()


# Formats.


def test_plain_columns_are_read_in_order_with_numbered_ids(tmp_path):
    reading = read_examples(write(tmp_path, "my.data.tsv", tsv()))
    assert texts_and_labels(reading) == PLAIN
    assert reading.table.columns == [
        "id",
        "premise",
        "hypothesis",
        "label",
        "heuristic",
        "subcase",
        "template",
    ]
    assert reading.table["id"].to_list() == ["my.data-0", "my.data-1", "my.data-2"]
    assert set(reading.table.schema.values()) == {pl.String}
    assert reading.dropped == {}


@pytest.mark.parametrize("name", ["a.tsv", "a.txt", "a.csv", "a.jsonl", "a.json", "a.ndjson", "a.parquet"])
@pytest.mark.parametrize("pack", ["", ".gz", ".xz"])
def test_every_format_gives_the_same_table(tmp_path, name, pack):
    columns = ("premise", "hypothesis", "label")
    table = pl.DataFrame(PLAIN, schema=list(columns), orient="row")
    if name.endswith("parquet"):
        table.write_parquet(tmp_path / "plain")
        content = (tmp_path / "plain").read_bytes()
    elif name.endswith("csv"):
        content = table.write_csv(quote_style="always").encode()
    elif "json" in name:
        content = jsonl(*(dict(zip(columns, row, strict=True)) for row in PLAIN)).encode()
    else:
        content = tsv().encode()
    squeeze = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}[pack]
    assert texts_and_labels(read_examples(write(tmp_path, name + pack, squeeze(content)))) == PLAIN


def test_official_multinli_json_lines(tmp_path):
    row = {
        "annotator_labels": ["neutral"],
        "genre": "fiction",
        "pairID": "31193n",
        "promptID": "31193",
        "sentence1": "One.",
        "sentence1_parse": "(ROOT)",
        "sentence2": "Two.",
        "sentence2_parse": "(ROOT)",
    }
    lines = jsonl({**row, "gold_label": "neutral"}, {**row, "gold_label": "-", "pairID": "2e"})
    reading = read_examples(write(tmp_path, "multinli_1.0_dev_matched.jsonl", lines))
    assert reading.table.row(0) == ("31193n", "One.", "Two.", "neutral", "", "", "")
    assert reading.dropped == {"no gold label": 1}


def test_official_multinli_text_keeps_quotation_marks(tmp_path):
    header = "gold_label\tsentence1_binary_parse\tsentence1\tsentence2\tpairID\tlabel1\tlabel2"
    row = ("neutral", "( )", '"Go" she said.', 'She said "go', "1n", "neutral", "")
    reading = read_examples(write(tmp_path, "multinli_1.0_train.txt", tsv([row], header)))
    assert reading.table.row(0)[:4] == ("1n", '"Go" she said.', 'She said "go', "neutral")


@pytest.mark.parametrize("given", [(0, 1, 2), ("0", "1", "2"), (0.0, 1.0, 2.0), ("0.0", "1.0", "2.0")])
def test_integer_labels_count_in_the_order_of_the_labels_and_it_is_said(tmp_path, given):
    rows = [{"premise": "A", "hypothesis": "B", "label": label, "idx": 7 + label} for label in (0, 1, 2)]
    lines = jsonl(*({**row, "label": label} for row, label in zip(rows, given, strict=True)))
    reading = read_examples(write(tmp_path, "glue.jsonl", lines))
    assert reading.table["label"].to_list() == ["entailment", "neutral", "contradiction"]
    assert reading.table["id"].to_list() == ["7", "8", "9"]
    (note,) = reading.notes
    assert "0 as entailment (1), 1 as neutral (1), 2 as contradiction (1)" in note


def test_labels_that_are_numbers_are_names_and_no_places(tmp_path):
    path = write(tmp_path, "a.tsv", tsv([("A man sleeps.", "A man rests.", "1")]))
    assert read_examples(path, labels=("1", "2", "3")).table["label"].to_list() == ["1"]
    path = write(tmp_path, "b.tsv", tsv([("A man sleeps.", "A man rests.", "0")]))
    with pytest.raises(ScotomaError, match=r"label '0' is not known.*Known labels: 1, 2, 3\."):
        read_examples(path, labels=("1", "2", "3"))


def test_official_hans_text_has_its_tags(tmp_path):
    parses = "sentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse"
    header = f"gold_label\t{parses}\tsentence1\tsentence2\tpairID\theuristic\tsubcase\ttemplate"
    tags = ("lexical_overlap", "ln_passive", "temp20")
    row = ("non-entailment", "( )", "( )", "( )", "( )", "P .", "H .", "ex0", *tags)
    path = write(tmp_path, "heuristics_evaluation_set.txt", tsv([row], header))
    assert read_examples(path, labels=HANS_LABELS).table.row(0) == (
        "ex0",
        "P .",
        "H .",
        "non-entailment",
        *tags,
    )


def test_single_texts_are_read_by_their_own_fields(tmp_path):
    path = write(tmp_path, "a.csv", 'sentence,label\r\n"Well, ""good"".\nYes.",1\r\nNo.,0\r\n')
    reading = read_examples(path, fields=("text",), labels=("bad", "good"))
    assert reading.table.select("text", "label").rows() == [('Well, "good".\nYes.', "good"), ("No.", "bad")]


def test_columns_override_the_known_names(tmp_path):
    path = write(tmp_path, "a.tsv", tsv(PLAIN, "sentence1\tanswer\tlabel"))
    reading = read_examples(path, columns={"hypothesis": "answer"})
    assert texts_and_labels(reading) == PLAIN


def test_windows_line_ends_and_byte_order_mark_are_no_part_of_the_data(tmp_path):
    content = b"\xef\xbb\xbf" + tsv().replace("\n", "\r\n").encode()
    assert texts_and_labels(read_examples(write(tmp_path, "a.tsv", content))) == PLAIN


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\u00a0"])
@pytest.mark.parametrize("name", ["a.tsv", "a.jsonl", "a.csv"])
def test_only_a_line_feed_ends_a_row(tmp_path, name, mark):
    rows = [(f"A{mark}man sleeps.", f" A man{mark}", "neutral"), PLAIN[0]]
    content = tsv(rows) if name == "a.tsv" else tsv(rows).replace("\t", ",")
    if name == "a.jsonl":
        keys = ("premise", "hypothesis", "label")
        content = "".join(
            json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False) + "\n" for row in rows
        )
    assert texts_and_labels(read_examples(write(tmp_path, name, content))) == rows


def test_last_line_may_lack_its_end_and_blank_lines_are_skipped(tmp_path):
    assert texts_and_labels(read_examples(write(tmp_path, "a.tsv", tsv().rstrip("\n")))) == PLAIN
    assert texts_and_labels(read_examples(write(tmp_path, "b.tsv", tsv() + "\n\r\n"))) == PLAIN


# What is dropped.


def test_in_a_symmetric_task_a_pair_and_its_mirror_repeat_each_other(tmp_path):
    path = tmp_path / "pairs.tsv"
    rows = ["b\ta\tneutral", "a\tb\tneutral", "a\tc\tneutral"]
    path.write_text("premise\thypothesis\tlabel\n" + "\n".join(rows) + "\n", encoding="utf8")
    assert read_examples(path, drop_repeated=True).table.height == 3
    reading = read_examples(path, drop_repeated=True, symmetric=True)
    assert reading.table.select("premise", "hypothesis").rows() == [("a", "c")]
    assert reading.dropped == {"every copy of a repeated pair": 2}


def test_repeated_pairs_are_dropped_with_every_copy_when_asked(tmp_path):
    path = write(tmp_path, "a.tsv", tsv([*PLAIN, (*PLAIN[0][:2], "neutral")]))
    assert read_examples(path).table.height == 4
    reading = read_examples(path, drop_repeated=True)
    assert texts_and_labels(reading) == PLAIN[1:]
    assert reading.dropped == {"every copy of a repeated pair": 2}


def test_a_copy_without_a_gold_label_repeats_nothing(tmp_path):
    path = write(tmp_path, "a.tsv", tsv([*PLAIN, (*PLAIN[0][:2], "-")]))
    reading = read_examples(path, drop_repeated=True)
    assert texts_and_labels(reading) == PLAIN
    assert reading.dropped == {"no gold label": 1}


def test_ids_number_the_rows_of_the_file_not_the_rows_kept(tmp_path):
    path = write(tmp_path, "a.tsv", tsv([("A", "B", "-"), *PLAIN]))
    assert read_examples(path).table["id"].to_list() == ["a-1", "a-2", "a-3"]


# Bad input.


def assert_refused(path, match, **options):
    with pytest.raises(ScotomaError, match=match) as caught:
        read_examples(path, **options)
    assert str(path) in caught.value.where
    assert caught.value.remedy
    return caught.value


GOOD = {"premise": "A", "hypothesis": "B", "label": "neutral"}


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ('{"premise": "A", "hyp', r"not JSON: Unterminated string starting at column 18"),
        ('["A", "B", "neutral"]', "a JSON list where an object is needed"),
        ("null", "a JSON null where an object is needed"),
        ("[" * 100_000, "not JSON that can be read: brackets nested too deep"),
        ('{"label": ' + "9" * 5000 + "}", "not JSON that can be read: Exceeds the limit"),
        ('{"premise": "A", "label": "neutral"}', "no 'hypothesis'"),
        ('{"premise": null, "hypothesis": "B", "label": "neutral"}', "premise is null, not text"),
        ('{"premise": 3, "hypothesis": "B", "label": "neutral"}', "premise is 3, not text"),
        ('{"premise": "", "hypothesis": "B", "label": "neutral"}', "premise is empty"),
        ('{"premise": "A", "hypothesis": " \\n", "label": "neutral"}', "hypothesis is empty"),
        (
            '{"premise": "\\ud800x", "hypothesis": "B", "label": "neutral"}',
            "premise holds an unpaired surrogate",
        ),
        ('{"premise": "A", "hypothesis": "B", "label": null}', "label null is not known.*Write - where"),
        ('{"premise": "A", "hypothesis": "B", "label": 3}', "label 3 is not known"),
        ('{"premise": "A", "hypothesis": "B", "label": true}', "label True is not known"),
        ('{"premise": "A", "hypothesis": "B", "label": NaN}', "label nan is not known"),
        (
            '{"premise": "A", "hypothesis": "B", "label": ["neutral"]}',
            r"\['neutral'\] is not known.*label=COLUMN\[0\]",
        ),
    ],
)
def test_a_bad_json_line_is_named_with_its_number(tmp_path, line, match):
    path = write(tmp_path, "a.jsonl", f"{json.dumps(GOOD)}\n{line}\n")
    assert assert_refused(path, match).where == f"{path}:2"


def test_many_faults_are_counted_and_the_first_few_named(tmp_path):
    rows = [*PLAIN, *[("A", "B", f"entails {n}") for n in range(7)], ("", "B", "neutral")]
    error = assert_refused(
        write(tmp_path, "a.tsv", tsv(rows)),
        r"8 faults: line 5: label 'entails 0' is not known; line 6: .*; line 9: .*; and 3 more",
    )
    assert "line 10" not in error.what
    assert "Known labels: entailment, neutral, contradiction; or 0 to 2" in error.remedy
    assert "Give every row a premise" in error.remedy


def test_another_set_of_labels_is_told_once_with_both_sets_and_how_to_map_it(tmp_path):
    words = ("yes", "no", "a=b", "odd", "more", "last")
    rows = [*PLAIN, *[("A", "B", word) for word in words for _ in range(4)]]
    error = assert_refused(write(tmp_path, "a.tsv", tsv(rows)), r" \(.*a\.tsv:5\)\. Known labels")
    assert error.what == (
        "the file has labels that are not known: 'yes' in 4 rows, 'no' in 4 rows, 'a=b' in 4 rows, "
        "'odd' in 4 rows, 'more' in 4 rows, 1 more"
    )
    assert error.remedy == (
        "Known labels: entailment, neutral, contradiction; or 0 to 2 in that order, -1 or - for no gold "
        "label. Say what another word means with --labels yes=LABEL,no=LABEL,odd=LABEL,more=LABEL,last=LABEL"
        "; in a study file, with `labels:` of the source."
    )


def test_what_stands_where_a_label_should_is_told_beside_another_set_of_labels(tmp_path):
    rows = [*PLAIN, ("A", "B", "yes"), ("A", "B", ""), ("A", "B", "yes")]
    error = assert_refused(
        write(tmp_path, "a.tsv", tsv(rows)),
        r"^2 faults: line 5: the file has labels that are not known: 'yes' in 2 rows; line 6: label '' is",
    )
    assert "--labels yes=LABEL;" in error.remedy
    assert "Write - where there is no gold label" in error.remedy


@pytest.mark.parametrize(
    ("row", "match"), [("A\tB", "2 columns where the header has 3"), ("A\tB\tC\tneutral", "4 columns where")]
)
def test_too_few_or_too_many_tabs_are_refused(tmp_path, row, match):
    path = write(tmp_path, "a.tsv", tsv() + row + "\n")
    assert assert_refused(path, match).where == f"{path}:5"


def test_a_row_of_nothing_but_tabs_is_refused(tmp_path):
    assert_refused(write(tmp_path, "a.tsv", tsv() + "\t\t\n"), "premise is empty")


def test_an_open_quotation_mark_in_csv_is_refused(tmp_path):
    path = write(tmp_path, "a.csv", 'premise,hypothesis,label\nA,B,neutral\n"A,B,neutral\nA,B,neutral\n')
    assert assert_refused(path, "not CSV").where == f"{path}:3"


def test_csv_faults_name_the_line_on_which_the_row_begins(tmp_path):
    path = write(tmp_path, "a.csv", 'premise,hypothesis,label\n"A\nA",B,neutral\nA,B,maybe\n')
    assert assert_refused(path, "label 'maybe'").where == f"{path}:4"


@pytest.mark.parametrize("name", ["a.tsv", "a.csv"])
def test_latin_1_bytes_are_refused(tmp_path, name):
    text = "premise\thypothesis\tlabel\nA\tB\tneutral\nCaf\xe9\tB\tneutral\n"
    text = text if name == "a.tsv" else text.replace("\t", ",")
    path = write(tmp_path, name, text.encode("latin-1"))
    assert assert_refused(path, "byte 0xe9 at position 4 is not UTF-8").where == f"{path}:3"


def test_utf_16_is_refused_for_its_encoding_not_for_its_columns(tmp_path):
    wide = write(tmp_path, "a.tsv", tsv().encode("utf-16"))
    assert_refused(wide, r"byte 0xff at position 1 is not UTF-8.*iconv -f utf-16 -t utf-8\)")


def test_missing_columns_are_named_beside_those_found(tmp_path):
    path = write(tmp_path, "a.tsv", tsv(PLAIN, "premise\tclaim\tlabel"))
    assert_refused(path, r"no column for hypothesis; the file has 'premise', 'claim', 'label'")


def test_a_file_without_a_header_shows_its_first_row_shortened(tmp_path):
    path = write(tmp_path, "a.tsv", tsv(PLAIN, "x" * 1000 + "\tB\tneutral"))
    assert len(assert_refused(path, "no column for premise, hypothesis, label").what) < 200


def test_a_column_named_twice_is_refused(tmp_path):
    assert_refused(write(tmp_path, "a.tsv", "premise\tlabel\tlabel\nA\tB\tC\n"), "names a column twice")


def test_two_columns_that_fit_are_refused_until_one_is_chosen(tmp_path):
    path = write(tmp_path, "a.tsv", "premise\thypothesis\tlabel\tgold_label\nA\tB\t0\tneutral\n")
    assert_refused(path, "'label', 'gold_label' may both be the label")
    reading = read_examples(path, columns={"label": "gold_label"})
    assert texts_and_labels(reading) == [("A", "B", "neutral")]


def test_one_column_is_not_two_texts(tmp_path):
    path = write(tmp_path, "a.tsv", tsv())
    with pytest.raises(ScotomaError, match="one column cannot be 'premise', 'hypothesis'"):
        read_examples(path, columns={"hypothesis": "premise"})


@pytest.mark.parametrize("name", ["heuristic", "id"])
def test_a_tag_or_an_id_that_only_later_rows_have_is_refused_until_it_is_left_out(tmp_path, name):
    first = {"premise": "A man sleeps.", "hypothesis": "A man rests.", "label": "entailment"}
    path = write(tmp_path, "a.jsonl", jsonl(first, {**first, name: "a"}))
    with pytest.raises(ScotomaError, match=f"has '{name}', which the first does not have .*a.jsonl:2"):
        read_examples(path)
    assert read_examples(path, columns={name: ""}).table.height == 2


def test_a_choice_of_columns_that_does_not_exist_is_refused(tmp_path):
    path = write(tmp_path, "a.tsv", tsv())
    error = assert_refused(path, "has no 'hypotheses' for hypothesis", columns={"hypothesis": "hypotheses"})
    assert "Did you mean 'hypothesis'?" in error.remedy
    assert_refused(path, "'hypo' is not a column that is read", columns={"hypo": "hypothesis"})


def test_repeated_ids_are_refused_unless_rows_are_numbered(tmp_path):
    rows = [(*row, name) for row, name in zip(PLAIN, ("a", "b", "a"), strict=True)]
    path = write(tmp_path, "a.tsv", tsv(rows, "premise\thypothesis\tlabel\tpairID"))
    assert assert_refused(path, "id 'a' is that of line 2").where == f"{path}:4"
    assert read_examples(path, columns={"id": ""}).table["id"].to_list() == ["a-0", "a-1", "a-2"]


@pytest.mark.parametrize("given", [None, "", 1.5, True, "\ud800"])
def test_an_id_that_names_nothing_is_refused(tmp_path, given):
    assert_refused(write(tmp_path, "a.jsonl", jsonl({**GOOD, "id": given})), "id is ")


@pytest.mark.parametrize("name", ["a.tsv", "a.jsonl", "a.csv", "a.parquet", "a.tsv.xz", "a.tsv.gz"])
def test_an_empty_file_is_refused(tmp_path, name):
    assert_refused(write(tmp_path, name, b""), "is empty")


@pytest.mark.parametrize("content", ["", "\n\n", "premise\thypothesis\tlabel\n"])
def test_a_file_without_rows_is_refused(tmp_path, content):
    assert_refused(write(tmp_path, "a.tsv.gz", gzip.compress(content.encode())), "there are no labelled rows")


def test_a_file_in_which_nothing_is_left_is_refused(tmp_path):
    assert_refused(write(tmp_path, "a.tsv", tsv([("A", "B", "-1")])), "1 dropped as no gold label")


def test_what_is_not_there_or_no_file_or_of_no_known_format_is_refused(tmp_path):
    (tmp_path / "folder.tsv").mkdir()
    assert_refused(tmp_path / "none.tsv", "there is no file '.*/none.tsv'")
    assert_refused(tmp_path / "folder.tsv" / "none.tsv", "there is no file '.*/none.tsv'")
    assert_refused(tmp_path / "folder.tsv", "is a folder")
    assert_refused(tmp_path / ("x" * 300 + ".tsv"), "cannot be read: File name too long")
    assert_refused(write(tmp_path, "a.pkl", b"x"), r"the format of '.*/a.pkl' is not known")


@pytest.mark.parametrize(("pack", "squeeze"), [(".xz", lzma.compress), (".gz", gzip.compress)])
@pytest.mark.parametrize("name", ["a.tsv", "a.jsonl", "a.csv", "a.parquet"])
def test_a_compressed_file_cut_short_is_refused(tmp_path, name, pack, squeeze):
    plain = tsv(PLAIN * 1000) if name == "a.tsv" else tsv(PLAIN * 1000).replace("\t", ",")
    content = squeeze((jsonl(*[GOOD] * 1000) if name == "a.jsonl" else plain).encode())
    assert_refused(write(tmp_path, name + pack, content[:-20]), "is damaged or cut short")
    assert_refused(write(tmp_path, "b" + name + pack, b"not compressed at all"), "is damaged or cut short")


def test_parquet_that_is_not_or_is_cut_short_is_refused(tmp_path):
    pl.DataFrame(PLAIN, schema=["premise", "hypothesis", "label"], orient="row").write_parquet(tmp_path / "a")
    content = (tmp_path / "a").read_bytes()
    assert_refused(write(tmp_path, "b.parquet", content[:-30]), "is damaged or cut short")
    assert_refused(write(tmp_path, "c.parquet", b"premise"), "is damaged or cut short")


def test_parquet_faults_name_the_row(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"premise": ["A", None], "hypothesis": ["B", "B"], "label": [0, 1]}).write_parquet(path)
    assert assert_refused(path, "premise is null").where == f"{path}, row 2"


@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "a.jsonl", "a.parquet", "a.tsv.gz", "a.tsv.xz"])
def test_however_a_file_is_damaged_the_user_hears_of_it_in_one_way(tmp_path, name):
    table = pl.DataFrame([{**GOOD, "premise": f'A man {n}, "é"', "id": n} for n in range(30)])
    table.write_parquet(tmp_path / "plain")
    plain = {
        "tsv": table.write_csv(separator="\t", quote_style="never").encode(),
        "csv": table.write_csv().encode(),
        "jsonl": table.write_ndjson().encode(),
        "parquet": (tmp_path / "plain").read_bytes(),
    }[name.split(".")[1]]
    whole = {"gz": gzip.compress, "xz": lzma.compress}.get(name.rpartition(".")[2], bytes)(plain)
    assert read_examples(write(tmp_path, name, whole)).table.height == 30
    rng = random.Random(0)
    n_refused = 0
    for _ in range(150):
        content = bytearray(whole)
        start = rng.randrange(len(content))
        content[start : start + rng.randrange(4)] = rng.randbytes(rng.randrange(4))
        try:
            read_examples(write(tmp_path, name, bytes(content)))
        except ScotomaError:
            n_refused += 1
    assert n_refused > 75


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.duration("s"), pa.timestamp("us", tz="No/Where")])
def test_a_column_of_times_beyond_the_calendar_is_refused_by_its_name(tmp_path, kind):
    made = pa.array([2**62]).view(kind)
    table = pa.table({"premise": ["A"], "hypothesis": ["B"], "label": [0], "made": made})
    pq.write_table(table, tmp_path / "a.parquet")
    assert_refused(tmp_path / "a.parquet", "column 'made' .* cannot be read")


def test_a_name_with_a_nul_is_refused(tmp_path):
    assert_refused(tmp_path / "a\0.tsv", "cannot be read: embedded null byte")


def test_a_line_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    path = write(tmp_path, "a.tsv.gz", gzip.compress(tsv().encode() + b"a" * 2000))
    assert_refused(path, "a line of more than 1,000 bytes")


@pytest.mark.parametrize("ending", ["tsv.gz", "csv.xz", "jsonl.gz", "json.gz", "parquet.gz", "arrow.xz"])
def test_a_packed_file_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(lines, "_UNPACKED", 40_000)
    table = pl.DataFrame([GOOD | {"premise": f"A {n}"} for n in range(3000)])
    pack = lzma.compress if ending.endswith("xz") else gzip.compress
    parquet, arrow = io.BytesIO(), io.BytesIO()
    table.write_parquet(parquet, compression="uncompressed", use_pyarrow=True)
    table.write_ipc_stream(arrow)
    written = {
        "tsv": table.write_csv(separator="\t").encode(),
        "csv": table.write_csv().encode(),
        "jsonl": table.write_ndjson().encode(),
        "json": json.dumps(table.to_dicts()).encode(),
        "parquet": parquet.getvalue() + bytes(3_000_000),
        "arrow": arrow.getvalue(),
    }[ending.partition(".")[0]]
    path = write(tmp_path, f"a.{ending}", pack(written))
    monkeypatch.setattr(lines, "_TIMES", 1)
    assert_refused(path, r"unpacks from [\d,]+ bytes to more than .* Unpack it first")
    monkeypatch.setattr(lines, "_TIMES", 10_000)
    if not ending.startswith("parquet"):
        assert read_examples(path).table.height == 3000


@pytest.mark.parametrize("ending", ["tsv", "csv", "jsonl"])
def test_blank_lines_without_end_are_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(lines, "_BLANK_LINES", 50)
    table = pl.DataFrame([GOOD] * 3)
    text = {"tsv": table.write_csv(separator="\t"), "csv": table.write_csv(), "jsonl": table.write_ndjson()}
    assert read_examples(write(tmp_path, f"a.{ending}", text[ending] + "\n" * 50)).table.height == 3
    assert_refused(write(tmp_path, f"b.{ending}", "\n" * 51 + text[ending]), "more than 50 blank lines")


def test_a_small_parquet_file_of_more_rows_than_it_has_bytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_tables, "_ROWS", 10_000)
    table = pl.DataFrame([GOOD] * 20_000)
    table.write_parquet(tmp_path / "a.parquet")
    assert_refused(tmp_path / "a.parquet", r"claims to hold [\d,]+, in 20,000 rows")
    monkeypatch.setattr(arrow_tables, "_ROWS", 30_000)
    assert read_examples(tmp_path / "a.parquet").table.height == 20_000


@pytest.mark.parametrize("depth", [90, 110, 900, 960, 980, 990])
def test_a_nested_value_is_refused_at_any_depth(tmp_path, depth):
    line = '{"premise": "A", "hypothesis": "B", "label": ' + "[" * depth + "]" * depth + "}"
    assert_refused(write(tmp_path, "a.jsonl", line), r"label \[\[\[.* is not known|nested too deep")


def test_faults_stay_readable_and_remedies_few_whatever_the_rows_hold(tmp_path):
    faults = Faults("a.tsv")
    for row in range(20_000):
        faults.add(row, "x" * 5000, f"Mend row {row}.")
    with pytest.raises(ScotomaError, match="20000 faults") as caught:
        faults.raise_if_any()
    assert len(str(caught.value)) < 4000


def test_a_process_that_reads_parquet_ends_well(tmp_path):
    pl.DataFrame([GOOD] * 3).write_parquet(tmp_path / "a.parquet")
    reads = f"read_examples({str(tmp_path / 'a.parquet')!r})"
    code = f"from scotoma.tasks.reading.examples import read_examples; {reads}"
    # With pyarrow's threads beside polars' more than half of such processes are aborted at their end.
    ended = [subprocess.run([sys.executable, "-c", code], check=False).returncode for _ in range(5)]
    assert ended == [0] * 5


# Real data.


def test_published_and_regenerated_hans_are_read():
    published = read_examples(shared_file("hans/hans_REAL_sample.tsv"), labels=HANS_LABELS)
    assert published.table.height == 13
    assert published.table["id"][1] == "ex5000"
    path = shared_file("hans/hans_REGENERATED_eval.tsv.xz")
    regenerated = read_examples(path, labels=HANS_LABELS, drop_repeated=True)
    assert regenerated.table.height == 30_000
    assert regenerated.dropped == {}
    plain = [(row["sentence1"], row["sentence2"], row["gold_label"]) for row in read_tsv(path)]
    assert texts_and_labels(regenerated) == plain


@pytest.mark.parametrize(
    ("name", "n"),
    [("snli_train_10k", 9999), ("snli_dev", 9842), ("snli_test", 9824), ("breaking_nli", 8193)],
)
def test_other_inference_data_are_read(name, n):
    assert read_examples(shared_file(f"other_nli/{name}.tsv.xz")).table.height == n


# The hub, from folders only.


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Folders as the hub's client leaves them: a split, splits, a repository, the hub's own tables of one."""
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    names = datasets.ClassLabel(names=["contradiction", "entailment", "neutral"])
    text = datasets.Value("string")
    features = datasets.Features({"premise": text, "hypothesis": text, "label": names})
    rows = {"premise": ["A", "A", "A"], "hypothesis": ["B", "C", "D"], "label": [0, 1, -1]}
    split = datasets.Dataset.from_dict(rows, features=features)
    folder = tmp_path_factory.mktemp("hub")
    split.save_to_disk(folder / "one")
    datasets.DatasetDict({"train": split}).save_to_disk(folder / "several")
    (folder / "copied" / "data").mkdir(parents=True)
    split.to_parquet(folder / "copied" / "data" / "train-00000-of-00001.parquet")
    (folder / "converted" / "plain_text" / "train").mkdir(parents=True)
    split.to_parquet(folder / "converted" / "plain_text" / "train" / "0000.parquet")
    return folder


@pytest.mark.parametrize("name", ["one", "several", "copied", "converted"])
def test_a_saved_data_set_is_read_through_its_own_label_names(saved, name):
    reading = read_hub(str(saved / name), "train")
    assert texts_and_labels(reading) == [("A", "B", "contradiction"), ("A", "C", "entailment")]
    assert reading.table["id"].to_list() == [f"{name}-train-0", f"{name}-train-1"]
    assert reading.dropped == {"no gold label": 1}


@pytest.mark.parametrize("name", ["several", "copied", "converted"])
def test_a_split_that_is_not_there_is_refused_with_those_that_are(saved, name):
    with pytest.raises(ScotomaError, match=r"Unknown split .*test.* one of \['train'\]"):
        read_hub(str(saved / name), "test")


def test_labels_that_the_task_does_not_have_are_refused(saved):
    with pytest.raises(ScotomaError, match=r"label 'contradiction' is not known .*one, split train, row 1"):
        read_hub(str(saved / "one"), "train", labels=HANS_LABELS)


def test_code_in_a_data_set_is_not_run(tmp_path):
    folder = tmp_path / "scripted"
    folder.mkdir()
    (folder / "scripted.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ScotomaError, match=r"Its code is not run\. Try .*@refs/convert/parquet"):
        read_hub(str(folder), "train")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("nyu-mll/multi_nli", ("nyu-mll/multi_nli", None, None)),
        ("glue/mnli", ("nyu-mll/glue", "mnli", None)),
        ("nyu-mll/glue/mnli@abc", ("nyu-mll/glue", "mnli", "abc")),
        ("jhu-cogsci/hans@refs/convert/parquet", ("jhu-cogsci/hans", None, "refs/convert/parquet")),
    ],
)
def test_offline_says_which_data_set_and_how_to_bring_it(monkeypatch, name, asked):
    seen = []

    def offline(path, config, *, split, revision):
        assert split == "train"
        seen.append((path, config, revision))
        raise ConnectionError(f"Couldn't reach {path!r} on the Hub")

    monkeypatch.setattr("datasets.load_dataset", offline)
    command, instead = how_to_fetch(name)
    assert command.startswith(f"hf download --repo-type dataset {asked[0]} ")
    assert (asked[1] is None) == ("--include" not in command) == (instead == "hub:FOLDER:SPLIT")
    assert (f"--revision {asked[2]}" in command) == (asked[2] is not None)
    told = re.escape(f"{command}; then copy FOLDER here and give {instead}")
    with pytest.raises(ScotomaError, match=rf"cannot be loaded: Couldn't reach .* {told}"):
        read_hub(name, "train")
    assert seen == [asked]


def test_one_configuration_of_a_copy_is_a_folder_of_its_own(tmp_path):
    for config, label in (("qqp", "neutral"), ("cola", "entailment")):
        (tmp_path / config).mkdir()
        rows = {"premise": ["A."], "hypothesis": ["B."], "label": [label]}
        pl.DataFrame(rows).write_parquet(tmp_path / config / "train-00000-of-00001.parquet")
    _, instead = how_to_fetch("glue/qqp")
    name, _, split = instead.replace("FOLDER", str(tmp_path)).removeprefix("hub:").rpartition(":")
    assert split == "SPLIT"
    assert read_hub(name, "train").table["label"].to_list() == ["neutral"]


@pytest.mark.parametrize(
    "name", ["none.tsv", "empty.csv", "folder.csv", "folder", "a.pkl", "bad.parquet", "short.jsonl.gz"]
)
@pytest.mark.parametrize("beside", [True, False])
def test_no_message_names_a_file_twice(tmp_path, monkeypatch, name, beside):
    place = tmp_path / "data"
    for folder in ("folder.csv", "folder"):
        (place / folder).mkdir(parents=True)
    for file in ("a.pkl", "bad.parquet", "short.jsonl.gz"):
        write(place, file, b"PAR")
    write(place, "empty.csv", b"")
    monkeypatch.chdir(place if beside else tmp_path)
    path = Path(name) if beside else Path("data") / name
    with pytest.raises(ScotomaError, match=re.escape(repr(str(path)))) as caught:
        read_examples(path)
    told = str(caught.value).removesuffix(f"hub:{path}:train.")  # which is to be typed
    assert told.count(str(path)) == 1 + (name == "folder" and beside)  # 'folder' is a folder
    assert caught.value.where == str(path)

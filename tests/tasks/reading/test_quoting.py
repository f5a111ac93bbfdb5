"""Whether quotation marks in a tab-separated file are text or enclose one is told by all of them."""

import csv
import io

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.examples import Reading, read_examples

LABELS = ("entailment", "neutral", "contradiction")
TEXTS = [
    ('He said "no" to her.', "He refused."),
    ('"No," he said.', "He refused."),
    ('"No."', '"Yes."'),
    ("It's 5 o'clock.", "It is late."),
    ('A 5" nail.', "A nail."),
    ('""', "Nothing was said."),
]
ROWS = [{"premise": p, "hypothesis": h, "label": LABELS[n % 3]} for n, (p, h) in enumerate(TEXTS)]


def unquoted(rows) -> str:
    return "".join("\t".join(cells) + "\n" for cells in (rows[0], *(row.values() for row in rows)))


def by_csv(rows, quoting=csv.QUOTE_MINIMAL) -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter="\t", quoting=quoting)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return file.getvalue()


def by_polars(rows, quote_style="necessary") -> str:
    return pl.DataFrame(rows).write_csv(separator="\t", quote_style=quote_style)


def read(tmp_path, text, name="rows.tsv") -> Reading:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return read_examples(path)


def texts(reading):
    return reading.table.select("premise", "hypothesis").rows()


@pytest.mark.parametrize(
    "write",
    [
        by_csv,
        lambda rows: by_csv(rows, csv.QUOTE_ALL),
        lambda rows: by_csv(rows, csv.QUOTE_NONNUMERIC),
        by_polars,
        lambda rows: by_polars(rows, "always"),
        lambda rows: by_polars(rows, "non_numeric"),
        unquoted,
    ],
)
@pytest.mark.parametrize("name", ["rows.tsv", "rows.txt"])
def test_the_same_rows_are_read_however_they_were_written(tmp_path, write, name) -> None:
    reading = read(tmp_path, write(ROWS), name)
    assert texts(reading) == TEXTS
    (note,) = reading.notes
    assert ("unquoted" in note) == (write is unquoted)


def test_a_tab_or_a_line_end_within_quotes_belongs_to_the_text(tmp_path) -> None:
    rows = [*ROWS, {"premise": "One\ttwo\nthree.", "hypothesis": 'It "is".', "label": "neutral"}]
    reading = read(tmp_path, by_csv(rows))
    assert texts(reading)[-1] == ("One\ttwo\nthree.", 'It "is".')
    assert len(texts(reading)) == len(rows)


def test_an_empty_text_that_is_written_as_two_marks_is_empty(tmp_path) -> None:
    rows = [{"premise": "A.", "hypothesis": "B.", "label": label, "subcase": ""} for label in LABELS]
    assert '\t""' in by_polars(rows)
    assert read(tmp_path, by_polars(rows)).table["subcase"].to_list() == ["", "", ""]


def test_speech_that_opens_in_one_row_and_closes_in_another_joins_no_rows(tmp_path) -> None:
    lines = ["premise\thypothesis\tlabel", '"Go.\tHe spoke.\tneutral', 'Now."\tHe spoke.\tentailment']
    reading = read(tmp_path, "\n".join(lines))
    assert texts(reading) == [('"Go.', "He spoke."), ('Now."', "He spoke.")]


def test_a_few_texts_in_marks_stay_as_they_are_where_nothing_is_doubled(tmp_path) -> None:
    rows = [ROWS[0] | {"premise": premise} for premise in ("Go.", '"Go."', "Stay.", "Wait.")]
    assert texts(read(tmp_path, unquoted(rows)))[1] == ('"Go."', "He refused.")


def test_a_file_without_marks_says_nothing_of_them(tmp_path) -> None:
    assert read(tmp_path, unquoted([ROWS[3], ROWS[3]])).notes == ()


@pytest.mark.parametrize(
    "text",
    [
        # One part written by a writer of tables, the other by joining texts with tabs.
        by_csv(ROWS[:1]) + unquoted(ROWS[:2]).partition("\n")[2],
        # R's write.table puts marks around every text and a backslash before those within.
        '"premise"\t"hypothesis"\t"label"\n"He said \\"no\\"."\t"He spoke."\t"neutral"\n' * 1,
        # A backslash before a mark, in enclosed texts and in others.
        "premise\thypothesis\tlabel\n"
        + "He slept.\tHe spoke.\tneutral\n" * 3
        + '"He said \\"no\\"."\tHe spoke.\tneutral\n',
        "premise\thypothesis\tlabel\n" + 'He said \\"no\\".\tHe spoke.\tneutral\n' * 3,
        # Marks around every text, and those within as they are.
        "premise\thypothesis\tlabel\n" + '"He said "no"."\t"He spoke."\tneutral\n' * 4,
    ],
)
def test_what_is_neither_is_refused_with_what_to_do(tmp_path, text) -> None:
    with pytest.raises(
        ScotomaError, match=r"neither quoted nor unquoted.*line \d+.*Write it again in one way"
    ):
        read(tmp_path, text)


def test_one_odd_text_among_hundreds_makes_no_other_file_of_it(tmp_path) -> None:
    rows = [ROWS[1] | {"hypothesis": f"He refused {n}."} for n in range(300)]
    rows[7] = rows[7] | {"premise": '"He "" said."'}
    assert texts(read(tmp_path, unquoted(rows)))[7][0] == '"He "" said."'

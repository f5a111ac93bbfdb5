"""What holds of every file and every generated text, whatever is in it."""

import contextlib
import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from scotoma.basics.errors import ScotomaError
from scotoma.tasks import TASKS, Rejected
from scotoma.tasks.reading.examples import Reading, read_examples
from scotoma.worlds.microworld import NotASentence, parse, render

LABELS = ("entailment", "neutral", "contradiction")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
COLUMNS = st.sampled_from(
    ["premise", "sentence1", "hypothesis", "label", "gold_label", "id", "template", "x"]
)
# No line ends and no tabs, which end a row or a cell of a tab-separated file.
PLAIN = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\t\n\r"), min_size=1).filter(
    str.strip
)


def read(data: bytes, name: str) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return read_examples(path)


@given(st.lists(st.dictionaries(COLUMNS, VALUES), max_size=4))
def test_json_lines_are_taken_whole_or_refused(rows: list[dict[str, object]]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    with contextlib.suppress(ScotomaError):
        table = read(lines, "a.jsonl").table
        assert 0 < table.height <= len(rows)
        assert set(table["label"]) <= set(LABELS)
        assert table["id"].n_unique() == table.height


@given(
    st.binary(max_size=200),
    st.sampled_from(["a.jsonl", "a.tsv", "a.csv", "a.parquet", "a.csv.gz", "a.tsv.xz"]),
)
def test_any_bytes_are_refused_in_words(data: bytes, name: str) -> None:
    with contextlib.suppress(ScotomaError):
        assert read(data, name).table.height


@given(st.lists(st.tuples(PLAIN, PLAIN, st.sampled_from(LABELS)), min_size=1, max_size=4))
def test_sound_rows_come_back_as_they_are(rows: list[tuple[str, str, str]]) -> None:
    names = ("premise", "hypothesis", "label")
    tabs = "".join("\t".join(row) + "\n" for row in (names, *rows)).encode()
    lines = "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows).encode()
    for name, data in (("a.tsv", tabs), ("a.jsonl", lines)):
        assert read(data, name).table.select(names).rows() == rows


@given(st.text(st.characters()), st.sampled_from(sorted(TASKS)), st.sampled_from(LABELS))
def test_any_generated_text_is_an_example_or_rejected(text: str, name: str, label: str) -> None:
    task = TASKS[name]
    for written in (text, f"{task.generator_prompt(label)}{text} {task.end_marker}"):
        with contextlib.suppress(Rejected):
            texts = task.parse(written, label)
            assert tuple(texts) == task.fields
            assert all(texts.values())


WORDS = st.sampled_from(
    ["The", "the", "doctor", "lawyer", "that", "saw", "did", "not", "by", "was", "and", "or", "if", ",", "."]
)


@given(st.text(st.characters()) | st.lists(WORDS, max_size=14).map(" ".join))
def test_any_text_is_a_sentence_as_it_is_written_or_none(text: str) -> None:
    with contextlib.suppress(NotASentence):
        assert render(parse(text)) == text

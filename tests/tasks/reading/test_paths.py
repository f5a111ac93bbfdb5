"""Texts and labels that stand inside chats and answers are read by their path."""

import json

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import read_predictions
from scotoma.tasks.reading.examples import read_examples
from scotoma.tasks.reading.paths import ABSENT, value_of

ANSWER = {"premise": "A man sleeps.", "hypothesis": "A man rests.", "label": "Entailment"}


@pytest.mark.parametrize(
    ("record", "path", "value"),
    [
        ({"a": 1}, "a", 1),
        ({"messages": [{"content": "x"}, {"content": "y"}]}, "messages[1].content", "y"),
        ({"messages": [{"content": "x"}, {"content": "y"}]}, "messages[-1].content", "y"),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({"answer": json.dumps(ANSWER)}, "answer.label", "Entailment"),
        ({"answer": f"```json\n{json.dumps(ANSWER)}\n```"}, "answer.label", "Entailment"),
        ({"m": [["x", "y"]]}, "m[0][1]", "y"),
        ({"a": 1}, "b", ABSENT),
        ({"a": [1]}, "a[1]", ABSENT),
        ({"a": [1]}, "a[-2]", ABSENT),
        ({"a": [1]}, "a.b", ABSENT),
        ({"a": "no JSON"}, "a.b", ABSENT),
        ({"a": None}, "a.b[0]", ABSENT),
        ({"a": {"b": 1}}, "a[0]", ABSENT),
        ({"a": {"b": 1}}, "a..b[", ABSENT),
    ],
)
def test_values_are_found_by_their_path(record, path, value) -> None:
    assert value_of(record, path) == value


def test_chats_answers_and_nested_tables_give_the_same_rows(tmp_path) -> None:
    said = [
        {"role": "user", "content": ANSWER["premise"]},
        {"role": "assistant", "content": ANSWER["hypothesis"]},
    ]
    chat = {"messages": said, "label": "entailment"}
    (tmp_path / "chat.jsonl").write_text(json.dumps(chat))
    pl.DataFrame([chat]).write_parquet(tmp_path / "chat.parquet")
    answer = {"choices": [{"message": {"content": json.dumps(ANSWER)}}]}
    batch = {"custom_id": "r1", "response": {"status_code": 200, "body": answer}}
    (tmp_path / "batch.jsonl").write_text(json.dumps(batch))
    by_place = {"premise": "messages[0].content", "hypothesis": "messages[1].content"}
    inside = {name: f"response.body.choices[0].message.content.{name}" for name in ANSWER}
    tables = [
        read_examples(tmp_path / "chat.jsonl", columns=by_place).table,
        read_examples(tmp_path / "chat.parquet", columns=by_place).table,
        read_examples(tmp_path / "batch.jsonl", columns={**inside, "id": "custom_id"}).table,
    ]
    for table in tables:
        assert table.select("premise", "hypothesis", "label").row(0) == (
            "A man sleeps.",
            "A man rests.",
            "entailment",
        )


def test_a_row_that_lacks_the_place_is_named(tmp_path) -> None:
    rows = [{"turns": [{"value": "A man sleeps."}], "hypothesis": "He rests.", "label": "neutral"}]
    rows.append({**rows[0], "turns": []})
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(
        ScotomaError, match=r"no 'turns\[0\].value' \(.*a.jsonl:2\)\. Leave out rows whose answer failed"
    ):
        read_examples(tmp_path / "a.jsonl", columns={"premise": "turns[0].value"})


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"messages": []}, r"look like chats.*premise=messages\[0\].content"),
        ({"conversations": []}, r"ShareGPT conversations.*premise=conversations\[0\].value"),
        ({"instruction": "a", "input": "", "output": "b"}, "Alpaca rows.*premise=instruction"),
        (
            {"custom_id": "a", "response": {}},
            r"answers of a batch.*response.body.choices\[0\].message.content",
        ),
        ({"instruction": "a", "generation": "b"}, "distilabel rows.*premise=instruction"),
        ({"qa_pairs": []}, r"synthetic-data-kit save-as .*, or jq -c '\.qa_pairs\[\]' FILE\.$"),
        ({"question": "a", "answer": "b"}, "questions with answers.*premise=question"),
        ({"a": "b"}, r"Name it with columns, such as premise=NAME"),
        ({"Premise": "b", "LABEL": 1}, r"such as premise=Premise,label=LABEL"),
    ],
)
def test_a_file_of_a_known_kind_is_told_where_its_texts_may_stand(tmp_path, record, said) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    with pytest.raises(ScotomaError, match=f"no column for premise.*{said}"):
        read_examples(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"id": 1, "messages": []}, r"messages\[1\].content"),
        ({"id": 1, "doc": {}, "model_response": {}}, r"model_response.text\[0\]"),
    ],
)
def test_where_an_answer_is_missing_the_place_of_answers_is_suggested(tmp_path, record, place) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    with pytest.raises(ScotomaError, match=f"such as predicted={place} "):
        read_predictions(tmp_path / "a.jsonl", HANS)

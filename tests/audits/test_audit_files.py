"""Audits of files, and what a terminal shows."""

import io
import json
from pathlib import Path

import polars as pl
import pytest
from audit_tables import micro
from rich.console import Console

from scotoma.audits import Audit, audit_file, record, render
from scotoma.basics.errors import ScotomaError
from scotoma.tasks import MNLI
from shared_data import shared_file


def shown(found: Audit, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(*render(found), sep="\n")
    return out.getvalue()


def jsonl(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {
            "sentence1": f"the actor {n} slept",
            "sentence2": f"the actor {n}" if n % 2 else f"a judge ran {n}",
            "gold_label": "-" if n == 4 else "entailment" if n % 2 else "neutral",
            "sentence1_binary_parse": f"( ( the ( actor {n} ) ) slept )",
            "checked": None if n == 0 else "entailment",
        }
        for n in range(12)
    ]
    return jsonl(tmp_path / "data.jsonl", rows)


def test_a_file_brings_its_parse_and_its_other_labels_past_a_row_without_gold(data: Path) -> None:
    found = audit_file(data, task=MNLI, other_labels="checked")
    assert found.n == 11
    constituent = found.association("constituent").counts
    assert constituent is not None
    assert (constituent.holds_label, constituent.holds_other) == (6, 0)
    assert found.agreement is not None
    assert (found.agreement.n_unlabelled, found.agreement.by_label["entailment"].value) == (1, 1.0)


def test_other_files_may_have_other_names_and_a_blind_spots_labels(tmp_path: Path, data: Path) -> None:
    mine = jsonl(
        tmp_path / "mine.jsonl",
        [
            {"p": f"the actor {n} slept", "h": f"the actor {n}", "l": "entailment" if n else "neutral"}
            for n in range(3)
        ],
    )
    test = jsonl(
        tmp_path / "test.jsonl",
        [{"premise": "The actor 1 slept", "hypothesis": "the actor 1", "label": "non-entailment"}],
    )
    columns = {"premise": "p", "hypothesis": "h", "label": "l"}
    found = audit_file(mine, task=MNLI, reference=data, tests=[test], columns=columns)
    assert found.leaks.exact == 1
    assert found.copies_of_reference is not None
    assert found.copies_of_reference.exact == 1  # the even rows of the data say something else


@pytest.mark.parametrize("label", ["-", -1, None, "hidden", "absent"])
def test_a_test_set_without_gold_labels_is_looked_for_as_well(
    tmp_path: Path, data: Path, label: str | int | None
) -> None:
    texts = {"premise": "The actor 1 slept", "hypothesis": "the actor 1"}
    row: dict[str, object] = texts if label == "absent" else {**texts, "label": label}
    labelled: dict[str, object] = {"premise": "a", "hypothesis": "b", "label": "neutral", "heuristic": "h"}
    test = jsonl(tmp_path / "test.jsonl", [row, labelled])
    assert audit_file(data, task=MNLI, tests=[test]).leaks.exact == 1


def test_rows_that_are_left_out_are_counted_and_said(tmp_path: Path, data: Path) -> None:
    reference = jsonl(
        tmp_path / "reference.jsonl",
        [{"premise": f"a {n}", "hypothesis": "b", "label": n % 4 - 1} for n in range(12)],
    )
    found = audit_file(data, task=MNLI, reference=reference)
    assert record(found)["without_gold"] == {"data": 1, "reference": 3}
    said = "Left out because they have no gold label: 1 row of the data and 3 rows of the reference."
    assert said in " ".join(shown(found).split())
    assert record(audit_file(reference, task=MNLI))["without_gold"] == {"data": 3}


def test_texts_with_two_labels_are_said(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"premise": "a", "hypothesis": f"b {n // 2}", "label": ("neutral", "Entailment")[n % 2]}
        for n in range(6)
    ]
    found = audit_file(jsonl(tmp_path / "a.jsonl", rows), task=MNLI)
    assert "Texts that occur with different labels: 3." in " ".join(shown(found).split())


def test_a_column_that_is_not_there_is_named(data: Path) -> None:
    with pytest.raises(ScotomaError, match=r"no column 'cheked'.* Did you mean 'checked'"):
        audit_file(data, task=MNLI, other_labels="cheked")


def test_a_file_of_one_label_is_refused_by_its_name(tmp_path: Path, data: Path) -> None:
    rows: list[dict[str, object]] = [
        {"premise": f"A {n}.", "hypothesis": "B.", "label": "neutral"} for n in range(3)
    ]
    single = jsonl(tmp_path / "single.jsonl", rows)
    with pytest.raises(ScotomaError, match=r"every row has the label 'neutral' .*single.jsonl"):
        audit_file(single, task=MNLI)
    with pytest.raises(ScotomaError, match=r"every row has the label 'neutral' .*single.jsonl"):
        audit_file(data, task=MNLI, reference=single)


def test_a_model_may_say_the_other_labels_but_not_beside_a_column(data: Path) -> None:
    found = audit_file(data, task=MNLI, labeller=lambda table: (["entailment"] * table.height, ("Cut.",)))
    assert found.agreement is not None
    assert found.agreement.share.value == found.label_counts["entailment"] / found.n
    assert found.notes["data"][-1] == "Cut."
    with pytest.raises(ScotomaError, match="Give one of the two"):
        audit_file(data, task=MNLI, other_labels="checked", labeller=lambda table: ([], ()))


def test_the_reference_and_the_test_sets_may_be_those_that_are_shipped(data: Path) -> None:
    shipped = "bundled:mnli/dev_matched.tsv.xz"
    found = audit_file(data, task=MNLI, reference=shipped, tests=[shipped])
    assert found.reference_label_counts is not None
    assert sum(found.reference_label_counts.values()) > 1000
    assert list(found.leaks_by_test) == [shipped]
    with pytest.raises(ScotomaError, match=r"'mnli/dev' does not exist.* mnli/dev_matched.tsv.xz"):
        audit_file(data, task=MNLI, reference="bundled:mnli/dev")


def test_hans_is_read_as_a_test_set_and_real_training_data_do_not_stand_in_it(tmp_path: Path) -> None:
    hans = shared_file("hans/hans_REAL_sample.tsv")
    rows = tmp_path / "rows.tsv"
    rows.write_text(
        "premise\thypothesis\tlabel\n"
        "The president advised the doctor .\tthe doctor advised the president\tneutral\n"
        "a\tb\tentailment\n",
        encoding="utf8",
    )
    found = audit_file(rows, task=MNLI, tests=[hans])
    assert (found.leaks.exact, found.leaks.near) == (0, 1)


def test_the_terminal_begins_with_the_answer_and_fits_80_columns(tmp_path: Path) -> None:
    for name, dial, seed in (("data", 0.9, 1), ("reference", 0.0, 2)):
        micro(240, dial, seed).write_csv(tmp_path / f"{name}.csv")
    found = audit_file(
        tmp_path / "data.csv",
        task=MNLI,
        reference=tmp_path / "reference.csv",
        predicates=["bracketed=regex:[a-c]red"],
        other_labels="label",
    )
    text = shown(found)
    assert text.startswith("Yes. The data carry the shortcut 'overlap_word': where every word")
    assert "It is stronger than in the reference" in text
    assert "constituent: not available" in text
    for due in ("overlap_whitespace", "long_hypothesis", "Label balance", "distinct-2", "Cohen's kappa"):
        assert due in text
    assert max(map(len, text.splitlines())) <= 80


def test_parts_are_one_empty_line_apart_with_notes_and_without(tmp_path: Path) -> None:
    path, table = tmp_path / "data.csv", micro(60, 0.9)
    codes = {label: str(code) for code, label in enumerate(MNLI.labels)}
    coded = table.with_columns(pl.col("label").replace(codes))
    for rows, has_notes in ((table, False), (coded, True)):
        rows.write_csv(path)
        found = audit_file(path, task=MNLI)
        assert any(found.notes.values()) == has_notes
        text = "\n".join(line.rstrip() for line in shown(found).splitlines())
        assert "\n\n\n" not in text
        assert "\n\nOdds ratio of label and predicate" in text


def test_text_from_data_is_never_markup(tmp_path: Path) -> None:
    path = tmp_path / "[bold]data.csv"
    micro(60, 0.9).write_csv(path)
    assert "[bold]data" in shown(audit_file(path, task=MNLI, tests=[path]), width=200)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("checked", "\ud800", "not known: .*ud800.* in 6 rows"),
        ("checked", "9" * 5000, "not known: '9999.* in 6 rows"),
        ("sentence1_binary_parse", "\ud800", ""),
    ],
)
def test_what_no_label_and_no_parse_can_be_is_told_in_words(
    tmp_path: Path, column: str, value: str, message: str
) -> None:
    rows: list[dict[str, object]] = [
        {"premise": "a b", "hypothesis": f"a {n}", "label": n % 3, "checked": "0", column: value}
        for n in range(6)
    ]
    path = jsonl(tmp_path / "a.jsonl", rows)
    if message:
        with pytest.raises(ScotomaError, match=message):
            audit_file(path, task=MNLI, other_labels="checked")
    else:
        found = audit_file(path, task=MNLI, other_labels="checked")
        assert "no readable parse" in found.unavailable["constituent"]
        assert found.agreement is not None
        assert found.agreement.by_label["entailment"].value == 1.0

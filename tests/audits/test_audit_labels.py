"""What integer labels mean where an audit reads several columns of them, each of which may name its own."""

from collections.abc import Sequence
from pathlib import Path

import datasets
import polars as pl
import pytest

from scotoma.audits import Audit, audit_file
from scotoma.basics.errors import ScotomaError
from scotoma.cli.audit import audit as audit_command
from scotoma.tasks import MNLI
from small_study import STUDY

TRUE = ["entailment", "neutral", "contradiction"] * 10
#: Three orders in which other people write these labels.
FIRST = ["contradiction", "entailment", "neutral"]
SECOND = ["neutral", "entailment", "contradiction"]
TASKS = list(MNLI.labels)
CODES = {str(code): label for code, label in enumerate(FIRST)}


def written(path: Path, **columns: tuple[Sequence[str], bool]) -> Path:
    """Rows with columns of integer labels: the order that each has, and whether the schema says so."""
    table: dict[str, list[object]] = {
        "premise": [f"the {n} actor slept" for n in range(30)],
        "hypothesis": [f"the actor {n} slept" if n % 3 == 0 else f"a judge ran {n}" for n in range(30)],
    }
    features = datasets.Features(dict.fromkeys(table, datasets.Value("string")))
    for name, (order, is_named) in columns.items():
        table[name] = [order.index(label) for label in TRUE]
        features[name] = datasets.ClassLabel(names=list(order)) if is_named else datasets.Value("int64")
    datasets.Dataset.from_dict(table, features=features).to_parquet(str(path))
    return path


def overlaps(found: Audit, *, of_reference: bool = False) -> tuple[int, int]:
    """How many rows of entailment, and of others, overlap: 10 and 0 where labels are read rightly."""
    one = found.association("overlap_word")
    counts = one.reference_counts if of_reference else one.counts
    assert counts is not None
    return counts.holds_label, counts.holds_other


def test_what_is_said_of_integers_holds_where_the_schema_names_none(tmp_path: Path) -> None:
    data = written(tmp_path / "data.parquet", label=(FIRST, False))
    reference = written(tmp_path / "reference.parquet", label=(SECOND, True))
    found = audit_file(data, task=MNLI, reference=reference, labels=CODES)
    assert overlaps(found) == overlaps(found, of_reference=True) == (10, 0)
    assert "0 = neutral, 1 = entailment" in found.notes["reference"][0]


def test_it_may_be_said_of_the_reference_alone(tmp_path: Path) -> None:
    data = written(tmp_path / "data.parquet", label=(SECOND, True))
    reference = written(tmp_path / "reference.parquet", label=(FIRST, False))
    found = audit_file(data, task=MNLI, reference=reference, labels=CODES)
    assert overlaps(found) == overlaps(found, of_reference=True) == (10, 0)


@pytest.mark.parametrize("labelled", [(FIRST, False), (SECOND, True)])
@pytest.mark.parametrize("other", [(FIRST, False), (TASKS, True)])
def test_another_labellers_integers_are_read_by_their_own_names(
    tmp_path: Path, labelled: tuple[list[str], bool], other: tuple[list[str], bool]
) -> None:
    data = written(tmp_path / "data.parquet", label=labelled, other=other)
    found = audit_file(data, task=MNLI, other_labels="other", labels=CODES)
    assert overlaps(found) == (10, 0)
    assert found.agreement is not None
    assert found.agreement.share.value == 1.0


def test_a_reading_by_the_tasks_order_is_not_held_against_another_columns_names(tmp_path: Path) -> None:
    data = written(tmp_path / "data.parquet", label=(TASKS, False), other=(SECOND, True))
    found = audit_file(data, task=MNLI, other_labels="other")
    assert found.agreement is not None
    assert found.agreement.share.value == 1.0
    strange = written(tmp_path / "strange.parquet", label=(TASKS, False))
    table = pl.read_parquet(strange).with_columns(other=pl.col("label"))
    features = datasets.Features(
        premise=datasets.Value("string"),
        hypothesis=datasets.Value("string"),
        label=datasets.Value("int64"),
        other=datasets.ClassLabel(names=["x", "y", "z"]),
    )
    datasets.Dataset.from_dict(table.to_dict(as_series=False), features=features).to_parquet(str(strange))
    with pytest.raises(ScotomaError, match=r"labels that are not known: 'x' in 10 rows, .*column other"):
        audit_file(strange, task=MNLI, other_labels="other")


def test_of_a_single_column_the_users_word_against_the_schema_is_refused(tmp_path: Path) -> None:
    data = written(tmp_path / "data.parquet", label=(SECOND, True))
    with pytest.raises(ScotomaError, match="labels says that 0 is contradiction, but the file's own schema"):
        audit_file(data, task=MNLI, labels=CODES)


def test_a_studys_word_on_its_own_data_does_not_hold_against_the_names_in_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "named.parquet", label=(SECOND, True))
    written(tmp_path / "bare.parquet", label=(FIRST, False))
    source = "{file: more.tsv, labels: {0: contradiction, 1: entailment, 2: neutral}}"
    (tmp_path / "more.tsv").write_text("premise\thypothesis\tlabel\na\tb\t0\n", encoding="utf8")
    (tmp_path / "small.yaml").write_text(with_train(STUDY, source), encoding="utf8")
    for file in ("named.parquet", "bare.parquet"):
        audit_command(file, "small.yaml")
        assert "holds in 10 of 10 rows of entailment" in " ".join(capsys.readouterr().out.split())


def with_train(study: str, source: str) -> str:
    """The study with other training data."""
    lines = study.splitlines()
    (at,) = (place for place, line in enumerate(lines) if line.startswith("  train:"))
    lines[at] = f"  train: {source}"
    return "\n".join(lines)


def test_true_and_false_are_words_whose_meaning_may_be_said(tmp_path: Path) -> None:
    data = written(tmp_path / "data.parquet", label=(TASKS, False))
    table = pl.read_parquet(data).with_columns(label=pl.col("label") == 0)
    table.write_parquet(tmp_path / "flags.parquet")
    table.write_ndjson(tmp_path / "flags.jsonl")
    for name in ("flags.parquet", "flags.jsonl"):
        said = r"labels that are not known: True in 10 rows, .*--labels true=LABEL,false=LABEL;"
        with pytest.raises(ScotomaError, match=said):
            audit_file(tmp_path / name, task=MNLI)
        found = audit_file(tmp_path / name, task=MNLI, labels={"True": "entailment", "false": "neutral"})
        assert overlaps(found) == (10, 0)

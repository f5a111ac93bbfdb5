from importlib.resources import files
from pathlib import Path

import pytest

from scotoma.tasks.reading.examples import read_examples
from shared_data import read_tsv, shared_file

FOLDER = Path(str(files("scotoma") / "bundled" / "mnli"))


@pytest.mark.parametrize(
    ("name", "source", "prefix", "n"),
    [
        ("train_10k.tsv.xz", "mnli/mnli_train_10k.tsv.xz", "train", 9999),
        ("dev_matched.tsv.xz", "mnli/mnli_dev_matched.tsv.xz", "matched", 9815),
    ],
)
def test_shipped_rows_are_the_source_rows_word_for_word(name, source, prefix, n):
    shipped, columns = read_tsv(FOLDER / name), ("gold_label", "premise", "hypothesis")
    assert [row["pairID"] for row in shipped] == [f"{prefix}-{place}" for place in range(n)]
    assert list(shipped[0]) == ["pairID", *columns]
    original = read_tsv(shared_file(source))
    assert [[row[c] for c in columns] for row in shipped] == [[row[c] for c in columns] for row in original]


def test_shipped_files_are_read_whole_and_share_no_pair():
    train = read_examples(FOLDER / "train_10k.tsv.xz", drop_repeated=True)
    dev = read_examples(FOLDER / "dev_matched.tsv.xz", drop_repeated=True)
    assert (train.table.height, dev.table.height) == (9999, 9815)
    assert train.dropped == dev.dropped == {}
    pair = ["premise", "hypothesis"]
    assert train.table.join(dev.table, on=pair, how="semi").height == 0
    assert dev.table["label"].value_counts(sort=True).rows() == [
        ("entailment", 3479),
        ("contradiction", 3213),
        ("neutral", 3123),
    ]


def test_attribution_and_licences_travel_with_the_data():
    text = (FOLDER / "README.md").read_text(encoding="utf8")
    for due in ("Williams", "Nangia", "Bowman", "2018", "OANC", "Attribution 3.0", "public domain"):
        assert due in text

import json
from pathlib import Path

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import Example, to_table, write_table
from scotoma.stages.check_splits import CheckSplits
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import Runtime, Step
from scotoma.study.settings.sources import Source

FIELDS = ("premise", "hypothesis")
TRAIN = ReadExamples(source=Source(file="train.tsv"), fields=FIELDS, labels=(), repeated_pairs="keep", seed=0)
TEST = TRAIN.model_copy(update={"seed": 1})


def check(
    folder: Path, train: list[tuple[str, str]], test: list[tuple[str, str]], symmetric: bool = False
) -> dict[str, int]:
    places = {TRAIN.key: folder / "train", TEST.key: folder / "test"}
    for place, pairs in zip(places.values(), (train, test), strict=True):
        place.mkdir()
        rows = [Example(f"{place.name}-{i}", pair, "neutral") for i, pair in enumerate(pairs)]
        write_table(to_table(rows, FIELDS), place / "examples.parquet")

    def inputs(step: Step) -> Path:
        return places[step.key]

    step = CheckSplits(train=TRAIN, tests=(("matched", TEST),), fields=FIELDS, symmetric=symmetric)
    step.run(out=folder, inputs=inputs, runtime=Runtime())
    found: dict[str, int] = json.loads((folder / "splits.json").read_text())
    return found


def test_disjoint_splits_pass_and_are_counted(tmp_path: Path) -> None:
    assert check(tmp_path, [("a", "b"), ("a", "c")], [("b", "a")]) == {"train": 2, "matched": 1}


def test_a_test_row_in_the_training_data_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(
        ScotomaError, match="1 row of test set 'matched' stands in the training data: test-1 is train-0"
    ):
        check(tmp_path, [("A man ran.", "He ran.")], [("x", "y"), ("a  man ran. ", "HE ran.")])
    assert not (tmp_path / "splits.json").exists()


def test_in_a_symmetric_task_the_mirror_of_a_pair_is_that_pair(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="'matched' stands in the training data: test-0 is train-1"):
        check(tmp_path, [("x", "y"), ("A man ran.", "He ran.")], [("he ran.", "a man ran.")], symmetric=True)


def test_a_task_that_is_not_symmetric_has_the_key_that_it_had() -> None:
    step = CheckSplits(train=TRAIN, tests=(("matched", TEST),), fields=FIELDS)
    assert "symmetric" not in step.identity["settings"]
    mirrored = CheckSplits(train=TRAIN, tests=(("matched", TEST),), fields=FIELDS, symmetric=True)
    assert mirrored.identity["settings"]["symmetric"] is True
    assert "symmetric" not in TRAIN.identity["settings"]

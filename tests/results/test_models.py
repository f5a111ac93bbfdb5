"""Which model a row is about stands in columns; a name is for a person."""

from pathlib import Path

import pytest

from fake_study import make, plan, study
from scotoma.basics.records import read_table
from scotoma.measures.cells import TAGS as CELL_TAGS
from scotoma.results import Results, results
from scotoma.results.models import MODEL_SCHEMA, TAGS
from scotoma.study.settings.pieces import Repetition


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    repetitions = (Repetition(kind="order"), Repetition(kind="batch_size", value=64))
    planned = plan(study().model_copy(update={"noise": repetitions}))
    return results(planned, make(planned, tmp_path_factory.mktemp("store")))


def test_a_repetition_says_in_columns_what_it_changed(found: Results) -> None:
    models = found.measures.select("arm", "kind", "arm_n", "round", "repetition", "changed").unique()
    assert set(models.filter(kind="original").rows()) == {
        ("original-1500", "original", 1500, 1, "", ""),
        ("original-1500~order", "original", 1500, 1, "order", "order"),
        ("original-1500~batch_size-64", "original", 1500, 1, "batch_size-64", "batch_size"),
    }


def test_rows_are_counted_model_by_model_as_they_are_read(tmp_path: Path) -> None:
    planned, told = plan(study(replicates=2)), list[tuple[int, int]]()
    store = make(planned, tmp_path)
    n = read_table(store.folder(planned.models[0].predictions) / "predictions.parquet").height
    results(planned, store, progress=lambda done, total: told.append((done, total)))
    n_models = len(planned.models)
    # Reading rows and judging them takes seven parts in ten; how many rows there are, the first model tells.
    assert told == [(0, 0), *((70 * number * n // 100, n_models * n) for number in range(1, n_models))]


def test_contrasts_say_which_model_the_reference_is(found: Results) -> None:
    sides = found.contrasts.select("kind", "reference", "against", "contrast").unique().rows()
    assert ("synthetic", "original-1500", "original", "synthetic - original") in sides
    assert ("synthetic", "start", "start", "synthetic - start") in sides


def test_in_json_the_parts_of_a_name_stand_once(found: Results) -> None:
    record = found.record()
    for name in ("measures", "contrasts"):
        assert record[name]
        assert not {*TAGS, *CELL_TAGS} & record[name][0].keys()
    models = {(row["replicate"], row["start"], row["arm"]): row for row in record["models"]}
    cells = {(row["test"], row["cell"]): row for row in record["cells"]}
    assert len(cells) == len(record["cells"])
    columns = found.measures.select(*MODEL_SCHEMA, "test", *CELL_TAGS, "cell")
    for row in columns.unique().iter_rows(named=True):
        model = models[row["replicate"], row["start"], row["arm"]]
        assert [model[tag] for tag in TAGS] == [row[tag] for tag in TAGS]
        assert cells[row["test"], row["cell"]] == {name: row[name] for name in ("test", "cell", *CELL_TAGS)}

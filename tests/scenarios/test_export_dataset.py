"""`scotoma export dataset` of a study that has run: what is in the folder, and who opens it."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from scotoma.audits import audit
from scotoma.basics.errors import ScotomaError
from scotoma.experiment import Plan, plan
from scotoma.integrations.export import export_dataset
from scotoma.integrations.export.parts import done_parts, parts
from scotoma.stages.screen import Screen
from scotoma.store.disk import sha256_of
from scotoma.store.store import Store
from scotoma.study.file import load_study
from small_study import done

pytestmark = pytest.mark.long

ARMS = {"synthetic-30", "biased-3", "anti_biased-3", "relabelled-3", "mixed-0.5-30"}


@pytest.fixture(scope="module")
def planned(undisturbed: Path) -> Plan:
    return plan(load_study(str(undisturbed / "small.yaml")))


@pytest.fixture(scope="module")
def store(undisturbed: Path) -> Store:
    return Store(undisturbed / "store")


@pytest.fixture(scope="module")
def exported(undisturbed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes."""
    folder = tmp_path_factory.mktemp("exported") / "data"
    said, _ = done(undisturbed, "export", "dataset", "small.yaml", "--out", str(folder))
    assert "Wrote 6 tables and a card" in said
    return folder


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "provenance.json").read_text(encoding="utf8"))
    return found


def head(folder: Path) -> dict[str, Any]:
    _, found, _ = (folder / "README.md").read_text(encoding="utf8").split("---\n", 2)
    loaded: dict[str, Any] = yaml.safe_load(found)
    return loaded


def test_datasets_opens_the_folder_by_its_card(exported: Path, offline: Any) -> None:
    assert set(offline.get_dataset_config_names(str(exported))) == {"pool", *ARMS}
    tables = record(exported)["tables"]
    assert len(tables) == 6
    for table in tables:
        found = offline.load_dataset(str(exported), table["config"])
        assert set(found) == {table["split"]}
        opened = found[table["split"]]
        assert opened.num_rows == table["rows"]
        assert opened.to_polars().equals(pl.read_parquet(exported / table["file"]))
    assert set(offline.load_dataset(str(exported))) == {"replicate_0"}


def test_polars_and_duckdb_open_the_tables(exported: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="needs the package duckdb (extra `harnesses`)")
    (pool,) = (table for table in record(exported)["tables"] if table["config"] == "pool")
    counts = duckdb.sql(f"select label, count(*) from '{exported}/pool/*.parquet' group by label").fetchall()
    assert dict(counts) == pool["labels"]
    assert pl.read_parquet(exported / "pool" / "*.parquet").height == pool["rows"]


def test_every_table_is_the_stores_own_file_and_its_hash_is_in_the_card(
    exported: Path, planned: Plan, store: Store
) -> None:
    card = (exported / "README.md").read_text(encoding="utf8")
    steps = {step.key: step for step in planned.steps}
    for table in record(exported)["tables"]:
        assert sha256_of(exported / table["file"]) == table["sha256"]
        assert store.manifest(steps[table["key"]])["files"]["examples.parquet"] == table["sha256"]
        assert table["sha256"] in card
        assert table["key"] in card


def test_the_record_names_every_step_behind_a_pool(exported: Path, planned: Plan) -> None:
    (pool,) = (step for step in planned.steps if isinstance(step, Screen))
    found = record(exported)
    assert {step.key for step in (*pool.upstream, pool)} <= {step["key"] for step in found["steps"]}
    stages = {step["stage"] for step in found["steps"]}
    assert {"prepare_base", "train_generator", "sample", "screen", "assemble"} <= stages
    assert all(step["files"] and step["libraries"]["torch"] for step in found["steps"])
    assert found["seeds"] == planned.study.seeds
    assert found["study"]["generator"]["sampling"]["top_p"] == 0.95


def test_the_card_has_the_funnel_and_the_audits_figures(exported: Path, planned: Plan, store: Store) -> None:
    card = (exported / "README.md").read_text(encoding="utf8")
    (pool,) = (step for step in planned.steps if isinstance(step, Screen))
    funnel = json.loads((store.folder(pool) / "yield.json").read_text())
    assert f"| 240 | {funnel['kept']} | " in card
    task = planned.study.task
    found = audit(
        pl.read_parquet(exported / "pool" / "replicate_0.parquet"),
        fields=task.fields,
        labels=task.labels,
        target=task.target,
        reference=pl.read_parquet(store.folder(pool.corpus) / "examples.parquet"),
    )
    row = found.association("overlap_word")
    assert row.odds.value is not None
    assert row.amplification.value is not None
    assert f"| overlap\\_word | {row.counts.n_holds} | {row.odds.value:.3g} |" in card  # type: ignore[union-attr]
    assert f"| {row.amplification.value:.3g} |" in card
    written = json.loads((exported / "audit" / "replicate_0.json").read_text())
    assert written["duplicates"]["exact"] == found.duplicates.exact
    assert set(written["leaks"]["by_test"]) == {"general", "microworld"}
    assert "not what is true" in card
    assert head(exported)["license"] == "apache-2.0"


def test_the_same_store_gives_the_same_bytes(
    exported: Path, planned: Plan, store: Store, tmp_path: Path
) -> None:
    export_dataset(planned, store, tmp_path / "again")
    files = sorted(path.relative_to(exported) for path in exported.rglob("*") if path.is_file())
    assert len(files) == 9
    for file in files:
        assert (tmp_path / "again" / file).read_bytes() == (exported / file).read_bytes()


def test_what_has_not_been_made_yet_is_named(undisturbed: Path, store: Store, tmp_path: Path) -> None:
    two = plan(load_study(str(undisturbed / "small.yaml"), replicates=2))
    export_dataset(two, store, tmp_path / "out")
    assert record(tmp_path / "out")["missing"][0] == "pool/replicate_1.parquet"
    assert "This is part of the study" in (tmp_path / "out" / "README.md").read_text()
    assert head(tmp_path / "out")["configs"][0]["data_files"] == [
        {"split": "replicate_0", "path": "pool/replicate_0.parquet"}
    ]


def test_a_generator_for_each_start_gives_a_split_for_each(undisturbed: Path, tmp_path: Path) -> None:
    text = (undisturbed / "small.yaml").read_text()
    text = text.replace("trained_on: all", "trained_on: start").replace("starts: [0, 60]", "starts: [60, 90]")
    (tmp_path / "small.yaml").write_text(text)
    shutil.copy(undisturbed / "more.tsv", tmp_path)
    found = parts(plan(load_study(str(tmp_path / "small.yaml"))))
    assert [part.split for part in found if part.config == "pool"] == [
        "replicate_0_start_60",
        "replicate_0_start_90",
    ]


def test_a_study_without_synthetic_data_or_with_nothing_done_is_refused(
    planned: Plan, store: Store, tmp_path: Path
) -> None:
    with pytest.raises(ScotomaError, match="nothing of the synthetic data of study 'small' is in the store"):
        export_dataset(planned, Store(tmp_path / "none"), tmp_path / "out")
    originals = tuple(arm for arm in planned.study.arms if arm.kind.startswith("original"))
    plain = plan(planned.study.model_copy(update={"arms": originals, "claims": ()}))
    with pytest.raises(ScotomaError, match="study 'small' has no synthetic data"):
        export_dataset(plain, store, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_that_was_altered_is_refused(planned: Plan, store: Store, tmp_path: Path) -> None:
    shutil.copytree(store.root, tmp_path / "store")
    copy = Store(tmp_path / "store")
    done, missing = done_parts(planned, copy)
    assert len(done) == 6
    assert missing == []
    path = copy.folder(done[0].step) / "examples.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ScotomaError, match=r"examples.parquet differs from its checksum.*--remake"):
        export_dataset(planned, copy, tmp_path / "out")


def test_a_pool_that_cannot_be_audited_says_why(planned: Plan, store: Store, tmp_path: Path) -> None:
    """Of a single label, as a generator that has learned little may write."""
    shutil.copytree(store.root, tmp_path / "store")
    copy = Store(tmp_path / "store")
    part = done_parts(planned, copy)[0][0]
    folder = copy.folder(part.step)
    table = pl.read_parquet(folder / "examples.parquet").filter(label="neutral")
    table.write_parquet(folder / "examples.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["examples.parquet"] = sha256_of(folder / "examples.parquet")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    export_dataset(planned, copy, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "was not audited" in card
    assert "every row has the label 'neutral'" in card
    assert list((tmp_path / "out" / "audit").iterdir()) == []

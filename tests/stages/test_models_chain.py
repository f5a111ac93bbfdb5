"""From a base to predictions and samples: every stage with a model, on the shipped one, in seconds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
import torch

from scotoma.arms.original import Original
from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import read_table, write_table
from scotoma.models.sampling import Sampled
from scotoma.stages.assemble import Assemble
from scotoma.stages.predict import Predict
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.sample import Sample
from scotoma.stages.sample_prompted import SamplePrompted
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.disk import sha256_of
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import MANIFEST, Store
from scotoma.study.settings.generators import Prompting
from scotoma.study.settings.models import Full, LoRA, Recipe, Sampling
from scotoma.study.settings.sources import MicroworldDraw, Source
from scotoma.tasks import MICROWORLD

LORA = LoRA(kind="lora", rank=4, alpha=8, dropout=0.1, targets=("q_proj", "v_proj"))
RECIPE = Recipe(
    epochs=1,
    batch_size=16,
    learning_rate=1e-3,
    schedule="cosine",
    warmup=0.1,
    optimizer="adamw",
    betas=(0.9, 0.999),
    epsilon=1e-8,
    weight_decay=0.01,
    max_grad_norm=1,
    order="by_length",
)
BASE = PrepareBase(name="bundled:microworld_base", revision=None, sha256=None)


def read(seed: int) -> ReadExamples:
    draw = MicroworldDraw(n=60, part="train", dial=0.9)
    return ReadExamples(
        source=Source(microworld=draw),
        fields=MICROWORLD.fields,
        labels=MICROWORLD.labels,
        repeated_pairs="drop",
        seed=seed,
    )


CORPUS, TEST = read(0), read(1)


def assemble(n: int) -> Assemble:
    return Assemble(
        task=MICROWORLD,
        arm=Original(n=n),
        corpus=CORPUS,
        kept_for_starts=0,
        pool=None,
        labels=None,
        heuristic=None,
        seed=0,
    )


def classifier(
    start: TrainClassifier | None = None, data: Assemble | None = None, **changes: Any
) -> TrainClassifier:
    settings = {
        "task": MICROWORLD,
        "base": BASE,
        "precision": "fp32",
        "adapter": LORA,
        "start": start,
        "data": data,
        "recipe": RECIPE if data else None,
        "seed": 0,
    }
    return TrainClassifier(**{**settings, **changes})


def generator(**changes: Any) -> TrainGenerator:
    settings = {
        "task": MICROWORLD,
        "base": BASE,
        "precision": "fp32",
        "adapter": LORA,
        "data": assemble(30),
        "recipe": RECIPE,
        "seed": 0,
    }
    return TrainGenerator(**{**settings, **changes})


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    # Small kernels on a shared machine wait for one another.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def make(store: Store, step: Step) -> Path:
    """A step's folder, its inputs made first."""
    for needed in step.inputs:
        make(store, needed)
    if not store.done(step):
        store.make(step, Runtime())
    return store.folder(step)


def training(folder: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((folder / "training.json").read_text()))


def hashes(store: Store, step: Step) -> dict[str, str]:
    files = store.manifest(step)["files"]
    return cast("dict[str, str]", files)


@pytest.mark.parametrize("adapter", [LORA, Full(kind="full")], ids=["lora", "full"])
def test_a_start_is_drawn_trained_and_trained_on(store: Store, adapter: LoRA | Full) -> None:
    fresh = classifier(adapter=adapter)
    start = classifier(data=assemble(30), adapter=adapter)
    augmented = classifier(start, assemble(60), adapter=adapter)
    reports = [training(make(store, step)) for step in (fresh, start, augmented)]
    assert [(report["n_examples"], report["n_steps"]) for report in reports] == [(0, 0), (30, 2), (60, 4)]
    assert [len(report["loss"]) for report in reports] == [0, 2, 4]
    heads = [json.loads((store.folder(step) / "head.json").read_text()) for step in (fresh, start, augmented)]
    assert len({head["sha256"] for head in heads}) == 3
    assert all(head["labels"] == list(MICROWORLD.labels) for head in heads)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    stores = [Store(tmp_path / name) for name in ("one", "two")]
    step, other = classifier(data=assemble(30)), classifier(data=assemble(30), seed=1)
    for each in stores:
        make(each, step)
    make(stores[0], other)
    assert hashes(stores[0], step) == hashes(stores[1], step)
    changed = {name for name, sha in hashes(stores[0], other).items() if hashes(stores[0], step)[name] != sha}
    assert changed == {"adapter/adapter_model.safetensors", "head.json", "training.json"}


def test_a_start_trained_on_is_not_the_same_as_one_trained_afresh(store: Store) -> None:
    start = classifier(data=assemble(30))
    on, afresh = classifier(start, assemble(60)), classifier(data=assemble(60))
    assert training(make(store, on))["loss"] != training(make(store, afresh))["loss"]


def test_predictions_stand_in_the_order_of_the_tests_and_their_rows(store: Store) -> None:
    trained = classifier(data=assemble(60))
    step = Predict(task=MICROWORLD, classifier=trained, tests=(("b", TEST), ("a", CORPUS)), batch_tokens=300)
    found = read_table(make(store, step) / "predictions.parquet")
    tests = [read_table(store.folder(s) / "examples.parquet") for s in (TEST, CORPUS)]
    assert found["id"].to_list() == [*tests[0]["id"], *tests[1]["id"]]
    assert found["gold"].to_list() == [*tests[0]["label"], *tests[1]["label"]]
    assert found["test"].to_list() == ["b"] * tests[0].height + ["a"] * tests[1].height
    shares = found.select(f"p_{label}" for label in MICROWORLD.labels)
    assert found.columns == [
        *("test", "id", "gold", "predicted", *shares.columns, "heuristic", "subcase", "template")
    ]
    assert shares.dtypes == [pl.Float64] * 3
    assert shares.sum_horizontal().to_list() == pytest.approx([1.0] * found.height)
    likeliest = [MICROWORLD.labels[int(i)] for i in shares.to_numpy().argmax(axis=1)]
    assert found["predicted"].to_list() == likeliest


@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_artifacts_say_whether_a_beginning_was_computed_once_and_tokens_packed(
    store: Store, dropout: float
) -> None:
    calm = LORA.model_copy(update={"dropout": dropout})
    trained = classifier(data=assemble(30), adapter=calm)
    tests = (("general", TEST),)
    predict = Predict(task=MICROWORLD, classifier=trained, tests=tests, batch_tokens=4096)
    make(store, predict)
    report = training(store.folder(trained))
    assert report["shared_prefix"] is report["packed"] is (dropout == 0)
    told = json.loads((store.folder(predict) / "prediction.json").read_text())
    assert told == {"batch_tokens": 4096, "shared_prefix": True, "packed": True, "computed_in": "fp32"}


def test_the_width_of_batches_does_not_change_predictions(store: Store) -> None:
    trained = classifier(data=assemble(60))
    narrow, wide = (
        read_table(
            make(
                store, Predict(task=MICROWORLD, classifier=trained, tests=(("t", TEST),), batch_tokens=tokens)
            )
            / "predictions.parquet"
        )
        for tokens in (1, 4096)
    )
    assert narrow["predicted"].to_list() == wide["predicted"].to_list()
    assert narrow["p_neutral"].to_list() == pytest.approx(wide["p_neutral"].to_list(), abs=1e-5)


def test_a_generator_writes_rows_of_every_label_the_same_each_time(tmp_path: Path) -> None:
    sampling = Sampling(temperature=0.9, top_p=0.9, candidates_per_label=4, max_new_tokens=40)
    step = Sample(task=MICROWORLD, generator=generator(), sampling=sampling, seed=0)
    stores = [Store(tmp_path / name) for name in ("one", "two")]
    found = [read_table(make(store, step) / "raw.parquet") for store in stores]
    assert hashes(stores[0], step) == hashes(stores[1], step)
    assert found[0].columns == ["id", "label", "row", "text", "n_tokens", "finished"]
    assert found[0]["id"].to_list() == [f"{label}-{i}" for label in MICROWORLD.labels for i in range(4)]
    assert all(
        text.startswith(f"Relation: {label} ") for text, label in found[0].select("text", "label").iter_rows()
    )
    assert found[0]["n_tokens"].max() <= 40  # type: ignore[operator]


@pytest.mark.parametrize(("reads", "hidden"), [("premise", None), ("row", 0.3)])
def test_a_generator_that_reads_says_of_every_row_which_it_read_the_same_each_time(
    tmp_path: Path, reads: str, hidden: float | None
) -> None:
    learned, whole = generator(reads=reads, hidden=hidden), assemble(30)

    def of(n: int) -> Sample:
        sampling = Sampling(temperature=0.9, top_p=0.9, candidates_per_label=n, max_new_tokens=40)
        return Sample(task=MICROWORLD, generator=learned, sampling=sampling, seed=0, originals=whole)

    step = of(12)
    stores = [Store(tmp_path / name) for name in ("one", "two")]
    raw, _ = (read_table(make(store, step) / "raw.parquet") for store in stores)
    assert hashes(stores[0], step) == hashes(stores[1], step)
    read = {row["id"]: row for row in read_table(stores[0].folder(whole) / "examples.parquet").to_dicts()}
    for row in raw.iter_rows(named=True):
        of_row = read[row["read_row"]]
        if reads == "premise":
            given = f"Relation: {row['label']} Premise: {of_row['premise']} Hypothesis:"
            assert row["text"].startswith(f"{given} ")
        else:
            assert of_row["label"] == row["label"]
            assert row["text"].startswith(f"Relation: {row['label']} ")
    # Ten rows of a label can be rewritten, and thirty premises can be read.
    assert raw.filter(label="neutral")["read_row"].n_unique() == (10 if reads == "row" else 12)
    fewer = read_table(make(stores[0], of(5)) / "raw.parquet")
    assert fewer.rows() == raw.filter(pl.col("row") < 5).rows()


def test_a_prompted_model_s_rows_begin_with_their_own_prompt_alone(
    tmp_path: Path,
) -> None:
    sampling = Sampling(temperature=0.9, top_p=0.9, candidates_per_label=5, max_new_tokens=10)

    def prompted(shots: int) -> SamplePrompted:
        prompting = Prompting(shots=shots, instruction="", sampling=sampling)
        settings: dict[str, Any] = {"task": MICROWORLD, "base": BASE, "precision": "fp32", "adapter": LORA}
        return SamplePrompted(**settings, corpus=CORPUS, prompting=prompting, seed=0)

    stores = [Store(tmp_path / name) for name in ("one", "two")]
    without, with_two = (read_table(make(stores[0], prompted(shots)) / "raw.parquet") for shots in (0, 2))
    make(stores[1], prompted(2))
    assert hashes(stores[0], prompted(2)) == hashes(stores[1], prompted(2))
    for rows in (without, with_two):
        assert rows["id"].to_list() == [f"{label}-{i}" for label in MICROWORLD.labels for i in range(5)]
        for text, label in rows.select("text", "label").iter_rows():
            assert text.startswith(f"Relation: {label} ")
            assert len(text.split()) <= 2 + 10
    assert with_two["text"].to_list() != without["text"].to_list()


def test_a_prompted_row_that_ends_of_itself_ends_with_the_marker_as_one_that_wrote_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker, said = MICROWORLD.end_marker, "The doctor slept ."
    ends = ((said, True), (f"{said} {marker}", True), (said, False))
    written = [
        (label, row, Sampled("", added, 5, finished))
        for label in MICROWORLD.labels
        for row, (added, finished) in enumerate(ends)
    ]
    monkeypatch.setattr("scotoma.models.sampling.sample", lambda *_: written)
    sampling = Sampling(temperature=0.9, top_p=0.9, candidates_per_label=3, max_new_tokens=10)
    step = SamplePrompted(
        task=MICROWORLD,
        base=BASE,
        precision="fp32",
        adapter=LORA,
        corpus=CORPUS,
        prompting=Prompting(shots=0, instruction="", sampling=sampling),
        seed=0,
    )
    raw = read_table(make(Store(tmp_path), step) / "raw.parquet")
    texts = raw.filter(label="neutral")["text"].to_list()
    assert [marker in text for text in texts] == [True, True, False]
    assert texts[0] == texts[1]


def test_a_generator_s_training_is_reported(store: Store) -> None:
    report = training(make(store, generator()))
    assert (report["n_examples"], report["n_steps"]) == (30, 2)
    assert all(loss > 0 for loss in report["loss"])


def test_a_row_too_long_for_the_model_stops_training_before_it_begins(store: Store) -> None:
    data = assemble(30)
    make(store, data)
    path = store.folder(data) / "examples.parquet"
    table = read_table(path)
    write_table(table.with_columns(premise=pl.lit("The doctor " * 200)), path)
    manifest = path.with_name(MANIFEST)
    record = json.loads(manifest.read_text(encoding="utf8"))
    record["files"][path.name] = sha256_of(path)  # as if the step had written such rows
    manifest.write_text(json.dumps(record), encoding="utf8")
    with pytest.raises(ScotomaError, match="30 rows are longer than the model's 256 positions"):
        make(store, classifier(data=data))


def test_data_without_a_recipe_are_refused() -> None:
    with pytest.raises(ValueError, match="given together"):
        classifier(data=assemble(30), recipe=None)


def test_a_base_that_changed_since_the_plan_is_refused(store: Store) -> None:
    with pytest.raises(ScotomaError, match="was expected"):
        make(store, BASE.model_copy(update={"sha256": "0" * 64}))


def test_a_base_s_folder_may_move_but_its_content_and_other_names_count() -> None:
    def key(name: str, sha256: str | None) -> str:
        return PrepareBase(name=name, revision=None, sha256=sha256).key

    assert key("/here/model", "a" * 64) == key("/there/model", "a" * 64) != key("/here/model", "b" * 64)
    assert key("one/model", None) != key("other/model", None)
    assert key("bundled:one", "a" * 64) != key("bundled:other", "a" * 64)

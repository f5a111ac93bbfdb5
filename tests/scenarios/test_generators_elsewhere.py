"""Whole studies whose synthetic rows come from a prompted model, or from a server on loopback."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import scotoma
from scotoma.arms.original import Original
from scotoma.basics.records import read_table
from scotoma.models.names import resolve
from scotoma.stages.assemble import Assemble
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.sample import Sample
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.models import Full, Recipe, Sampling
from scotoma.study.settings.sources import MicroworldDraw, Source
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import LABELS, relation
from scripted_server import Reply, Request, Script, completion, say_pair, serving
from small_study import ONE_THREAD, STUDY, artifacts, prepare, reports, run, start

pytestmark = pytest.mark.long

SAMPLING = {"temperature": 1.0, "top_p": 0.95, "candidates_per_label": 40, "max_new_tokens": 60}
FEW = {"starts": [60], "arms": [{"synthetic": 30}], "claims": []}
KEY = "sk-MarkerThatMustNotBeWritten"


def study(generator: dict[str, Any]) -> str:
    return yaml.safe_dump({**yaml.safe_load(STUDY), **FEW, "generator": generator}, sort_keys=False)


def endpoint(url: str, **changes: Any) -> str:
    settings = {"url": url, "model": "tiny", "api": "completions", "shots": 2, "sampling": SAMPLING}
    return study({"endpoint": {**settings, "concurrency": 4, **changes}})


def made(folder: Path, stage: str, name: str) -> Path:
    """A file of the only step of a stage."""
    (found,) = (folder / "store" / "done").glob(f"{stage}-*/{name}")
    return found


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model's folder that writes pairs when it is given a label, and the rows it writes as a generator."""
    folder = tmp_path_factory.mktemp("writer")
    store = Store(folder / "store")
    base = PrepareBase(name="bundled:microworld_base", revision=None, sha256=None)
    corpus = ReadExamples(
        source=Source(microworld=MicroworldDraw(n=1200, part="train", dial=0.5)),
        fields=MICROWORLD.fields,
        labels=MICROWORLD.labels,
        repeated_pairs="drop",
        seed=5,
    )
    recipe = Recipe(
        **{**yaml.safe_load(STUDY)["recipe"], "epochs": 3, "batch_size": 32, "learning_rate": 2e-3},
    )
    data = Assemble(
        task=MICROWORLD,
        arm=Original(n=1200),
        corpus=corpus,
        kept_for_starts=0,
        pool=None,
        labels=None,
        heuristic=None,
        seed=5,
    )
    trained = TrainGenerator(
        task=MICROWORLD,
        base=base,
        precision="fp32",
        adapter=Full(kind="full"),
        data=data,
        recipe=recipe,
        seed=5,
    )
    prepare(folder)
    first = load_study(str(folder / "small.yaml")).seed_of(0)
    rows = Sample(task=MICROWORLD, generator=trained, sampling=Sampling(**SAMPLING), seed=first)

    def make(step: Step) -> None:
        for needed in step.inputs:
            make(needed)
        store.make(step, Runtime())

    make(rows)
    model = folder / "model"
    shutil.copytree(store.folder(trained) / "model", model)
    for path in resolve("bundled:microworld_base").paths[0].glob("tokenizer*"):
        shutil.copy(path, model)
    return model, store.folder(rows) / "raw.parquet"


def test_a_prompted_model_fills_the_arms_with_the_rows_it_would_write_as_a_generator(
    writer: tuple[Path, Path], tmp_path: Path
) -> None:
    model, rows = writer
    named = {"name": str(model), "precision": "fp32", "adapter": {"kind": "full"}}
    prepare(tmp_path, study({"prompted": {"model": named, "shots": 0, "sampling": SAMPLING}}))
    shown, _ = run(tmp_path)
    assert "synthetic" in shown
    raw = read_table(made(tmp_path, "sample_prompted", "raw.parquet"))
    assert raw.equals(read_table(rows))
    funnel = json.loads(made(tmp_path, "screen", "yield.json").read_text())
    assert funnel["raw"] == 120
    assert funnel["kept"] > 60
    results = json.loads((tmp_path / "reports" / "small" / "results.json").read_text())
    assert [found["funnel"]["kept"] for found in results["yields"]] == [funnel["kept"]]
    before, report = artifacts(tmp_path), reports(tmp_path)
    assert "0 steps ran" in run(tmp_path)[1]
    assert (artifacts(tmp_path), reports(tmp_path)) == (before, report)


def test_more_shots_than_a_model_has_positions_are_an_error(tmp_path: Path) -> None:
    prepare(tmp_path, study({"prompted": {"shots": 30, "sampling": SAMPLING}}))
    refused = scotoma("run", "small.yaml", cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert "longer than the model's 256 positions" in refused.stderr


def test_a_server_s_rows_fill_the_arms_and_what_they_took_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOTOMA_TEST_KEY", KEY)
    with serving(say_pair) as server:
        prices = {"prompt": 1000, "completion": 2000}
        prepare(tmp_path, endpoint(server.url, key="SCOTOMA_TEST_KEY", prices=prices))
        shown, said = run(tmp_path)
        assert len(server.asked) == 120
        assert server.busiest <= 4
        assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {KEY}"}
        assert "0 steps ran" in run(tmp_path)[1]
        planned = " ".join(scotoma("plan", "small.yaml", cwd=tmp_path).stdout.split())
        assert len(server.asked) == 120
    took = "Asked tiny for 120 rows: 840 tokens of prompts, 1,320 of answers, 3.48 at the study's prices."
    assert took in said
    assert took in planned
    assert "ask_endpoint" in planned
    assert f"What tiny costs at {server.url} is not counted" in planned
    assert "synthetic" in shown
    raw = read_table(made(tmp_path, "ask_endpoint", "raw.parquet"))
    assert raw.columns == ["id", "label", "row", "text", "n_tokens", "finished"]
    assert raw["id"].to_list() == [f"{label}-{i}" for label in MICROWORLD.labels for i in range(40)]
    assert raw["finished"].all()
    asked = read_table(made(tmp_path, "ask_endpoint", "asked.parquet"))
    prompts = {one.body["seed"]: one.body["prompt"] for one in server.asked}
    assert asked["prompt"].to_list() == [prompts[seed] for seed in asked["seed"]]
    assert asked["model"].unique().to_list() == ["tiny-0613"]
    assert asked["fingerprint"].unique().to_list() == ["fp_1"]
    funnel = json.loads(made(tmp_path, "screen", "yield.json").read_text())
    assert all(found["label_true"] == 1 for found in funnel["by_label"].values())
    written = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert written == []
    assert KEY not in shown + said


def test_rows_whose_label_a_judge_behind_a_server_does_not_confirm_are_left_out(tmp_path: Path) -> None:
    def lies(asked: Request) -> Reply:
        """A pair of another label than is asked for, for every third row."""
        prompt, rotated = asked.body["prompt"], dict(zip(LABELS, [*LABELS[1:], LABELS[0]], strict=True))
        begun, _, label = prompt.rpartition("Relation: ")
        wrong = rotated[label] if asked.body["seed"] % 3 == 0 else label
        return say_pair(replace(asked, body={**asked.body, "prompt": f"{begun}Relation: {wrong}"}))

    def says_the_truth(asked: Request) -> Reply:
        texts = asked.body["prompt"].rpartition("Premise: ")[2].split(" Hypothesis: ")
        return Reply(completion(f"By the grammar:\n{relation(*texts)}"))

    with serving(lies) as writing, serving(says_the_truth) as judging:
        generator = {
            "url": writing.url,
            "model": "tiny",
            "api": "completions",
            "shots": 0,
            "sampling": SAMPLING,
        }
        judge = {
            **{"url": judging.url, "model": "large", "api": "completions", "instruction": "One of {labels}."},
            "sampling": {"temperature": 0.7, "top_p": 1, "max_new_tokens": 20},
        }
        arms = [
            {"synthetic": 30},
            {"verified": {"n": 30, "by": "judge"}},
            {"verified": {"n": 30, "by": "agreement", "answers": 2, "agreeing": 2}},
        ]
        settings = {**yaml.safe_load(study({"endpoint": generator})), "arms": arms, "labeller": None}
        prepare(tmp_path, yaml.safe_dump({**settings, "judge": {"endpoint": judge}}))
        _, said = run(tmp_path)
        funnel = json.loads(made(tmp_path, "screen", "yield.json").read_text())
        assert len(judging.asked) == 2 * funnel["kept"]
        assert "0 steps ran" in run(tmp_path)[1]
    assert f"Asked large for {2 * funnel['kept']} rows" in said
    by_verifier = {
        json.loads((path / "manifest.json").read_text())["settings"]["arm"].get("by"): path
        for path in (tmp_path / "store" / "done").glob("assemble-*")
        if (path / "verified.json").exists()
    }
    assert by_verifier.keys() == {"judge", "agreement"}
    for path in by_verifier.values():
        rows = read_table(path / "examples.parquet")
        assert rows.height == 30
        assert all(relation(row["premise"], row["hypothesis"]) == row["label"] for row in rows.to_dicts())
        counts = json.loads((path / "verified.json").read_text())
        assert sum(one["judged"] for one in counts.values()) == funnel["kept"]
        assert all(0 < one["confirmed"] < one["judged"] and not one["unread"] for one in counts.values())


@pytest.mark.slow
def test_a_killed_run_asks_only_for_the_rows_it_lacks(tmp_path: Path) -> None:
    def slowly(asked: Request) -> Reply:
        return Reply(say_pair(asked).body, pause=0.05)

    with serving(slowly) as server:
        prepare(tmp_path, endpoint(server.url))
        process = start(tmp_path, "run", "small.yaml")
        while len(server.asked) < 30:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.communicate()
        (kept,) = (tmp_path / "store" / "checkpoint").glob("ask_endpoint-*/answers.jsonl")
        rows = {json.loads(line)["row"] for line in kept.read_text().splitlines()}
        assert 20 <= len(rows) < 120
        n_before = len(server.asked)
        run(tmp_path)
        again = {asked.body["seed"] for asked in server.asked[n_before:]}
    asked = read_table(made(tmp_path, "ask_endpoint", "asked.parquet"))
    lacking = {seed for id, seed in asked.select("id", "seed").iter_rows() if id not in rows}
    assert again == lacking
    assert len(server.asked) - n_before == len(lacking)


@pytest.mark.slow
def test_an_interrupted_run_keeps_every_answer(tmp_path: Path) -> None:
    with serving(lambda asked: Reply(say_pair(asked).body, pause=0.05)) as server:
        prepare(tmp_path, endpoint(server.url))
        process = start(tmp_path, "run", "small.yaml")
        while len(server.asked) < 20:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 75
        run(tmp_path)
    assert len(server.asked) == len(set(server.seeds)) == 120


@pytest.mark.slow
def test_a_server_that_fails_ends_the_run_with_an_error_and_the_next_goes_on(tmp_path: Path) -> None:
    def script(broken: bool) -> Script:
        return lambda asked: (
            Reply("{", 200) if broken and asked.body["prompt"].endswith("neutral") else say_pair(asked)
        )

    with serving(script(broken=True)) as server:
        prepare(tmp_path, endpoint(server.url))
        process = start(tmp_path, "run", "small.yaml")
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 2, errors
        assert "asked for row neutral-" in errors
        assert "Traceback" not in errors
        n_before = len(server.asked)
        server.script = script(broken=False)
        run(tmp_path)
    answered = [asked for asked in server.asked[:n_before] if not asked.body["prompt"].endswith("neutral")]
    assert len(server.asked) - n_before == 120 - len(answered)


@pytest.fixture
def served(writer: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """URL and model of `transformers serve` on loopback."""
    for package in ("fastapi", "uvicorn", "openai"):
        pytest.importorskip(package, reason="transformers[serving] is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    folder = tmp_path_factory.mktemp("hub")
    (folder / "hub").mkdir()  # it lists its models from here
    name = str(writer[0])
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", name]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", port, "--device", "cpu"],
        env={**os.environ, **ONE_THREAD, "HF_HOME": str(folder), "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            assert process.poll() is None, "transformers serve has ended"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1", name
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.slow
def test_a_real_server_s_rows_fill_the_arms(served: tuple[str, str], tmp_path: Path) -> None:
    url, model = served
    # It draws only where it is told to, and of a vocabulary of words it knows no end marker.
    body = {"generation_config": '{"do_sample": true}', "stop": None}
    settings = {"model": model, "shots": 0, "body": body, "concurrency": 2}
    prepare(tmp_path, endpoint(url, **settings))
    told, _ = start(tmp_path, "doctor", "small.yaml").communicate(timeout=300)
    assert f"ok      server {url} answers" in told
    shown, said = run(tmp_path)
    assert "synthetic" in shown
    assert "Request" in said
    asked = read_table(made(tmp_path, "ask_endpoint", "asked.parquet"))
    assert asked["prompt_tokens"].min() == 3  # type: ignore[comparison-overlap]
    assert asked["answer"].n_unique() > 60
    funnel = json.loads(made(tmp_path, "screen", "yield.json").read_text())
    assert funnel["kept"] > 45

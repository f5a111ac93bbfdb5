"""The exported folders under the real tools, where they are installed: run, logged, scored, compared."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from scotoma import predict
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS, MICROWORLD
from scotoma.comparisons import compare_files, read_predictions, score_file
from scotoma.integrations.export import export_task
from scotoma.tasks import MNLI, TASKS
from scotoma.tasks.reading.bundled import bundled
from small_study import ONE_THREAD

BASE = bundled("mnli/train_10k.tsv.xz").parents[1] / "microworld_base"
WAYS = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "NO_COLOR": "1", **ONE_THREAD}

#: Chooses by the length of the question; says nothing of use now and then. Says what it used, for the tool
#: would fetch a tokenizer to count it.
MODEL = """
import sys
from inspect_ai import eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

def reply(messages, tools, choice, config):
    n = len(messages[-1].text)
    text = "Hard to say" if n % int(sys.argv[4]) == 0 else f"ANSWER: {'ABC'[n % 3]}"
    output = ModelOutput.from_content("mockllm", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

model = get_model("mockllm/model", custom_outputs=reply)
eval(sys.argv[1], model=model, log_dir=sys.argv[2], log_format=sys.argv[3], display="none")
"""


def needs(package: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs the package {package} (extra `harnesses`)")


def command(*arguments: str | Path, cwd: Path) -> str:
    found = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={
            **os.environ,
            **WAYS,
            "HF_HOME": str(cwd / "hf"),
            "LM_HARNESS_CACHE_PATH": str(cwd / "prompts"),
        },
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert found.returncode == 0, found.stderr[-3000:]
    return found.stdout


def harness(folder: Path, cwd: Path, results: str, *more: str) -> tuple[Path, dict[str, float]]:
    """Runs lm-evaluation-harness with the micro-world's base; its samples, and its metrics by name."""
    own = [
        "--tasks",
        "scotoma_microworld",
        "--include_path",
        folder,
        "--log_samples",
        "--output_path",
        results,
    ]
    model = ["--model", "hf", "--model_args", f"pretrained={BASE}", "--device", "cpu", "--batch_size", "16"]
    command("-m", "lm_eval", *model, *own, *more, cwd=cwd)
    (samples,) = (cwd / results).rglob("samples_scotoma_microworld_*.jsonl")
    (saved,) = (cwd / results).rglob("results_*.json")
    metrics = json.loads(saved.read_text())["results"]["scotoma_microworld"]
    return samples, {name.removesuffix(",none"): value for name, value in metrics.items()}


def inspected(cwd: Path, form: str, silent: int) -> tuple[Path, dict[str, float]]:
    """Runs inspect_ai with a model that answers by rote; its log, and its metrics by name."""
    (cwd / "model.py").write_text(MODEL)
    logs = cwd / f"{form}-{silent}"
    command("model.py", "task/scotoma_hans.py", logs, form, str(silent), cwd=cwd)
    (log,) = logs.glob(f"*.{form}")
    shown = json.loads(command("-m", "inspect_ai", "log", "dump", "--header-only", log, cwd=cwd))
    (scores,) = shown["results"]["scores"][:1]
    return log, {name: metric["value"] for name, metric in scores["metrics"].items()}


def by_cell(table: pl.DataFrame, merged: dict[str, str]) -> dict[str, float]:
    """Accuracy of each cell, from the rows alone."""
    right = table.with_columns(
        right=pl.col("predicted").replace(merged) == pl.col("gold"),
        cell=pl.concat_str("heuristic", pl.lit("/"), "gold"),
    )
    return dict(right.group_by("cell").agg(pl.col("right").mean()).iter_rows())


@pytest.mark.slow
def test_lm_eval_runs_the_folder_and_score_agrees_with_it_in_every_cell(tmp_path: Path) -> None:
    needs("lm_eval")
    export_task("lm-eval", MICROWORLD, TASKS["microworld"], tmp_path / "task", n=90, seed=2)
    first, metrics = harness(tmp_path / "task", tmp_path, "first")
    table = read_predictions(first, MICROWORLD).table
    assert table.height == 90
    cells = by_cell(table, MICROWORLD.label_map)
    assert len(cells) == 6
    assert {name: metrics[name] for name in cells} == pytest.approx(cells)
    found = score_file(first, blindspot=MICROWORLD).record()
    for cell in found["cells"]:
        assert cell["accuracy"] == pytest.approx(metrics[f"{cell['heuristic']}/{cell['label']}"])
    assert len(found["subcases"]) == 30

    # Asked here, the model says the same.
    ours = predict("bundled:microworld_base", blindspot="microworld", n=90, seed=2, device="cpu")
    both = ours.join(table, on="id", suffix=" there")
    assert both.height == 90
    assert (both["predicted"] == both["predicted there"]).all()
    assert both["p_entailment"].to_list() == pytest.approx(both["p_entailment there"].to_list(), abs=1e-3)

    # Moved, it still finds its rows; the same model again gives the same answers.
    shutil.move(tmp_path / "task", tmp_path / "moved")
    second, _ = harness(tmp_path / "moved", tmp_path, "second")
    (claim,) = compare_files(first, second, blindspot=MICROWORLD).record()["claims"]
    assert claim["estimate"] == 0


@pytest.mark.slow
def test_answers_to_prompts_that_the_harness_kept_of_an_older_export_are_refused(tmp_path: Path) -> None:
    needs("lm_eval")
    cached = ("--cache_requests", "true")
    for seed in (1, 2):
        export_task("lm-eval", MICROWORLD, TASKS["microworld"], tmp_path / f"task{seed}", n=30, seed=seed)
    first, _ = harness(tmp_path / "task1", tmp_path, "first", *cached)
    assert read_predictions(first, MICROWORLD).table.height == 30
    second, _ = harness(tmp_path / "task2", tmp_path, "second", *cached)
    with pytest.raises(
        ScotomaError, match=r"30 faults: line 1: the model was asked .*--cache_requests refresh"
    ):
        read_predictions(second, MICROWORLD)


@pytest.mark.slow
def test_inspect_runs_the_folder_and_score_agrees_with_it_in_every_cell(tmp_path: Path) -> None:
    needs("inspect_ai")
    export_task("inspect", HANS, MNLI, tmp_path / "task", n=60)
    log, metrics = inspected(tmp_path, "eval", 10**6)
    table = read_predictions(log, HANS).table
    rows = [json.loads(line) for line in (tmp_path / "task" / "scotoma_hans.jsonl").read_text().splitlines()]
    columns = ["id", "gold", "heuristic", "subcase", "template", "premise", "hypothesis"]
    due = pl.DataFrame([{name: row[name] for name in columns} for row in rows]).sort("id")
    assert table.select(columns).sort("id").equals(due)
    cells = by_cell(table, HANS.label_map)
    assert len(cells) == 6
    assert {name: metrics[name] for name in cells} == pytest.approx(cells)
    as_json, _ = inspected(tmp_path, "json", 10**6)
    assert read_predictions(as_json, HANS).table.sort("id").equals(table.sort("id"))


@pytest.mark.slow
def test_answers_of_inspect_that_name_no_choice_are_left_out_only_when_that_is_said(tmp_path: Path) -> None:
    needs("inspect_ai")
    export_task("inspect", HANS, MNLI, tmp_path / "task", n=60)
    log, _ = inspected(tmp_path, "eval", 4)
    with pytest.raises(ScotomaError, match=r"of 60 rows have no answer: .*\('Hard to say'\)"):
        read_predictions(log, HANS)
    found = read_predictions(log, HANS, partial=True)
    assert 0 < found.table.height < 60
    assert found.unanswered.height == 60 - found.table.height

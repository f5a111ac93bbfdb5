"""A blind spot as a task of lm-evaluation-harness or of inspect_ai: a folder that the tool runs."""

import json
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from scotoma import __version__
from scotoma.blindspots import BlindSpot
from scotoma.integrations.export.folders import new_folder
from scotoma.integrations.export.rows import blindspot_rows
from scotoma.tasks import Task
from scotoma.tasks.prompts import between

Rows = list[dict[str, Any]]


def export_task(
    harness: str,
    spot: BlindSpot,
    task: Task,
    out: Path,
    *,
    n: int | None = None,
    seed: int = 0,
    words: Mapping[str, str] | None = None,
) -> int:
    """Writes a new folder with the rows as JSON lines, the harness's files, and says how many rows.

    Args:
        harness: One of `HARNESSES`.
        spot: Blind spot whose test set to export; the harness's task is called as `harness_name` says.
        task: Task that gives the prompt and the labels.
        out: A folder that is not there yet, or empty.
        n: Number of rows; None for all.
        seed: Seed of the rows, which are those of a study's test set with this seed.
        words: What stands for a label among the choices; None for the label itself.

    Raises:
        ScotomaError: the folder is not free, the task does not fit, the rows cannot be read, or there are
            fewer.
    """
    name = harness_name(spot)
    with new_folder(out) as folder:
        rows = blindspot_rows(spot, task, n, seed, words)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf8")
        origin = {"scotoma": __version__, "test_set": spot.title, "task": task.name, "seed": seed}
        HARNESSES[harness](folder, name, rows, origin, task)
    return len(rows)


def harness_name(spot: BlindSpot) -> str:
    """`scotoma_NAME`, the harness's task and the stem of its files: a module's name in Python."""
    return f"scotoma_{re.sub(r'[^0-9A-Za-z_]', '_', spot.name)}"


def _lm_eval(folder: Path, name: str, rows: Rows, origin: dict[str, Any], task: Task) -> None:
    """`NAME.yaml`, which says what the rows are, and `NAME.py` with the two functions it names."""
    cells = {f"all/{row['gold']}": None for row in rows} | {row["cell"]: None for row in rows}
    settings = {
        "task": name,
        "output_type": "multiple_choice",
        "test_split": "test",
        "doc_to_text": "prompt",
        "doc_to_choice": "choices",
        "doc_to_target": "right",
        **({} if between(task.classifier_prompt) else {"target_delimiter": ""}),
        "num_fewshot": 0,
        "metric_list": [
            {"metric": metric, "aggregation": "mean", "higher_is_better": True}
            for metric in ("acc", *sorted(cells))
        ],
        "metadata": {"version": 1.0, **origin},
    }
    # The harness's own tag, which no YAML library writes: names of ours, no text from data.
    functions = f"custom_dataset: !function {name}.rows\nprocess_results: !function {name}.scores\n"
    text = yaml.safe_dump(settings, sort_keys=False) + functions
    (folder / f"{name}.yaml").write_text(text, encoding="utf8")
    (folder / f"{name}.py").write_text(_shipped("lm_eval_task.py"), encoding="utf8")


def _inspect(folder: Path, name: str, rows: Rows, origin: dict[str, Any], task: Task) -> None:
    """`NAME.py`, the task; and `origin.json`, which says what the rows are."""
    (folder / f"{name}.py").write_text(_shipped("inspect_task.py"), encoding="utf8")
    (folder / "origin.json").write_text(json.dumps(origin, indent=1) + "\n", encoding="utf8")


def _shipped(file: str) -> str:
    return (files("scotoma.integrations.export") / "shipped" / file).read_text(encoding="utf8")


#: What writes the files beside the rows, by the harness's name on the command line.
HARNESSES: dict[str, Callable[[Path, str, Rows, dict[str, Any], Task], None]] = {
    "lm-eval": _lm_eval,
    "inspect": _inspect,
}

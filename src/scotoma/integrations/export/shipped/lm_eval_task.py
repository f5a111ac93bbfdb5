"""A blind spot of Scotoma for lm-evaluation-harness, loaded by the YAML file beside it.

The rows lie beside it too, one JSON object a line. This file is the same for every blind spot.
"""

import json
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetDict


def rows(**_: Any) -> DatasetDict:
    """The rows as the harness wants them; it hands over the task's metadata, which change nothing."""
    text = Path(__file__).with_suffix(".jsonl").read_text(encoding="utf8")
    return DatasetDict({"test": Dataset.from_list([json.loads(line) for line in text.split("\n") if line])})


def scores(doc: dict[str, Any], results: list[tuple[float, bool]]) -> dict[str, float]:
    """Whether the likeliest choice is right, under `acc` and under the names of the row's cells.

    A metric's mean is over the rows that have it. Several choices may be right: those that the blind
    spot merges into one label.
    """
    likelihoods = [likelihood for likelihood, _ in results]
    right = float(likelihoods.index(max(likelihoods)) in doc["right"])
    return {"acc": right, f"all/{doc['gold']}": right, doc["cell"]: right}

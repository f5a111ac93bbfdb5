"""Small files of predictions for the tests."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from scotoma.basics.randomness import stream
from scotoma.basics.records import export_table
from scotoma.worlds.hans import SUBCASES

LOGS = Path(__file__).parent / "comparisons" / "files" / "logs"

Row = Mapping[str, object]


def rows(per_subcase: int = 4, *, right: float = 0.5, seed: int = 0) -> pl.DataFrame:
    """Rows in every subcase of HANS, answered right with this chance, with probabilities that agree."""
    draw = stream(seed, "predictions")
    made = []
    for place, subcase in enumerate(SUBCASES):
        for n in range(per_subcase):
            is_right = draw.random() < right
            sure = 0.6 + 0.4 * draw.random()
            entailed = (subcase.label == "entailment") == is_right
            p = sure if entailed else 1 - sure
            made.append(
                {
                    "id": f"row{place * per_subcase + n}",
                    "gold": subcase.label,
                    "predicted": "entailment" if entailed else "neutral",
                    "p_entailment": p,
                    "p_neutral": (1 - p) * 0.75,
                    "p_contradiction": (1 - p) * 0.25,
                    "heuristic": subcase.heuristic,
                    "subcase": subcase.name,
                    "template": f"{subcase.name}-{n % 2}",
                }
            )
    return pl.DataFrame(made)


def write(table: pl.DataFrame, path: Path) -> Path:
    """The table as a file, in the format of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    export_table(table, path)
    return path


def lines(made: Iterable[Row], path: Path) -> Path:
    """JSON lines, which may differ in their columns."""
    path.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf8")
    return path


def replicates(folder: Path, right: Iterable[float], *, start: int = 0) -> Path:
    """A folder of replicates, r0, r1 ...: the same rows, each answered right with its own chance."""
    for number, chance in enumerate(right):
        write(rows(20, right=chance, seed=start + number), folder / f"r{number}.parquet")
    return folder


def answers(correct: Iterable[bool], path: Path) -> Path:
    """Rows of one subcase, not entailed, each right or wrong as told."""
    told = np.array(list(correct))
    table = pl.DataFrame(
        {
            "id": [f"row{n}" for n in range(told.size)],
            "gold": "non-entailment",
            "predicted": np.where(told, "contradiction", "entailment"),
            "heuristic": "subsequence",
        }
    )
    return write(table, path)

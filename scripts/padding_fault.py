"""Reproduces a published fault: how many answers change if two padding ids do not agree.

    scotoma run quickstart
    python scripts/padding_fault.py quickstart --store store

transformers' classifiers read the last token that is not `pad_token_id`. If the tokenizer fills short rows
with another token (the end-of-text token, say) and the model's `pad_token_id` is not changed, they read the
last *padded* position instead, and the answer depends on the longest row of the batch. Here every model of a
study that has run predicts twice with transformers' own forward, in batches in the test set's order: with ids
that agree, and with ids that do not. The models were trained with ids that agree.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from scotoma.basics.records import read_table
from scotoma.experiment import Evaluated, plan
from scotoma.measures.measuring import measure
from scotoma.models.classifier_training import prompts
from scotoma.models.prediction import as_table
from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.study import Study


def main() -> None:
    """Reads the options and prints a line for every model and cell."""
    options = _options()
    study, store = load_study(options.study), Store(options.store)
    print(f"{'model':<34}{'cell':<34}{'rows':>6}{'changed':>9}{'agree':>8}{'not':>8}{'moved':>8}")
    for model in plan(study).models:
        if model.replicate < options.replicates and not model.repetition and store.done(model.predictions):
            for line in _lines(study, store, model, options.rows, options.batch_size):
                print(line, flush=True)


def _lines(study: Study, store: Store, model: Evaluated, n_rows: int, batch_size: int) -> list[str]:
    tests = dict(model.predictions.tests)
    spot = study.blindspots[0]
    table = read_table(store.folder(tests[spot.name]) / "examples.parquet")
    # The file is sorted by subcase; taking every n-th row keeps all subcases.
    table = table.gather_every(max(1, table.height // n_rows)).head(n_rows)
    table = table.with_columns(pl.lit(spot.name).alias("test"))
    step = model.predictions.classifier
    base = store.folder(step.base)
    rows = prompts(base, study.task, table)
    classifier = step.load(base, store.folder(step), Runtime())
    tables = [
        as_table(table, study.task.labels, _logits(classifier, rows, batch_size, agree=agree))
        for agree in (True, False)
    ]
    values = [_cells(predictions, study) for predictions in tables]
    changed = int((tables[0]["predicted"] != tables[1]["predicted"]).sum()) / table.height
    name = f"replicate {model.replicate}, {model.name}"
    lines = []
    for cell, right in values[0].items():
        wrong = values[1][cell]
        numbers = f"{right:>8.3f}{wrong:>8.3f}{wrong - right:>+8.3f}"
        lines.append(f"{name:<34}{cell:<34}{table.height:>6}{changed:>9.3f}{numbers}")
    return lines


@torch.no_grad()
def _logits(classifier: Any, rows: Sequence[list[int]], batch_size: int, *, agree: bool) -> np.ndarray:
    """Logits by transformers' own forward, rows in their order; shape (rows, labels)."""
    model = classifier.model.eval()
    inner = model.get_base_model() if hasattr(model, "peft_config") else model
    config, filler, known = inner.config, classifier.pad_id, inner.config.pad_token_id
    # The head is fp32, whatever the precision of the base.
    in_fp32 = inner.score.register_forward_pre_hook(lambda _module, given: (given[0].float(),))
    # For ids that disagree, any id that occurs in no row will do.
    config.pad_token_id = filler if agree else _unused(rows, filler)
    try:
        parts = []
        for at in range(0, len(rows), batch_size):
            batch = rows[at : at + batch_size]
            longest = max(map(len, batch))
            ids = torch.tensor([row + [filler] * (longest - len(row)) for row in batch])
            mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in batch])
            parts.append(model(input_ids=ids, attention_mask=mask).logits.float().numpy())
    finally:
        config.pad_token_id = known
        in_fp32.remove()
    return np.concatenate(parts)


def _unused(rows: Sequence[list[int]], filler: int) -> int:
    used = {token for row in rows for token in row} | {filler}
    return next(token for token in range(len(used) + 1) if token not in used)


def _cells(predictions: pl.DataFrame, study: Study) -> dict[str, float]:
    """Accuracy in every heuristic by label, and over all heuristics."""
    spot = study.blindspots[0]
    names = [f"{heuristic}/{label}" for heuristic in (*spot.heuristics, "all") for label in spot.labels]
    chosen = measure(predictions, study.task, study.blindspots).filter(
        pl.col("measure") == "accuracy", pl.col("cell").is_in(names)
    )
    return dict(chosen.select("cell", "value").iter_rows())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", help="a study that has run")
    parser.add_argument("--store", type=Path, default=Path("store"))
    parser.add_argument("--rows", type=int, default=1200, help="rows of the blind spot's test set, at most")
    parser.add_argument("--replicates", type=int, default=1, help="number of replicates to use")
    parser.add_argument("--batch-size", type=int, default=32)
    return parser.parse_args()


if __name__ == "__main__":
    main()

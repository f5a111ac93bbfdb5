"""What is in the store opens with the tools of the field as it is: tables and adapters."""

from pathlib import Path
from typing import Any

import peft
import polars as pl
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from scotoma.experiment import plan
from scotoma.models.base import load_tokenizer
from scotoma.models.generator import load_generator
from scotoma.models.names import resolve
from scotoma.models.quiet import silence_libraries
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.store import Store
from scotoma.study.file import load_study

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def store(undisturbed: Path) -> Store:
    return Store(undisturbed / "store")


@pytest.mark.parametrize(
    "file", ["screen-*/examples.parquet", "sample-*/raw.parquet", "predict-*/predictions.parquet"]
)
def test_tables_in_the_store_open_elsewhere_as_they_are(
    store: Store, offline: Any, tmp_path: Path, file: str
) -> None:
    found = sorted((store.root / "done").glob(file))
    assert found
    table = pl.read_parquet(found[0])
    assert table.height
    opened = offline.load_dataset("parquet", data_files=str(found[0]), split="train")
    assert opened.to_polars().equals(table)
    if "label" in opened.column_names:
        assert opened.filter(lambda row: row["label"] == "neutral").num_rows
    duckdb = pytest.importorskip("duckdb", reason="needs the package duckdb (extra `harnesses`)")
    assert duckdb.sql(f"select * from '{found[0]}'").pl().equals(table)


def test_an_adapter_in_the_store_opens_with_pefts_own_loader(undisturbed: Path, store: Store) -> None:
    """The generator's, on the base as transformers loads it."""
    planned = plan(load_study(str(undisturbed / "small.yaml")))
    (step,) = (step for step in planned.steps if isinstance(step, TrainGenerator))
    folder, base = store.folder(step), store.folder(step.base)
    (weights,) = resolve(step.base.name).paths
    with silence_libraries():
        plain = AutoModelForCausalLM.from_pretrained(weights, dtype="float32")
        adapted = peft.PeftModel.from_pretrained(plain, folder / "adapter").eval()
    tokenizer = AutoTokenizer.from_pretrained(weights)
    ids = tokenizer("Relation: entailment Premise: The judge", return_tensors="pt").input_ids
    assert ids.tolist()[0] == load_tokenizer(base)("Relation: entailment Premise: The judge").input_ids
    ours = load_generator(base, folder, step.precision, step.adapter, "cpu")
    with torch.no_grad():
        theirs, own = adapted(ids).logits, ours(ids).logits
        with adapted.disable_adapter():
            without = adapted(ids).logits
    assert torch.allclose(theirs, own, atol=1e-4)
    assert not torch.allclose(theirs, without, atol=1e-2)

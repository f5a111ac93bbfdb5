"""Arms that repair, copy or mitigate: that each changes what it says, and nothing else."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import Example, read_table, to_table, write_table
from scotoma.blindspots.predicates.heuristic import Heuristic
from scotoma.stages.assemble import Assemble, AssembleCovering
from scotoma.stages.check_splits import CheckSplits
from scotoma.stages.embed import Embed
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_apart import ReadApart
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import Runtime, Step
from scotoma.study.settings.models import Full
from scotoma.study.settings.sources import Source
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import counter_pairs, relation

LABELS = MICROWORLD.labels
SAW, SWAPPED, RAN = "The doctor saw the lawyer .", "The lawyer saw the doctor .", "The judge ran ."


def reads(source: Any, stage: type[ReadExamples] = ReadExamples, **more: Any) -> ReadExamples:
    settings = {"fields": MICROWORLD.fields, "labels": LABELS, "repeated_pairs": "keep", "seed": 0}
    return stage(source=Source.model_validate(source), **{**settings, **more})


CORPUS, POOL = reads("corpus.tsv"), reads("pool.tsv")


class Store:
    """Folders of steps that are made by hand, and a way to run others on them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, step: Step) -> Path:
        (self.root / step.key).mkdir(exist_ok=True)
        return self.root / step.key

    def put(self, step: Step, rows: list[Example]) -> None:
        write_table(to_table(rows, MICROWORLD.fields), self.folder(step) / "examples.parquet")

    def run(self, step: Step) -> pl.DataFrame:
        step.run(out=self.folder(step), inputs=self.folder, runtime=Runtime())
        return read_table(self.folder(step) / "examples.parquet")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def rows(n: int, overlapping: dict[str, int]) -> list[Example]:
    """n rows a label, of which some have full overlap; the truth of all of these is neutral."""
    return [
        Example(f"{label}-{i}", (SAW, SWAPPED if i < overlapping.get(label, 0) else RAN), label)
        for label in LABELS
        for i in range(n)
    ]


def assemble(
    arm: dict[str, Any], corpus: ReadExamples = CORPUS, stage: type[Assemble] = Assemble, **more: Any
) -> Assemble:
    settings: dict[str, Any] = {
        "task": MICROWORLD,
        "arm": arm,
        "corpus": corpus,
        "kept_for_starts": 0,
        "pool": POOL,
        "labels": None,
        "heuristic": Heuristic(predicate="overlap_word", label="entailment"),
        "seed": 0,
    }
    return stage(**{**settings, **more})


def overlaps(table: pl.DataFrame, label: str) -> float:
    return float(((table.filter(label=label)["hypothesis"] == SWAPPED).mean()) or 0)  # type: ignore[arg-type]


def test_reweighted_rows_overlap_as_often_within_each_label_as_the_originals(store: Store) -> None:
    store.put(CORPUS, rows(20, {"entailment": 15, "neutral": 5, "contradiction": 0}))
    store.put(POOL, rows(60, {"entailment": 50, "neutral": 25, "contradiction": 40}))
    table = store.run(assemble({"reweighted": 60}))
    assert [overlaps(table, label) for label in LABELS] == [0.75, 0.25, 0]
    assert set(table["origin"]) == {"synthetic"}


def test_repaired_rows_have_true_labels_first(store: Store) -> None:
    # All that overlaps is truly neutral, and so is the rest: the judge is nowhere in the premise.
    store.put(CORPUS, rows(20, {"neutral": 5}))
    store.put(POOL, rows(30, {"entailment": 10}))
    with pytest.raises(ScotomaError, match="'entailment' on which the predicate does not hold; there are 0"):
        store.run(assemble({"repaired": 60}))


def test_noise_matched_rows_are_originals_with_the_generators_mistakes(store: Store) -> None:
    store.put(CORPUS, rows(60, {}))
    # Written as entailment and as neutral, truly neutral, all of them; contradictions are half true.
    true = [
        Example(f"c-{i}", ("The doctor ran .", "The doctor did not run ."), "contradiction")
        for i in range(30)
    ]
    store.put(POOL, [*rows(30, {}), *true])
    table = store.run(assemble({"noise_matched": 60}))
    own = table["id"].str.split("-").list.first()
    found = table.group_by("label", own.alias("own")).len().rows()
    assert set(found) == {
        ("entailment", "neutral", 20),
        ("neutral", "neutral", 20),
        ("contradiction", "neutral", 10),
        ("contradiction", "contradiction", 10),
    }
    assert set(table["origin"]) == {"original"}


def test_noise_in_synthetic_rows_lies_where_the_generator_errs(store: Store) -> None:
    # All that overlaps is truly neutral; the generator calls all of it entailment, and errs nowhere else.
    ran, ran_not = "The doctor ran .", "The doctor did not run ."
    fitting = {"entailment": (ran, ran), "neutral": (SAW, RAN), "contradiction": (ran, ran_not)}
    right = [Example(f"{label}-{i}", texts, label) for label, texts in fitting.items() for i in range(30)]
    wrong = [Example(f"wrong-{i}", (SAW, SWAPPED), "entailment") for i in range(30)]
    store.put(POOL, [*right, *wrong])
    store.put(CORPUS, rows(3, {}))
    arm = {"n": 30, "texts": "synthetic", "errors_by": "heuristic", "label_accuracy": 0.9}
    table = store.run(assemble({"noise_matched": arm}))
    own = table["id"].str.split("-").list.first()
    assert set(table.group_by("label", own.alias("own")).len().rows()) == {
        ("entailment", "entailment", 7),
        ("entailment", "wrong", 3),
        ("neutral", "neutral", 10),
        ("contradiction", "contradiction", 10),
    }
    assert set(table["origin"]) == {"synthetic"}


def test_a_dose_is_a_share_of_biased_rows_among_originals(store: Store) -> None:
    store.put(CORPUS, rows(30, {}))
    store.put(POOL, rows(30, {"entailment": 15, "neutral": 15}))
    table = store.run(assemble({"biased": {"dose": 0.25, "n": 24}}))
    assert table["origin"].value_counts(sort=True).rows() == [("original", 18), ("synthetic", 6)]
    written = table.filter(origin="synthetic")
    assert ((written["hypothesis"] == SWAPPED) == (written["label"] == "entailment")).all()
    fewer = store.run(assemble({"original": 18}, pool=None))
    assert set(fewer["id"]) == set(table.filter(origin="original")["id"])


def test_counter_examples_obey_nothing_and_their_labels_are_mapped(store: Store) -> None:
    source = reads("counter.tsv", labels=(*LABELS, "non-entailment"))
    named = [Example(f"n-{i}", (SAW, SWAPPED), "non-entailment") for i in range(10)]
    store.put(source, [*named, *(Example(f"e-{i}", (SAW, SWAPPED), "entailment") for i in range(10))])
    store.put(POOL, rows(30, {}))
    arm: dict[str, Any] = {"share": 0.2, "n": 30, "source": "counter.tsv"}
    table = store.run(
        assemble({"counter_examples": {**arm, "labels": {"non-entailment": "neutral"}}}, corpus=source)
    )
    taken = table.filter(origin="counter")
    assert taken.height == 6
    assert set(taken["label"]) == {"neutral"}
    with pytest.raises(ScotomaError, match=r"'non-entailment', which task microworld does not have"):
        store.run(assemble({"counter_examples": arm}, corpus=source))


def test_a_covering_arm_says_what_it_covers(store: Store) -> None:
    store.put(POOL, rows(8, {}))
    store.put(CORPUS, rows(2, {}))
    embeddings = Embed(
        task=MICROWORLD,
        base=PrepareBase(name="base", revision=None, sha256=None),
        precision="fp32",
        adapter=Full(kind="full"),
        examples=POOL,
        batch_tokens=1,
    )
    # Of each label, the first half of the rows are one point and the others another.
    points = np.array([[1, 0]] * 4 + [[0, 1]] * 4, dtype=np.float32)
    np.save(store.folder(embeddings) / "embeddings.npy", np.concatenate([points] * 3))
    arm = {"coverage": {"share": 1, "n": 6}}
    step = assemble(arm, stage=AssembleCovering, embeddings=embeddings)
    table = store.run(step)
    for label in LABELS:
        halves = table.filter(label=label)["id"].str.split("-").list.last().cast(pl.Int64) // 4
        assert sorted(halves.to_list()) == [0, 1]
    told = json.loads((store.folder(step) / "coverage.json").read_text())
    assert told["neutral"]["covered"] == 1
    assert told["neutral"]["cosine"] > 0.999
    np.save(store.folder(embeddings) / "embeddings.npy", points)
    with pytest.raises(ScotomaError, match="8 embeddings for 24 rows"):
        store.run(step)


def test_a_source_that_is_read_apart_has_no_row_of_a_test(store: Store) -> None:
    found = reads({"microworld": {"part": "counter", "n": 20}}).read().table
    tests = (reads("test.tsv"),)
    first, second = (Example(f"t{i}", found.row(i)[1:3], "neutral") for i in (3, 4))
    shouted = Example("t3", (first.texts[0].upper(), f" {first.texts[1]} "), "neutral")
    store.put(tests[0], [shouted, second, Example("t5", (SAW, RAN), "neutral")])
    step = reads({"microworld": {"part": "counter", "n": 20}}, ReadApart, tests=tests)
    table = store.run(step)
    assert set(found["id"]) - set(table["id"]) == {found["id"][3], found["id"][4]}
    told = json.loads((store.folder(step) / "reading.json").read_text())
    assert told == {"kept": 18, "dropped": {"in a test set": 2}}
    CheckSplits(train=step, tests=(("test", tests[0]),), fields=MICROWORLD.fields).run(
        out=store.folder(step), inputs=store.folder, runtime=Runtime()
    )


def test_counter_examples_of_the_micro_world_are_read_as_they_are_drawn() -> None:
    table = reads({"microworld": {"part": "counter", "n": 6}}, seed=4).read().table
    assert table["id"].to_list() == [row.id for row in counter_pairs(6, 4)]
    assert all(
        relation(p, h) == label for p, h, label in table.select("premise", "hypothesis", "label").rows()
    )

import json
from pathlib import Path
from typing import Literal, cast

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import Example, read_table, to_table, write_table
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.sample import Sample
from scotoma.stages.screen import Screen
from scotoma.store.steps import Runtime, Step
from scotoma.study.settings.models import Sampling
from scotoma.study.settings.pieces import Screening
from scotoma.study.settings.sources import Source
from scotoma.tasks import MICROWORLD, Task

CORPUS = ReadExamples(
    source=Source(file="corpus.tsv"),
    fields=MICROWORLD.fields,
    labels=MICROWORLD.labels,
    repeated_pairs="keep",
    seed=0,
)
TEST = CORPUS.model_copy(update={"seed": 1})
# The screen reads its sample's rows and no setting of it.
SAMPLING = Sampling(temperature=1, top_p=1, candidates_per_label=9, max_new_tokens=9)
RAW = cast(Sample, Sample.model_construct(task=MICROWORLD, generator=TEST, sampling=SAMPLING, seed=0))


class Told(Sample):
    """A sample that is told what its generator reads."""

    told: str | None

    @property
    def reads(self) -> str | None:
        return self.told


SAW, SWAPPED = "The doctor saw the lawyer .", "The lawyer saw the doctor ."
GOOD = f"Relation: neutral Premise: {SAW} Hypothesis: {SWAPPED} End"


def screen(
    folder: Path,
    texts: list[str],
    policy: Literal["keep", "drop"] = "drop",
    task: Task = MICROWORLD,
    reads: str | None = None,
) -> Path:
    for name in ("raw", "corpus", "test", "out"):
        (folder / name).mkdir()
    raw = {"id": [f"r{i}" for i in range(len(texts))], "label": ["neutral"] * len(texts), "text": texts}
    if reads:
        raw["read_row"] = ["x"] * len(texts)
    write_table(pl.DataFrame(raw), folder / "raw" / "raw.parquet")
    for name, premise in (("corpus", "A judge ran ."), ("test", "The judge slept .")):
        rows = [Example("x", (premise, SWAPPED), "neutral")]
        write_table(to_table(rows, MICROWORLD.fields), folder / name / "examples.parquet")
    raw_step = Told.model_construct(**RAW.__dict__, told=reads)
    step = Screen.model_construct(
        task=task,
        raw=raw_step,
        corpus=CORPUS,
        tests=(TEST,),
        screening=Screening(identical=policy, duplicates=policy, leaks=policy, copies=policy),
    )
    places: dict[str, Path] = {
        raw_step.key: folder / "raw",
        CORPUS.key: folder / "corpus",
        TEST.key: folder / "test",
    }

    def inputs(needed: Step) -> Path:
        return places[needed.key]

    step.run(out=folder / "out", inputs=inputs, runtime=Runtime())
    return folder / "out"


def test_a_good_row_is_kept_and_every_reject_has_its_reason(tmp_path: Path) -> None:
    texts = [
        GOOD,
        GOOD.removesuffix(" End"),
        GOOD.replace("neutral", "entailment"),
        "Relation: neutral Premise: Hypothesis: x End",
        "Relation: neutral Hypothesis: x Premise: y End",
        f"Relation: neutral Premise: {SAW} Hypothesis: {SAW} End",
        f"Relation: neutral Premise: A judge ran . Hypothesis: {SWAPPED} End",
        f"Relation: neutral Premise: the  JUDGE slept . Hypothesis: {SWAPPED} End",
        GOOD.replace("saw", "SAW"),
        f"Relation: neutral Premise: {SAW} Premise: {SAW} Hypothesis: {SWAPPED} End",
    ]
    out = screen(tmp_path, texts)
    assert read_table(out / "examples.parquet")["id"].to_list() == ["r0"]
    rejects = read_table(out / "rejects.parquet")
    assert dict(zip(rejects["id"], rejects["reason"], strict=True)) == {
        "r1": "unfinished",
        "r2": "label",
        "r3": "empty",
        "r4": "form",
        "r5": "identical texts",
        "r6": "copy of a training example",
        "r7": "in a test set",
        "r8": "duplicate",
        "r9": "repeated part",
    }
    assert rejects["text"].to_list() == texts[1:]
    funnel = json.loads((out / "yield.json").read_text())
    assert funnel["raw"] == 10
    assert funnel["kept"] == 1
    assert sum(funnel["rejected"].values()) == 9
    assert funnel["by_label"]["neutral"] == {
        "kept": 1,
        "overlap_whitespace": 1.0,
        "overlap_word": 1.0,
        "subsequence": 0.0,
        "in_language": 1.0,
        "label_true": 1.0,
    }


def test_what_the_study_keeps_is_kept(tmp_path: Path) -> None:
    texts = [GOOD, GOOD, f"Relation: neutral Premise: {SAW} Hypothesis: {SAW} End"]
    assert read_table(screen(tmp_path, texts, "keep") / "examples.parquet").height == 3


def test_nothing_left_is_an_error_that_names_the_commonest_reason(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match=r"commonest reason is 'unfinished' \(2 rows\)"):
        screen(tmp_path, ["Relation: neutral", "Relation: neutral Premise:", "Nonsense End"])
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "<script>alert(1)</script>", "=1+1", "\u202e", "\x00", "\r\n", "[red]"]
)
def test_hostile_text_is_kept_whole_and_stays_out_of_the_yield(tmp_path: Path, hostile: str) -> None:
    good = GOOD.replace(SAW, f"{SAW} {hostile}!")
    out = screen(tmp_path, [good, f"x{hostile} {GOOD}"])
    assert read_table(out / "examples.parquet")["premise"].to_list() == [f"{SAW} {hostile}!"]
    assert read_table(out / "rejects.parquet")["text"].to_list() == [f"x{hostile} {GOOD}"]
    # The yield is all of the generated data that a report shows: counts, under names of our own.
    assert hostile not in (out / "yield.json").read_text(encoding="utf8").replace("\n", "")


def test_in_a_symmetric_task_a_mirror_is_a_copy_a_leak_and_a_duplicate(tmp_path: Path) -> None:
    def mirrored(premise: str, hypothesis: str) -> str:
        return f"Relation: neutral Premise: {hypothesis} Hypothesis: {premise} End"

    texts = [
        GOOD,
        mirrored(SAW, SWAPPED),
        mirrored("The judge slept .", SWAPPED),
        mirrored("A judge ran .", SWAPPED),
    ]
    symmetric = MICROWORLD.model_copy(update={"symmetric": True})
    (tmp_path / "symmetric").mkdir()
    out = screen(tmp_path / "symmetric", texts, task=symmetric)
    assert read_table(out / "examples.parquet").select("premise", "hypothesis").rows() == [(SAW, SWAPPED)]
    assert read_table(out / "rejects.parquet")["reason"].to_list() == [
        "duplicate",
        "in a test set",
        "copy of a training example",
    ]
    (tmp_path / "not").mkdir()
    assert read_table(screen(tmp_path / "not", texts) / "examples.parquet").height == 4


def test_a_premise_that_was_read_is_no_copy_and_pool_and_rejects_say_which_row_it_is_of(
    tmp_path: Path,
) -> None:
    given = "Relation: neutral Premise: A judge ran . Hypothesis:"
    texts = [
        f"{given} A judge slept . End",
        f"{given} {SWAPPED} End",
        f"{given} A judge slept . End",
        "Relation: neutral Premise: A judge sat . Hypothesis: A judge slept . End",
        given,
    ]
    out = screen(tmp_path, texts, reads="premise")
    pool, rejects = read_table(out / "examples.parquet"), read_table(out / "rejects.parquet")
    assert pool.select("id", "premise", "hypothesis", "read_row").rows() == [
        ("r0", "A judge ran .", "A judge slept .", "x")
    ]
    assert rejects.select("id", "reason", "read_row").rows() == [
        ("r1", "copy of a training example", "x"),
        ("r2", "duplicate", "x"),
        ("r3", "what it read is changed", "x"),
        ("r4", "unfinished", "x"),
    ]


def test_a_rewrite_may_change_every_text_and_is_a_copy_where_it_changes_none(tmp_path: Path) -> None:
    out = screen(
        tmp_path,
        [GOOD, f"Relation: neutral Premise: A judge ran . Hypothesis: {SWAPPED} End"],
        reads="row",
    )
    assert read_table(out / "examples.parquet").select("id", "read_row").rows() == [("r0", "x")]
    assert read_table(out / "rejects.parquet")["reason"].to_list() == ["copy of a training example"]

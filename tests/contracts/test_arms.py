"""What every kind of arm keeps, whatever it draws from."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter

from fake_study import study
from scotoma.arms import ARMS, AnyArm, Arm
from scotoma.arms.arm import Need, Sourced
from scotoma.arms.original import Original
from scotoma.arms.selection.by_rank import equal_shares
from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.basics.records import read_table, to_table, write_table
from scotoma.blindspots.predicates.heuristic import Heuristic
from scotoma.stages.assemble import Assemble, AssembleCovering
from scotoma.stages.embed import Embed
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import ForeseenRows, Runtime, Step
from scotoma.study.settings.models import Full
from scotoma.study.settings.sources import Source
from scotoma.study.study import Study
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import counter_pairs, draw_pairs

LABELS = MICROWORLD.labels
CORPUS, POOL, COUNTER, OWN = (
    ReadExamples(
        source=Source(file=f"{name}.tsv"),
        fields=MICROWORLD.fields,
        labels=LABELS,
        repeated_pairs="keep",
        seed=0,
    )
    for name in ("corpus", "pool", "counter", "own")
)
EMBEDDINGS = Embed(
    task=MICROWORLD,
    base=PrepareBase(name="base", revision=None, sha256=None),
    precision="fp32",
    adapter=Full(kind="full"),
    examples=POOL,
    batch_tokens=1,
)
HEURISTIC = Heuristic(predicate="overlap_word", label="entailment")
#: What an arm must say besides its size.
MORE: dict[str, dict[str, Any]] = {
    "mixed": {"synthetic": 0.4},
    "z_filtered": {"threshold": 2.5},
    "counter_examples": {"share": 0.2, "source": "counter.tsv"},
    "coverage": {"share": 0.8},
    "file": {"source": "own.tsv"},
}


def arm_of(kind: str, n: int = 30) -> Arm:
    """An arm of a kind, as a study file spells it."""
    spelled = "none" if kind == "none" else {kind: {"n": n, **MORE.get(kind, {})}}
    found: Arm = TypeAdapter(AnyArm).validate_python(spelled)
    return found


SIZED = [kind for kind in ARMS if kind != "none"]
ALL = pytest.mark.parametrize("kind", SIZED)
#: A smaller sample has to cover as much with fewer rows, so it takes others.
NESTED = [kind for kind in SIZED if "embeddings" not in ARMS[kind].needs]
#: Those of which several disjoint samples can be drawn.
SAMPLED = [kind for kind in SIZED if not arm_of(kind).one_sample]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("artifacts")
    found = {step.key: root / step.key for step in (CORPUS, POOL, COUNTER, OWN, EMBEDDINGS)}
    for folder in found.values():
        folder.mkdir()
    corpus, pool, counter, own = (
        to_table(rows, MICROWORLD.fields)
        for rows in (
            draw_pairs(390, 0.2, 0, "train"),
            draw_pairs(390, 0.6, 1, "train"),
            counter_pairs(60, 0),
            draw_pairs(390, 0.2, 2, "train"),
        )
    )
    # A generator's labels are wrong now and then: those of every seventh row are the next one's.
    wrong = pl.int_range(pl.len()) % 7 == 0
    pool = pool.with_columns(
        id="written-" + pl.col("id"),
        label=pl.when(wrong).then(pl.col("label").shift(-1, fill_value="neutral")).otherwise("label"),
    )
    for step, table in ((CORPUS, corpus), (POOL, pool), (COUNTER, counter), (OWN, own)):
        write_table(table, found[step.key] / "examples.parquet")
    vectors = stream(0, "vectors").normal(size=(pool.height, 6)).astype(np.float32)
    np.save(found[EMBEDDINGS.key] / "embeddings.npy", vectors)
    return found


def assembled(kind: str, n: int, seed: int = 0, sample: int = 1) -> Assemble:
    """The step that draws an arm, given what it says that it needs and no more."""
    arm = arm_of(kind, n)
    corpus = (COUNTER if arm.is_written else OWN) if isinstance(arm, Sourced) else CORPUS
    covers = "embeddings" in arm.needs
    return (AssembleCovering if covers else Assemble)(
        task=MICROWORLD,
        arm=arm,
        corpus=corpus,
        kept_for_starts=240 if kind == "seen" else 30,
        pool=POOL if arm.is_written else None,
        labels=None,
        embeddings=EMBEDDINGS if covers else None,
        heuristic=HEURISTIC if "heuristic" in arm.needs else None,
        seed=seed,
        sample=sample,
    )


def drawn(
    folders: dict[str, Path], out: Path, kind: str, n: int, seed: int = 0, sample: int = 1
) -> pl.DataFrame:
    step = assembled(kind, n, seed, sample)

    def inputs(needed: Step) -> Path:
        return folders[needed.key]

    folder = out / step.key
    folder.mkdir(parents=True)
    step.run(out=folder, inputs=inputs, runtime=Runtime())
    return read_table(folder / "examples.parquet")


@ALL
def test_an_arm_has_its_size_balanced_over_labels_and_no_row_twice(
    folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    table = drawn(folders, tmp_path, kind, 32)
    by_label = [table.filter(label=label).height for label in LABELS]
    assert by_label == equal_shares(32, 3)
    assert table["id"].is_unique().all()
    assert set(table["origin"]) <= {"original", "synthetic", "counter", "file"}
    assert table.columns[-1] == "origin"


@pytest.mark.parametrize("kind", NESTED)
def test_a_smaller_arm_lies_inside_a_larger_one(folders: dict[str, Path], tmp_path: Path, kind: str) -> None:
    small, large = (drawn(folders, tmp_path, kind, n) for n in (15, 45))
    assert set(small.select("id", "label").rows()) < set(large.select("id", "label").rows())


@pytest.mark.parametrize("kind", SAMPLED)
def test_samples_of_an_arm_share_no_row_and_are_alike_in_everything_else(
    folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    samples = [drawn(folders, tmp_path, kind, 16, sample=number) for number in (1, 2, 3)]
    assert pl.concat(samples)["id"].is_unique().all()
    for column in ("label", "origin"):
        counts = [table[column].value_counts().sort(column).rows() for table in samples]
        assert counts[0] == counts[1] == counts[2]
    # Together they are a larger draw of the same ranks, where shares of rows are not rounded.
    if kind not in ("reweighted", "repaired", "noise_matched", "counter_examples"):
        together = drawn(folders, tmp_path / "whole", kind, 15 * 3)
        apart = [drawn(folders, tmp_path / "apart", kind, 15, sample=number) for number in (1, 2, 3)]
        assert set(pl.concat(apart)["id"]) == set(together["id"])


@ALL
def test_the_same_seed_draws_the_same_rows_and_another_seed_others(
    folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    first, again, other = (
        drawn(folders, tmp_path / name, kind, 30, seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first.equals(again)
    # What covers a pool is decided by the pool, and another seed has another.
    assert kind == "coverage" or set(first["id"]) != set(other["id"])


@ALL
def test_originals_of_an_arm_are_new_to_its_start_unless_it_is_made_of_those(
    folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    start = Assemble(
        task=MICROWORLD,
        arm=Original(n=30),
        corpus=CORPUS,
        kept_for_starts=0,
        pool=None,
        labels=None,
        heuristic=None,
        seed=0,
    )
    (tmp_path / "start").mkdir()
    start.run(out=tmp_path / "start", inputs=lambda needed: folders[needed.key], runtime=Runtime())
    seen = set(read_table(tmp_path / "start" / "examples.parquet")["id"])
    table = drawn(folders, tmp_path, kind, 45).filter(origin="original")
    again = seen & set(table["id"])
    assert again == (seen if kind == "seen" else set())


@ALL
def test_an_arm_that_asks_for_more_than_there_is_is_an_error(
    folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    with pytest.raises(ScotomaError, match=rf"arm {kind}-.*3000 "):
        drawn(folders, tmp_path, kind, 3000)


@pytest.mark.parametrize("kind", SAMPLED)
def test_a_sample_that_is_no_more_to_be_had_is_an_error(
    folders: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    with pytest.raises(ScotomaError, match=rf"arm {kind}-.* asks for 200 disjoint samples of \d+ .*samples"):
        drawn(folders, tmp_path, kind, 15, sample=200)


@ALL
def test_planning_refuses_what_could_never_be_drawn_and_nothing_that_can(
    folders: dict[str, Path], kind: str
) -> None:
    def see(step: Step) -> ForeseenRows:
        return ForeseenRows(read_table(folders[step.key] / "examples.parquet"))

    seen = assembled(kind, 32).foresee(see)
    assert [seen.by_label[label] for label in LABELS] == equal_shares(32, 3)
    with pytest.raises(ScotomaError, match=rf"arm {kind}-.*3000 "):
        assembled(kind, 3000).foresee(see)


@pytest.mark.parametrize("kind", ARMS)
def test_an_arm_is_read_as_it_is_written_and_known_by_its_kind(kind: str) -> None:
    arm = arm_of(kind)
    anew = TypeAdapter(AnyArm)
    assert type(arm) is ARMS[kind]
    assert anew.validate_json(arm.model_dump_json()) == arm
    assert anew.validate_python(arm.model_dump(mode="json", context="identity")) == arm
    assert arm.name.split("-")[0] == kind
    # Once all kinds were one record, which said null for what was not its own.
    once = dict.fromkeys(("synthetic", "source", "dose", "threshold", "share")) | {"labels": {}}
    assert anew.validate_python(once | arm.model_dump(mode="json")) == arm
    assert arm.model_dump(context="identity")["kind"] == kind


@ALL
def test_an_arm_says_what_it_is(kind: str) -> None:
    arm = ARMS[kind]
    assert arm.__doc__ is not None
    assert arm.__doc__.startswith(f"`{kind}: ")
    assert arm.sentence
    assert arm.sentence[-1] not in ".:;"
    for name, setting in arm.model_fields.items():
        assert name == "kind" or setting.description, name


@pytest.mark.parametrize("kind", ARMS)
def test_an_arm_speaks_of_arms_and_settings_that_there_are(kind: str) -> None:
    arm = ARMS[kind]
    assert {part.reference for part in arm.explains} <= ARMS.keys() - {kind}
    assert {*arm.named_by, arm.short} <= arm.model_fields.keys()
    if arm.curve:
        assert arm.curve.setting in arm.model_fields
        assert arm.curve.whole in ARMS


@ALL
@pytest.mark.parametrize(
    ("need", "setting"), [("generator", "generator"), ("heuristic", "heuristic"), ("labels", "labeller")]
)
def test_a_study_must_have_what_an_arm_needs(kind: str, need: Need, setting: str) -> None:
    settings = study(replicates=1, arms=[{"kind": "none"}], claims=[]).model_dump()
    settings |= {"arms": [arm_of(kind)], "labeller": {"original": 300}, "starts": [300]}
    assert Study.model_validate(settings).arms == (arm_of(kind),)
    if need in ARMS[kind].needs:
        with pytest.raises(ValueError, match=rf"arm {kind} needs `{setting}`"):
            Study.model_validate({**settings, setting: None})
    else:
        assert Study.model_validate({**settings, setting: None}).arms

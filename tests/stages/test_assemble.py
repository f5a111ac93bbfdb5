from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import TypeAdapter

from scotoma.arms import AnyArm, Arm
from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import Example, read_table, to_table, write_table
from scotoma.blindspots.predicates.heuristic import Heuristic
from scotoma.stages.assemble import Assemble, Redraw
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import Runtime, Step
from scotoma.study.settings.sources import Source
from scotoma.tasks import MICROWORLD

LABELS = MICROWORLD.labels
CORPUS = ReadExamples(
    source=Source(file="corpus.tsv"), fields=MICROWORLD.fields, labels=LABELS, repeated_pairs="keep", seed=0
)
POOL = CORPUS.model_copy(update={"seed": 1})
LABELLED = CORPUS.model_copy(update={"seed": 2})


def read(arm: Any) -> Arm:
    """An arm as a study file spells it."""
    found: Arm = TypeAdapter(AnyArm).validate_python(arm)
    return found


def rows(prefix: str, n_per_label: int) -> list[Example]:
    """Every other row has full overlap."""
    return [
        Example(
            f"{prefix}-{label}-{i}",
            ("The doctor saw the lawyer .", "The lawyer saw the doctor ." if i % 2 else f"A judge{i} ran ."),
            label,
        )
        for label in LABELS
        for i in range(n_per_label)
    ]


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    found = {}
    for step, examples in ((CORPUS, rows("original", 40)), (POOL, rows("synthetic", 40))):
        found[step.key] = tmp_path / step.key
        found[step.key].mkdir()
        write_table(to_table(examples, MICROWORLD.fields), found[step.key] / "examples.parquet")
    return found


def assemble(
    folders: dict[str, Path],
    arm: Any,
    *,
    seed: int = 0,
    kept: int = 0,
    stage: type[Assemble] = Assemble,
    **fields: Any,
) -> pl.DataFrame:
    written = arm != "all" and read(arm).is_written
    step = stage(
        task=MICROWORLD,
        arm=arm,
        corpus=CORPUS,
        kept_for_starts=kept,
        pool=POOL if written else None,
        labels=fields.get("labels"),
        heuristic=Heuristic(predicate=fields.get("predicate", "overlap_word"), label="entailment"),
        seed=seed,
    )
    out = folders[CORPUS.key].parent / f"out-{step.key}"
    out.mkdir(exist_ok=True)

    def inputs(needed: Step) -> Path:
        return folders[needed.key]

    step.run(out=out, inputs=inputs, runtime=Runtime())
    return read_table(out / "examples.parquet")


def counts(table: pl.DataFrame) -> dict[str, int]:
    return dict(table["label"].value_counts().iter_rows())


def test_an_arm_is_label_balanced_and_the_first_labels_take_the_remainder(folders: dict[str, Path]) -> None:
    assert counts(assemble(folders, {"original": 31})) == {
        "entailment": 11,
        "neutral": 10,
        "contradiction": 10,
    }


@pytest.mark.parametrize("kind", ["original", "synthetic", "biased", "anti_biased", "original_biased"])
def test_the_smaller_draw_lies_inside_the_larger(folders: dict[str, Path], kind: str) -> None:
    small, large = (set(assemble(folders, {kind: n})["id"]) for n in (12, 30))
    assert len(small) == 12
    assert small < large


def test_the_same_seed_draws_the_same_rows_and_another_seed_others(folders: dict[str, Path]) -> None:
    first, again, other = (assemble(folders, {"original": 30}, seed=seed) for seed in (0, 0, 1))
    assert first.equals(again)
    assert set(first["id"]) != set(other["id"])


def test_an_original_arm_draws_no_row_of_a_start(folders: dict[str, Path]) -> None:
    start = assemble(folders, {"original": 30})
    arm = assemble(folders, {"original": 60}, kept=30)
    assert not set(start["id"]) & set(arm["id"])


def test_another_draw_has_other_rows_and_still_none_of_a_start(folders: dict[str, Path]) -> None:
    start = assemble(folders, {"original": 30})
    arm = assemble(folders, {"original": 30}, kept=30)
    again = assemble(folders, {"original": 30}, kept=30, stage=Redraw)
    assert set(again["id"]) != set(arm["id"])
    assert not set(start["id"]) & set(again["id"])
    assert counts(again) == counts(arm)


def test_biased_rows_obey_the_heuristic_and_anti_biased_rows_defy_it(folders: dict[str, Path]) -> None:
    def obeys(table: pl.DataFrame) -> set[bool]:
        return set(
            (table["hypothesis"].str.contains("lawyer saw") == (table["label"] == "entailment")).to_list()
        )

    assert obeys(assemble(folders, {"biased": 30})) == {True}
    assert obeys(assemble(folders, {"original_biased": 30})) == {True}
    assert obeys(assemble(folders, {"anti_biased": 30})) == {False}


@pytest.mark.parametrize(
    "predicate", [{"words": ["lawyer"]}, {"regex": "^the lawyer saw", "field": "hypothesis"}]
)
def test_biased_rows_obey_a_predicate_of_the_users_own(folders: dict[str, Path], predicate: Any) -> None:
    # Only the hypotheses that overlap name a lawyer.
    by_own = assemble(folders, {"biased": 30}, predicate=predicate)
    assert by_own.equals(assemble(folders, {"biased": 30}))


@pytest.mark.parametrize("predicate", [{"words": ["judge"], "field": "premise"}, "negation"])
def test_a_predicate_that_holds_nowhere_leaves_no_row_of_its_label(
    folders: dict[str, Path], predicate: Any
) -> None:
    with pytest.raises(
        ScotomaError, match="asks for 10 screened synthetic rows labelled 'entailment'; there are 0"
    ):
        assemble(folders, {"biased": 30}, predicate=predicate)


def test_a_mixed_arm_has_its_share_of_synthetic_rows(folders: dict[str, Path]) -> None:
    mixed = assemble(folders, {"mixed": {"synthetic": 0.4, "n": 30}})
    assert dict(mixed["origin"].value_counts().iter_rows()) == {"synthetic": 12, "original": 18}


@pytest.mark.parametrize(("n", "share"), [(9, 0.5), (30, 0.25), (31, 0.4)])
def test_a_mixed_arm_is_balanced_as_a_whole(folders: dict[str, Path], n: int, share: float) -> None:
    found = counts(assemble(folders, {"mixed": {"synthetic": share, "n": n}}))
    assert max(found.values()) - min(found.values()) <= (n % 3 > 0)


def test_a_relabelled_arm_has_the_true_label_where_truth_is_computed(folders: dict[str, Path]) -> None:
    # Every full-overlap row of the pool is a swap, so truly neutral; "judge1" is no word of the language.
    relabelled = pytest.raises(ScotomaError, match="asks for 2 screened synthetic rows labelled 'entailment'")
    with relabelled:
        assemble(folders, {"relabelled": 6})


def test_a_relabelled_arm_has_the_labellers_label_elsewhere(folders: dict[str, Path], tmp_path: Path) -> None:
    pool = read_table(folders[POOL.key] / "examples.parquet")
    wheel = dict(zip(LABELS, (*LABELS[1:], LABELS[0]), strict=True))
    folders[LABELLED.key] = tmp_path / "labelled"
    folders[LABELLED.key].mkdir()
    predictions = pool.select("id", predicted=pl.col("label").replace_strict(wheel))
    write_table(predictions, folders[LABELLED.key] / "predictions.parquet")
    relabelled = assemble(folders, {"relabelled": 30}, labels=LABELLED)
    written = relabelled["id"].str.split("-").list.get(1)
    assert written.replace_strict(wheel).to_list() == relabelled["label"].to_list()
    assert counts(relabelled) == dict.fromkeys(LABELS, 10)


def test_all_takes_the_corpus_as_it_is(folders: dict[str, Path]) -> None:
    assert assemble(folders, "all")["id"].to_list() == [row.id for row in rows("original", 40)]


@pytest.mark.parametrize(
    ("arm", "kept", "message"),
    [
        ({"original": 123}, 0, "asks for 41 original examples labelled 'entailment'; there are 40"),
        ({"original": 60}, 63, "asks for 20 original examples labelled 'entailment'; there are 19"),
        ({"synthetic": 300}, 0, "asks for 100 screened synthetic rows.*candidates_per_label"),
        ({"biased": 63}, 0, "asks for 21 screened synthetic rows labelled 'entailment'; there are 20"),
    ],
)
def test_asking_for_more_than_there_is_is_an_error(
    folders: dict[str, Path], arm: dict[str, int], kept: int, message: str
) -> None:
    with pytest.raises(ScotomaError, match=message):
        assemble(folders, arm, kept=kept)


def test_what_an_arm_may_have_besides_changes_no_older_identity() -> None:
    dumped = {"kind": "mixed", "n": 30, "synthetic": 0.4, "source": None}
    assert read({"mixed": {"synthetic": 0.4, "n": 30}}).model_dump(context="identity") == dumped
    dose = read({"biased": {"dose": 0.5, "n": 30}})
    assert dose.model_dump(context="identity") == {
        "kind": "biased",
        "n": 30,
        "synthetic": None,
        "source": None,
        "dose": 0.5,
    }


@pytest.mark.parametrize("arm", [{"synthetic": 30}, {"mixed": {"synthetic": 0.5, "n": 30}}])
def test_rows_whose_generator_read_real_ones_stand_beside_originals(
    folders: dict[str, Path], arm: dict[str, Any]
) -> None:
    plain = assemble(folders, arm)
    pool = folders[POOL.key] / "examples.parquet"
    write_table(read_table(pool).with_columns(read_row=pl.lit("original-neutral-1")), pool)
    assert assemble(folders, arm).rows() == plain.rows()
    assert "read_row" not in plain.columns

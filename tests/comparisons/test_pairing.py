"""Files that belong together, and rows side by side."""

from pathlib import Path

import polars as pl
import pytest

import scotoma
from prediction_files import replicates, rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import compare_files
from scotoma.comparisons.files.reading import read_predictions
from scotoma.comparisons.files.replicates import find_pairs
from scotoma.comparisons.pairing import read_pairs


def test_files_of_two_folders_pair_by_name_whatever_their_format(tmp_path: Path) -> None:
    for name in ("a/r10.csv", "a/r2.csv", "b/r10.jsonl", "b/r2.parquet"):
        write(rows(1), tmp_path / name)
    for name in ("a/.hidden.csv", "a/notes.md", "b/deep/r3.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = find_pairs(tmp_path / "a", tmp_path / "b")
    assert [(name, ours.name, theirs.name) for name, ours, theirs in found] == [
        ("r2", "r2.csv", "r2.parquet"),
        ("r10", "r10.csv", "r10.jsonl"),
    ]


def _trained(folder: Path, *more: str) -> Path:
    """What a trainer leaves beside predictions, and further tables."""
    write(rows(1), folder / "predictions.csv")
    for name in ("config.json", "trainer_state.json"):
        (folder / name).write_text('{\n "model_type": "bert",\n "log_history": [{"loss": 1}, {"loss": 2}]\n}')
    (folder / "vocab.json").write_text('{"a": 1, "b": 2, "c": 3}')
    (folder / "vocab.txt").write_text("[PAD]\nthe\na\n")
    (folder / "checkpoint-5").mkdir(exist_ok=True)
    for name in more:
        write(rows(1), folder / name)
    return folder


def test_each_folder_in_a_folder_is_a_replicate(tmp_path: Path) -> None:
    for name in ("seed10", "seed2"):
        _trained(tmp_path / "a" / name)
        _trained(tmp_path / "b" / name)
        write(rows(1), tmp_path / "c" / f"{name}.parquet")
    (tmp_path / "a" / ".cache").mkdir()
    for other in "bc":
        found = find_pairs(tmp_path / "a", tmp_path / other)
        assert [name for name, *_ in found] == ["seed2", "seed10"]
        assert [ours for _, ours, _ in found] == [
            tmp_path / "a" / name / "predictions.csv" for name in ("seed2", "seed10")
        ]
    compared = compare_files(tmp_path / "a", tmp_path / "c", blindspot=HANS)
    assert compared.replicates == ("seed2", "seed10")


def test_of_several_tables_in_each_folder_the_only_name_they_share_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    for name, more in (("seed0", ["old.csv"]), ("seed1", ["older.csv"]), ("seed2", [])):
        _trained(folder / name, *more)
    read = [path.name for _, path, _ in find_pairs(folder, folder)]
    assert read == ["predictions.csv"] * 3
    for name in ("seed0", "seed1", "seed2"):
        _trained(folder / name, "dev.csv")
    message = (
        r"several files in seed0 may be the predictions: dev.csv, old.csv, predictions.csv .*/a\)\. Leave"
    )
    with pytest.raises(ScotomaError, match=message):
        find_pairs(folder, folder)


def test_a_folder_without_predictions_among_folders_with_some_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    for name in ("seed0", "seed1", "seed2"):
        _trained(folder / name)
    (folder / "seed1" / "predictions.csv").unlink()
    with pytest.raises(ScotomaError, match=r"no file of predictions is in seed1 \(.*/a\)"):
        find_pairs(folder, folder)


def test_files_beside_folders_are_the_replicates_unless_the_folders_may_be(tmp_path: Path) -> None:
    folder = replicates(tmp_path / "a", [0.5] * 2)
    _trained(folder / "old")
    (folder / "logs").mkdir()
    assert [name for name, *_ in find_pairs(folder, folder)] == ["r0", "r1"]
    _trained(folder / "seed0")
    message = (
        r"files that may be predictions \(r0.parquet, r1.parquet\) and folders that hold some \(old, seed0\)"
    )
    with pytest.raises(ScotomaError, match=message):
        find_pairs(folder, folder)


def test_a_folder_that_cannot_be_read_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ScotomaError, match=r"cannot be read: Permission denied. Check who may read it"):
        find_pairs(tmp_path, tmp_path)


def test_folders_without_a_partner_are_named_with_their_file(tmp_path: Path) -> None:
    for name in ("a/seed0", "a/seed1", "b/seed0"):
        _trained(tmp_path / name)
    with pytest.raises(ScotomaError, match=r"seed1/predictions.csv is not in .*/b .*or their folders"):
        find_pairs(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize(
    "names",
    [
        ("checkpoint-500", "checkpoint-1000"),
        ("Epoch_2", "Epoch_10", "seed3"),
        ("epoch=1-step=50", "epoch=1-step=100"),
        ("global_step50", "global_step100"),
        ("checkpoint 1", "checkpoint 2"),
        ("steps_100", "steps_200"),
        ("epoch=0-val_loss=0.41", "epoch=1-step=50-val_loss=0.32"),
        ("step1000-unsharded", "step2000-unsharded"),
        ("iter-0500-ckpt", "iter-1000-ckpt"),
        ("checkpoint_epoch_3", "checkpoint_epoch_10"),
        ("seed1-checkpoint-500", "seed1-checkpoint-1000", "seed2-checkpoint-500"),
        ("checkpoint_1_500", "checkpoint_2_1000"),
        ("checkpoint_2_900", "checkpoint_10_4500"),
        ("checkpoint_best", "checkpoint_last"),
        ("checkpoint.best_loss_3.21", "checkpoint_2_1000"),
        ("checkpoint-500", "final"),
        ("best", "last"),
        ("epoch=3-step=500", "last"),
        ("iter_0000500", "iter_0001000"),
        (
            "gpt--val_loss=1.20-step=500-consumed_samples=64000.0",
            "gpt--val_loss=1.21-step=900-consumed_samples=115200.0-last",
        ),
        ("epoch=1-f1=0.71", "epoch=2-f1=0.74"),
        ("ep0-ba500-rank0", "ep1-ba1000-rank0"),
        ("step1000-tokens4B", "step2000-tokens8B"),
        ("step-00000500", "step-00001000"),
        ("step1M", "step900K"),
        ("run-best_model", "run-epoch3_model"),
    ],
)
def test_checkpoints_of_one_training_are_not_replicates(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        write(rows(1), tmp_path / "folders" / name / "predictions.csv")
        write(rows(1), tmp_path / "files" / f"{name}.csv")
    by_name = {name: rows(1) for name in names}
    for folder in (tmp_path / "folders", tmp_path / "files"):
        with pytest.raises(ScotomaError, match=f"{names[0]}, {names[1]} are named as checkpoints"):
            find_pairs(folder, folder)
    with pytest.raises(ScotomaError, match="name them after their seeds"):
        scotoma.compare(by_name, by_name, blindspot="hans")


@pytest.mark.parametrize(
    "names",
    [
        ("checkpoint-500", "seed0-checkpoint-500", "seed1-checkpoint-500"),
        ("checkpoint_best_seed1", "checkpoint_best_seed2"),
        ("seed1-final", "seed2-final"),
        ("lr=0.1-epoch=3", "lr=0.2-epoch=3"),
        ("run2-seed9", "run2-seed10", "run10-seed1"),
        ("0", "1", "10"),
        ("best", "seed0", "seed1"),
        ("bestow1", "bestow2"),
    ],
)
def test_one_checkpoint_of_each_training_is_a_replicate_in_the_order_of_the_numbers_in_its_name(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    for name in names:
        write(rows(1), tmp_path / f"{name}.csv")
    assert [name for name, _, _ in find_pairs(tmp_path, tmp_path)] == list(names)


def test_three_labels_before_and_two_after_are_told_since_merging_alone_moves_accuracy(
    tmp_path: Path,
) -> None:
    shares = {"p_entailment": [0.4, 0.6], "p_neutral": [0.35, 0.2], "p_contradiction": [0.25, 0.2]}
    asked = pl.DataFrame({"id": ["a", "b"], "gold": ["non-entailment", "entailment"]})
    of_three = asked.with_columns(pl.DataFrame(shares), predicted=pl.lit("entailment"))
    of_two = asked.with_columns(
        pl.Series("predicted", ["non-entailment", "entailment"]),
        pl.Series("p_entailment", shares["p_entailment"]),
        pl.Series("p_non-entailment", [0.6, 0.4]),
    )
    some_neutral = of_three.with_columns(pl.Series("predicted", ["entailment", "neutral"]))
    told = "The answers before are among 3 labels, those after among 2."
    for before, is_told in ((some_neutral, True), (of_two, False)):
        notes = scotoma.compare(before, of_two, blindspot="hans").found.notes
        assert any(note.startswith(told) for note in notes) == is_told
    # The same probabilities: only the order of taking the likeliest and merging differs.
    found = scotoma.compare(of_three, of_two, blindspot="hans")
    summed = scotoma.compare(of_three, of_two, blindspot="hans", measure="accuracy_sum")
    assert found.claims["estimate"].to_list() == [1]
    assert summed.claims["estimate"].to_list() == [0]


def test_files_without_a_partner_are_named(tmp_path: Path) -> None:
    before, after = replicates(tmp_path / "a", [0.5] * 3), replicates(tmp_path / "b", [0.5] * 2)
    write(rows(1), after / "other.csv")
    with pytest.raises(
        ScotomaError,
        match=r"3 after, 2 have no partner of the same name: other.csv is not in .*; r2.parquet is",
    ):
        find_pairs(before, after)


def test_a_file_beside_a_folder_an_empty_folder_and_a_double_name_are_refused(tmp_path: Path) -> None:
    file, folder = write(rows(1), tmp_path / "r0.csv"), tmp_path / "a"
    folder.mkdir()
    with pytest.raises(ScotomaError, match=r"is a folder and .*r0.csv' is not"):
        find_pairs(folder, file)
    with pytest.raises(ScotomaError, match="/a' has no file of predictions"):
        find_pairs(folder, folder)
    write(rows(1), folder / "r0.csv")
    write(rows(1), folder / "r0.parquet")
    with pytest.raises(ScotomaError, match=r"'r0.csv' and 'r0.parquet' have the same name"):
        find_pairs(folder, folder)


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (rows().tail(-7), "7 rows are not in .*b.csv: row0, row1, row2, row3, row4 and 2 more"),
        (
            pl.concat([rows(), rows(1).with_columns(pl.format("x{}", "id").alias("id"))]),
            "30 rows are not in .*a.csv: xrow0",
        ),
        (
            rows().with_columns(subcase=pl.lit("x")),
            "the subcase of 120 rows differs between the two sides",
        ),
        (
            rows().drop("subcase").with_columns(pl.col("gold").replace({"entailment": "non-entailment"})),
            "the gold of 60 rows differs between the two sides",
        ),
        (
            rows().with_columns(
                premise=pl.when(pl.col("id") == "row7").then(pl.lit("x")).otherwise(pl.lit("p"))
            ),
            "the premise of 1 row differs between the two sides: row7",
        ),
    ],
)
def test_sides_with_other_rows_are_refused(tmp_path: Path, after: pl.DataFrame, message: str) -> None:
    before = write(rows().with_columns(premise=pl.lit("p")), tmp_path / "a.csv")
    with pytest.raises(ScotomaError, match=message):
        compare_files(before, write(after, tmp_path / "b.csv"), blindspot=HANS)


@pytest.mark.parametrize(("one", "other"), [("{}", "{}.0"), ("{}", "00{}"), ("{}.0", "{}")])
def test_ids_that_are_the_same_numbers_written_differently_are_named(
    tmp_path: Path, one: str, other: str
) -> None:
    sides = [
        write(rows().with_columns(id=pl.format(form, pl.int_range(pl.len()))), tmp_path / name)
        for form, name in ((one, "a.jsonl"), (other, "b.jsonl"))
    ]
    with pytest.raises(ScotomaError, match=r"rows are not in .*b\.jsonl") as caught:
        compare_files(*sides, blindspot=HANS)
    assert f"written differently, as {one.format(0)} and {other.format(0)};" in str(caught.value)


def test_replicates_that_answer_alike_are_asked_about(tmp_path: Path) -> None:
    before, after = replicates(tmp_path / "a", [0.5] * 3), replicates(tmp_path / "b", [0.5] * 3, start=7)
    assert compare_files(before, after, blindspot=HANS).notes == ()
    (after / "r2.parquet").write_bytes((after / "r0.parquet").read_bytes())
    (note,) = compare_files(before, after, blindspot=HANS).notes
    assert note == (
        "Replicates r0, r2 have the same answers after: are they copies of one run? "
        "Copies are not replicates."
    )


def test_one_model_twice_is_asked_about(tmp_path: Path) -> None:
    before, after = replicates(tmp_path / "a", [0.5] * 3), replicates(tmp_path / "b", [0.5] * 3)
    said = "Before and after have the same probabilities to the last digit"
    (note,) = compare_files(before, after, blindspot=HANS).notes
    assert note.startswith(f"{said}: is it one model twice?")
    replicates(after, [0.5] * 2, start=7)
    (note,) = compare_files(before, after, blindspot=HANS).notes
    assert note.startswith(f"{said} in r2: ")


def test_answers_alike_are_no_sign_of_one_model_without_telling_probabilities(tmp_path: Path) -> None:
    bare = rows().drop("p_entailment", "p_neutral", "p_contradiction")
    sure = rows().with_columns(
        p_entailment=(pl.col("predicted") == "entailment").cast(float),
        p_neutral=(pl.col("predicted") == "neutral").cast(float),
        p_contradiction=pl.lit(0.0),
    )
    for name, table in (("bare", bare), ("sure", sure)):
        sides = [write(table, tmp_path / f"{name}{side}.csv") for side in "ab"]
        assert compare_files(*sides, blindspot=HANS).notes == ()


def test_a_file_without_tags_is_read_with_those_of_its_partner(tmp_path: Path) -> None:
    bare = rows().drop("heuristic", "subcase", "template")
    tagged, without = write(rows(), tmp_path / "a.csv"), write(bare, tmp_path / "b.csv")
    cells = ["subsequence/non-entailment"]
    for sides in ((tagged, without), (without, tagged)):
        (finding,) = compare_files(*sides, blindspot=HANS, cells=cells).findings
        assert finding.interval.mean == 0


def test_a_side_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    with pytest.raises(ScotomaError, match=r"there is no file or folder '.*nowhere'"):
        find_pairs(tmp_path / "before", tmp_path / "nowhere")


def test_rows_and_texts_that_all_replicates_share_are_kept_once(tmp_path: Path) -> None:
    before, after = (replicates(tmp_path / side, [0.5] * 3) for side in "ab")
    pairs, _ = read_pairs(before, after, HANS, lambda path, *_: read_predictions(path, HANS))
    assert len({id(pair.table) for pair in pairs}) == len({id(pair.cells) for pair in pairs}) == 1
    assert len({id(rows.gold) for pair in pairs for rows in (pair.before, pair.after)}) == 1


def test_a_replicate_with_other_rows_keeps_its_own(tmp_path: Path) -> None:
    before, after = (replicates(tmp_path / side, [0.5] * 2) for side in "ab")
    for side in (before, after):
        write(rows(20).reverse()[:500], side / "r1.parquet")
    pairs, _ = read_pairs(before, after, HANS, lambda path, *_: read_predictions(path, HANS))
    assert [pair.table.height for pair in pairs] == [600, 500]
    assert [pair.before.gold.size for pair in pairs] == [600, 500]

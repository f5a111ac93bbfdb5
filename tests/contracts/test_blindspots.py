"""What every blind spot in the table keeps."""

from pathlib import Path

import polars as pl
import pytest

from known_data import at_hand, held_out, task_of, train_of
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_selected import read_blindspot
from scotoma.tasks import TASKS

ALL = pytest.mark.parametrize("spot", BLINDSPOTS.values(), ids=BLINDSPOTS)


def test_there_are_blind_spots_and_each_stands_under_its_name() -> None:
    assert len(BLINDSPOTS) >= 4
    assert all(name == spot.name for name, spot in BLINDSPOTS.items())


@ALL
def test_a_blind_spot_has_a_licence_a_citation_and_a_sentence_for_each_heuristic(spot: BlindSpot) -> None:
    assert spot.licence
    assert spot.citation
    assert all(sentence.endswith(".") for sentence in spot.heuristics.values())


@ALL
def test_the_label_map_covers_the_tasks_it_is_for(spot: BlindSpot) -> None:
    fitting = [task for task in TASKS.values() if set(task.labels) == set(spot.label_map)]
    assert task_of(spot) in fitting
    for task in fitting:
        spot.check_covers(task.labels)


def rows_of(spot: BlindSpot, folder: Path, seed: int = 0) -> pl.DataFrame:
    """The rows of a small draw, or of a file in the form of the real one."""
    here = at_hand(spot, folder)
    source = here.source.model_dump(exclude_none=True)
    for grammar, n in (("hans", "n_per_subcase"), ("microworld", "n"), ("sentiment", "n")):
        if grammar in source:
            source[grammar][n] = 3
    few = type(spot.source).model_validate(source)
    task = task_of(spot)
    return read_blindspot(here, few, task.fields, task.labels, seed).read().table


@ALL
def test_its_rows_have_its_labels_and_heuristics_and_no_id_twice(spot: BlindSpot, tmp_path: Path) -> None:
    table = rows_of(spot, tmp_path)
    assert table["id"].is_unique().all()
    assert set(table["label"]) == set(spot.labels)
    assert set(table["heuristic"]) == set(spot.heuristics)
    cells = table.group_by("heuristic", "label").agg(constructions=pl.col("subcase").n_unique())
    assert cells.height == 2 * len(spot.heuristics)
    if spot.source.hub is None:  # a grammar knows the construction of each row
        assert cells["constructions"].min() >= 4
    assert not table.select(task_of(spot).fields).is_duplicated().any()


@ALL
def test_no_row_of_it_stands_in_its_tasks_training_or_test_data(spot: BlindSpot, tmp_path: Path) -> None:
    task = task_of(spot)
    held = [rows_of(spot, tmp_path)]
    for source in (train_of(task, tmp_path), held_out(task, tmp_path)):
        step = ReadExamples(
            source=source, fields=task.fields, labels=task.labels, repeated_pairs="keep", seed=0
        )
        held.append(step.read().table)
    texts = [set(table.select(task.fields).iter_rows()) for table in held]
    assert all(texts)
    assert not texts[0] & texts[1] | texts[0] & texts[2] | texts[1] & texts[2]
    assert set(held[1]["label"]) == set(held[2]["label"]) == set(task.labels)


@ALL
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(spot: BlindSpot, tmp_path: Path) -> None:
    first, again, other = (rows_of(spot, tmp_path, seed) for seed in (0, 0, 1))
    assert first.equals(again)
    if spot.source.hub is None:
        assert not first.equals(other)


def with_map(label_map: dict[str, str], target: str) -> BlindSpot:
    changed = {"label_map": label_map, "target": target}
    return BlindSpot.model_validate({**BLINDSPOTS["hans"].model_dump(), **changed})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"contradiction": None}, r"it lacks 'contradiction' \("),
        (
            {"contradiction": None, "neutral": None, "no": "no"},
            "lacks 'neutral', 'contradiction'; 'no' is",
        ),
        ({"maybe": "no", "perhaps": "no"}, "contradiction'\\]: 'maybe', 'perhaps' is none of them"),
    ],
)
def test_a_label_map_that_misses_a_label_of_the_task_or_names_a_stranger_is_refused(
    changes: dict[str, str | None], said: str
) -> None:
    whole = {"entailment": "yes", "neutral": "no", "contradiction": "no", **changes}
    spot = with_map({label: two for label, two in whole.items() if two}, "yes")
    with pytest.raises(ScotomaError, match=f"label map of blind spot 'hans' does not fit.*{said}"):
        spot.check_covers(TASKS["mnli"].labels)


@pytest.mark.parametrize(
    ("counts_as", "target", "led_to"),
    [
        ("yes no no", "yes", {"entailment"}),
        ("yes no no", "no", {"neutral", "contradiction"}),
        ("no no contradiction", "contradiction", {"contradiction"}),
        ("entailment entailment contradiction", "entailment", {"entailment", "neutral"}),
    ],
)
def test_a_shortcut_may_lead_to_any_label_of_the_task_or_to_either_of_two(
    counts_as: str, target: str, led_to: set[str]
) -> None:
    labels = TASKS["mnli"].labels
    spot = with_map(dict(zip(labels, counts_as.split(), strict=True)), target)
    spot.check_covers(labels)
    assert spot.counting_as(target) == led_to


def test_a_label_map_to_one_label_is_refused() -> None:
    one = dict.fromkeys(TASKS["mnli"].labels, "entailment")
    with pytest.raises(ValueError, match="must lead to two labels"):
        BlindSpot.model_validate({**BLINDSPOTS["hans"].model_dump(), "label_map": one})

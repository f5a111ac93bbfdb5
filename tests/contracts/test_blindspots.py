"""What every blind spot in the table keeps."""

import pytest

from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.errors import ScotomaError
from scotoma.stages.read_examples import ReadExamples
from scotoma.tasks import TASKS

ALL = pytest.mark.parametrize("spot", BLINDSPOTS.values(), ids=BLINDSPOTS)


def test_there_are_blind_spots_and_each_stands_under_its_name() -> None:
    assert len(BLINDSPOTS) >= 2
    assert all(name == spot.name for name, spot in BLINDSPOTS.items())


@ALL
def test_a_blind_spot_has_a_licence_a_citation_and_a_sentence_for_each_heuristic(spot: BlindSpot) -> None:
    assert spot.licence
    assert spot.citation
    assert all(sentence.endswith(".") for sentence in spot.heuristics.values())


@ALL
def test_the_label_map_covers_the_tasks_it_is_for(spot: BlindSpot) -> None:
    fitting = [task for task in TASKS.values() if set(task.labels) == set(spot.label_map)]
    assert fitting
    for task in fitting:
        spot.check_covers(task.labels, task.target)


@ALL
def test_its_rows_have_its_labels_and_heuristics_and_no_id_twice(spot: BlindSpot) -> None:
    source = spot.source.model_dump(exclude_none=True)
    small = {"hans": {"n_per_subcase": 3}, "microworld": {"part": "blindspot", "n": 3}}
    few = type(spot.source).model_validate({name: small.get(name, value) for name, value in source.items()})
    step = ReadExamples(
        source=few, fields=("premise", "hypothesis"), labels=spot.labels, repeated_pairs="keep", seed=0
    )
    table = step.read().table
    assert table["id"].is_unique().all()
    assert set(table["label"]) == set(spot.labels)
    assert set(table["heuristic"]) == set(spot.heuristics)
    cells = table.group_by("heuristic", "label").agg(constructions=table["subcase"].n_unique())
    assert cells.height == 2 * len(spot.heuristics)
    assert not table.select("premise", "hypothesis").is_duplicated().any()


@pytest.mark.parametrize(
    "label_map",
    [
        {"entailment": "entailment", "neutral": "non-entailment"},
        {"entailment": "entailment", "neutral": "non-entailment", "contradiction": "entailment"},
        {"entailment": "non-entailment", "neutral": "entailment", "contradiction": "non-entailment"},
        {"entailment": "entailment", "neutral": "non-entailment", "contradicts": "non-entailment"},
    ],
)
def test_a_label_map_that_does_not_fit_the_task_is_refused(label_map: dict[str, str]) -> None:
    spot = BLINDSPOTS["hans"].model_copy(update={"label_map": label_map})
    with pytest.raises(ScotomaError, match="label map of blind spot 'hans' does not fit"):
        spot.check_covers(TASKS["mnli"].labels, "entailment")


def test_a_label_map_to_one_label_is_refused() -> None:
    one = dict.fromkeys(TASKS["mnli"].labels, "entailment")
    with pytest.raises(ValueError, match="must lead to two labels"):
        BlindSpot.model_validate({**BLINDSPOTS["hans"].model_dump(), "label_map": one})

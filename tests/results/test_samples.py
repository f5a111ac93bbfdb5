"""Several samples of an arm inside a replicate: their mean is one value, and the replicate stays the unit."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
import pytest

from fake_study import make, plan, predictions, study
from measured import completed
from scotoma.blindspots import BLINDSPOTS
from scotoma.measures.cells import blindspot_cells
from scotoma.measures.measuring import measure
from scotoma.measures.rows import Rows
from scotoma.report.methods import methods
from scotoma.report.tables.data import traces
from scotoma.report.tables.models import flips
from scotoma.results import Results, results
from scotoma.results.samples import SAMPLED_SCHEMA, over_samples
from scotoma.statistics.intervals import t_interval
from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from scotoma.study.settings.pieces import Repetition
from scotoma.tasks import TASKS
from scotoma.verdicts.pairs import Pair
from scotoma.verdicts.resampling import resample

if TYPE_CHECKING:
    from scotoma.experiment import Plan

ARMS = ({"original": {"n": 1500, "samples": 2}}, {"synthetic": {"n": 1500, "samples": 3}}, {"biased": 1500})
PLACE = {"test": "hans", "cell": "all/non-entailment"}
SUBCASE = "ln_subject/object_swap"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    planned = plan(study(arms=ARMS))
    return results(cast("Plan", planned), make(planned, tmp_path_factory.mktemp("store")))


def value(arm: str, replicate: int, sample: int, name: str) -> float:
    """A measure of one model, from its predictions."""
    table = predictions(replicate, arm, 60, SUBCASE, sample=sample)
    rows = measure(table, TASKS["mnli"], [BLINDSPOTS["hans"]]).filter(**PLACE, measure=name)
    return float(rows["value"].item())


def mean(arm: str, replicate: int, n: int, name: str) -> float:
    return float(np.mean([value(arm, replicate, sample, name) for sample in range(1, n + 1)]))


@pytest.mark.parametrize("name", ["accuracy", "log_odds"])
def test_the_value_of_a_replicate_is_the_mean_over_its_samples(found: Results, name: str) -> None:
    rows = found.measures.filter(**PLACE, measure=name, arm="synthetic-1500").sort("replicate")
    assert rows["replicate"].to_list() == [0, 1, 2, 3, 4]
    assert rows["value"].to_list() == pytest.approx([mean("synthetic", r, 3, name) for r in range(5)])


def test_every_replicate_arm_cell_and_measure_has_one_row(found: Results) -> None:
    keys = ["replicate", "start", "arm", "test", "cell", "measure"]
    assert not found.measures.select(keys).is_duplicated().any()
    assert found.measures["arm"].unique().sort().to_list() == [
        "biased-1500",
        "none",
        "original-1500",
        "synthetic-1500",
    ]


def test_the_interval_is_over_replicates_whatever_number_of_samples_each_side_has(found: Results) -> None:
    (row,) = found.contrasts.filter(
        **PLACE, measure="accuracy", arm="synthetic-1500", reference="original-1500"
    ).to_dicts()
    due = [mean("synthetic", r, 3, "accuracy") - mean("original", r, 2, "accuracy") for r in range(5)]
    assert row["values"] == pytest.approx(due)
    interval = t_interval(due, level=0.95)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))
    assert row["replicates"] == 5


def test_the_multi_bootstrap_draws_rows_by_their_mean_over_samples() -> None:
    n, rng = 40, np.random.default_rng(0)
    tags = {"heuristic": "lexical_overlap", "subcase": "", "template": "", "gold": "non-entailment"}
    table = pl.DataFrame({"id": [str(row) for row in range(n)]}).with_columns(
        pl.lit(tag).alias(name) for name, tag in tags.items()
    )
    cells = {cell.name: cell for cell in blindspot_cells(table, BLINDSPOTS["hans"])}
    # Some rows are hard for every model after, so that other rows would have given another mean.
    hard = rng.random(n) < 0.5

    def rows(chance: Any) -> Rows:
        predicted_target = rng.random(n) < chance
        return Rows(
            np.ones(n, np.int64), np.where(predicted_target, 0, 1), ("entailment", "non-entailment"), 0
        )

    before = [rows(0.1) for _ in range(6)]
    after = [[rows(np.where(hard, 0.8, 0.1)) for _ in range(3)] for _ in range(6)]

    def interval(samples: tuple[int, ...], measure: str = "accuracy") -> tuple[float, float]:
        pairs = [
            Pair(
                str(r),
                table,
                cells,
                before[r],
                after[r][samples[0]],
                more_after=tuple(after[r][s] for s in samples[1:]),
            )
            for r in range(6)
        ]
        found = resample("all/non-entailment", measure, pairs, level=0.95, seed=0)
        assert found.low is not None
        assert found.high is not None
        return found.low, found.high

    one, three = interval((0,)), interval((0, 1, 2))
    assert interval((0, 0)) == pytest.approx(one)
    assert three[1] - three[0] < one[1] - one[0]
    right = [np.mean([sample.correct.mean() for sample in samples]) for samples in after]
    due = np.mean(right) - np.mean([one.correct.mean() for one in before])
    assert sum(three) / 2 == pytest.approx(due, abs=0.02)
    # Where only the target is wrong, the rate at which it is said is what accuracy lacks.
    alarms = interval((0, 1, 2), "false_alarm_rate")
    assert alarms == pytest.approx((-three[1], -three[0]), abs=0.02)


def test_models_say_which_sample_they_are_and_traces_lead_to_each(found: Results) -> None:
    models = [row for row in found.record()["models"] if row["replicate"] == 0]
    assert [(row["arm"], row["sample"]) for row in models] == [
        ("none", 1),
        ("original-1500", 1),
        ("original-1500", 2),
        ("synthetic-1500", 1),
        ("synthetic-1500", 2),
        ("synthetic-1500", 3),
        ("biased-1500", 1),
    ]
    traced = {row[2]: row[3] for row in traces(found).rows if row[0] == "0"}
    assert list(traced)[3:6] == ["synthetic-1500", "synthetic-1500#2", "synthetic-1500#3"]
    assert len(set(traced.values())) == 7


def test_answers_are_those_of_the_first_samples_and_tables_say_so(found: Results) -> None:
    one = predictions(1, "synthetic", 60, SUBCASE).filter(pl.col("test") == "hans")
    right = one.filter(
        (pl.col("predicted") == "entailment") == (pl.col("gold") == "entailment"),
        pl.col("gold") == "non-entailment",
    ).height
    (row,) = found.flips.filter(
        replicate=1, arm="synthetic-1500", reference="start", test="hans", cell="all/non-entailment"
    ).to_dicts()
    assert row["kept"] + row["gained"] == right
    spot = found.study.blindspots[0]
    assert flips(found, spot).caption.endswith("Of arms with several samples, the first alone.")


def test_the_methods_say_what_was_averaged(found: Results) -> None:
    design = dict(methods(found))["Design"]
    for said in (
        "Inside each replicate original-1500 was trained on 2 disjoint samples",
        "Inside each replicate synthetic-1500 was trained on 3 disjoint samples",
        "the mean over them is the replicate's value",
    ):
        assert said in design


def test_a_replicate_has_no_value_before_all_its_samples_have_one(tmp_path: Path) -> None:
    planned = plan(study(arms=ARMS))
    store, last = Store(tmp_path), planned.models[-2]
    assert (last.replicate, last.name, last.sample) == (4, "synthetic-1500", 3)
    for step in planned.steps:
        if step != last.predictions:
            store.make(step, Runtime())
    found = results(cast("Plan", planned), store)
    assert [str(model) for model in found.missing] == ["replicate 4, start 4000, arm synthetic-1500#3"]
    (row,) = found.measures.filter(**PLACE, measure="accuracy", arm="synthetic-1500", replicate=4).to_dicts()
    assert (row["value"], row["reason"]) == (None, "2 of 3 samples evaluated")
    (contrast,) = found.contrasts.filter(
        **PLACE, measure="accuracy", arm="synthetic-1500", reference="start"
    ).to_dicts()
    assert contrast["replicate_ids"] == [0, 1, 2, 3]
    assert contrast["reason"] == "1 of 5 replicates have no pair: 2 of 3 samples evaluated"
    assert set(found.flips.filter(arm="synthetic-1500")["replicate"]) == {0, 1, 2, 3}


def sampled(**changes: Any) -> dict[str, Any]:
    row = {
        "replicate": 0,
        "start": "4000",
        "arm": "original-1500",
        "arm_n": 1500,
        "test": "hans",
        "cell": "all",
        "measure": "auc",
        "value": 0.5,
        "n": 60,
        "reason": "",
        "sample": 1,
        "of_samples": 2,
    }
    return completed({**row, **changes})


def test_a_sample_without_a_value_leaves_the_replicate_without_one_and_says_why() -> None:
    rows = [sampled(), sampled(sample=2, value=None, reason="only one label")]
    for order in (rows, rows[::-1]):
        (row,) = over_samples(pl.DataFrame(order, schema=SAMPLED_SCHEMA)).to_dicts()
        assert (row["value"], row["reason"], row["n"]) == (None, "only one label", 60)


def test_noise_is_that_of_the_first_sample_against_its_repetition(tmp_path: Path) -> None:
    repeated = study(replicates=3, arms=ARMS).model_copy(update={"noise": (Repetition(kind="order"),)})
    planned = plan(repeated)
    found = results(cast("Plan", planned), make(planned, tmp_path))
    moved = []
    for replicate in range(3):
        table = predictions(replicate, "original", 60, SUBCASE, "order")
        rows = measure(table, TASKS["mnli"], [BLINDSPOTS["hans"]]).filter(**PLACE, measure="accuracy")
        moved.append(rows["value"].item() - value("original", replicate, 1, "accuracy"))
    (row,) = found.noise.filter(**PLACE, measure="accuracy").to_dicts()
    assert row["pairs"] == 3
    assert row["sd"] == pytest.approx(float(np.sqrt(np.mean(np.square(moved)))))
    assert "mean over several samples moves less" in dict(methods(found))["Noise floor"]

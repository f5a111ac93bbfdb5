"""What every stage declares, so that a new one is one file."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

import scotoma.stages
from scotoma.basics.records import read_table
from scotoma.experiment import Plan, plan
from scotoma.run.cost import count_costs
from scotoma.run.execute import execute
from scotoma.stages.lengths import Lengths
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.tasks import MICROWORLD, Task
from three_arms import THREE_ARMS
from toy import Silence


def every_stage() -> list[type[Step]]:
    """Those of the package; tests define some of their own."""
    for module in pkgutil.iter_modules(scotoma.stages.__path__):
        importlib.import_module(f"scotoma.stages.{module.name}")
    found, waiting = [], [Step]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        found += [one for one in subclasses if one.__module__.startswith("scotoma.stages.")]
    return sorted(set(found), key=lambda stage: stage.__name__)


STAGES = every_stage()

SAMPLING = {"temperature": 1, "top_p": 1, "candidates_per_label": 100, "max_new_tokens": 60}
UNTIL = {"kept": 120, "candidates": 300}
FINE_TUNED = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))["generator"]
DATA = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))["data"]
SERVER = {"url": "http://127.0.0.1:8080/v1", "model": "tiny", "api": "chat", "shots": 2}

OWN = {
    "name": "own",
    "title": "Rows that a predicate finds",
    "heuristics": {"overlap": "Whatever overlaps follows."},
    "label_map": {label: label if label == "entailment" else "other" for label in MICROWORLD.labels},
    "target": "entailment",
    "source": {"file": "own.tsv"},
    "select": {"overlap": "overlap_word"},
}

#: Studies that together hold a step of every stage.
STUDIES: tuple[dict[str, Any], ...] = (
    {},
    {"arms": [{"coverage": {"share": 0.9, "n": 90}}]},
    {"generator": {"prompted": {"sampling": SAMPLING, "shots": 2}}},
    {"generator": {"endpoint": {"sampling": SAMPLING, **SERVER}}},
    {
        "arms": [{"verified": {"n": 90, "by": "judge"}}],
        "judge": {
            "endpoint": {
                **{name: value for name, value in SERVER.items() if name != "shots"},
                "instruction": "Say one of {labels}.",
                "sampling": {"temperature": 0, "top_p": 1, "max_new_tokens": 5},
            }
        },
    },
    {"generator": {"prompted": {"sampling": {**SAMPLING, "until": UNTIL}, "shots": 2}}},
    {"generator": {"endpoint": {"sampling": {**SAMPLING, "until": UNTIL}, **SERVER}}},
    {"rounds": {"k": 2, "data": "accumulate"}},
    {"noise": ["draw"]},
    {"blindspots": [OWN]},
    {"data": {**DATA, "test_rows_in_train": "drop"}},
)


def planned(folder: Path, **changes: Any) -> Plan:
    content = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
    content |= {"claims": [], "replicates": 1, **changes}
    rows = [f"the judge saw {n} men\tthe judge saw {n} men\tentailment" for n in range(9)]
    (folder / "own.tsv").write_text("\n".join(["premise\thypothesis\tlabel", *rows, ""]), encoding="utf8")
    (folder / "mine.yaml").write_text(yaml.safe_dump(content), encoding="utf8")
    return plan(load_study(str(folder / "mine.yaml")))


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[type[Step], tuple[Plan, Step]]:
    """For every stage a step, and a plan in which it stands."""
    found: dict[type[Step], tuple[Plan, Step]] = {}
    for changes in STUDIES:
        made = planned(tmp_path_factory.mktemp("study"), **changes)
        found |= {type(step): (made, step) for step in made.steps}
    return found


def test_all_stages_are_found() -> None:
    assert len(STAGES) >= 17
    assert {stage.__name__ for stage in STAGES} >= {"TrainClassifier", "Redraw", "ReadApart", "CheckSplits"}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_a_stage_declares_what_is_asked_of_it(stage: type[Step]) -> None:
    assert isinstance(stage.version, int)
    assert isinstance(stage.loads_model, bool)
    assert isinstance(stage.shared_by_team, bool)
    assert stage.cost is not Step.cost
    assert stage.loads_model or not stage.shared_by_team


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_a_plan_with_any_stage_in_it_can_be_costed(
    stage: type[Step], steps: dict[type[Step], tuple[Plan, Step]], tmp_path: Path
) -> None:
    assert stage in steps, f"no study of this test plans a {stage.__name__}: add one to STUDIES"
    made, step = steps[stage]
    costs = count_costs(Plan(made.study, made.models, (step,), made.general_tests), Store(tmp_path))
    assert costs.unknown == ()
    ((_, cost),) = costs.steps
    assert min(cost.tokens, cost.flops, cost.size, cost.transient) >= 0
    assert cost.tokens == 0 or stage.loads_model


class CountLetters(Step):
    """A stage as a stranger would add it: everything that is to be said of it stands here."""

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = True

    task: Task
    base: PrepareBase
    examples: ReadExamples

    def cost(self, forecast: Forecast) -> Cost:
        rows = self.examples.rows(forecast)
        lengths = Lengths(self.base, self.task, forecast)
        tokens = rows.n * lengths.of_texts(rows)
        return Cost(tokens, flops=2.0 * lengths.sizes.blocks * tokens, size=8.0)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        rows = read_table(inputs(self.examples) / "examples.parquet")
        letters = sum(rows[field].str.len_chars().sum() for field in self.task.fields)
        (out / "letters.txt").write_text(str(letters))


@pytest.fixture
def counting(tmp_path: Path) -> tuple[Plan, CountLetters]:
    made = planned(tmp_path)
    base = next(step for step in made.steps if isinstance(step, PrepareBase))
    _, examples = made.general_tests[0]
    assert isinstance(examples, ReadExamples)
    return made, CountLetters(task=made.study.task, base=base, examples=examples)


def test_a_new_stage_is_costed_by_what_it_says_itself(
    counting: tuple[Plan, CountLetters], tmp_path: Path
) -> None:
    made, step = counting
    with_it = count_costs(replace(made, steps=(*made.steps, step)), Store(tmp_path)).steps
    without = count_costs(made, Store(tmp_path)).steps
    assert [step.stage for step, _ in with_it[len(without) :]] == ["count_letters"]
    cost = with_it[-1][1]
    assert cost.tokens > 1000
    assert cost.flops > cost.tokens
    assert cost.size == 8


def test_a_new_stage_runs_and_a_team_is_called_to_it_if_it_is_shared(
    counting: tuple[Plan, CountLetters], tmp_path: Path
) -> None:
    _, step = counting
    store, team = Store(tmp_path / "store"), Team()
    execute([*step.inputs, step], store, device="cpu", watch=Silence(), team=team)  # type: ignore[arg-type]
    assert int((store.folder(step) / "letters.txt").read_text()) > 1000
    assert team.keys == [step.key]


class Team:
    """Notes what the others are called to."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def call(self, key: str, checkpoints: str) -> None:
        self.keys.append(key)

    def dismiss(self) -> None: ...


COMPLETE: dict[str, Any] = {
    "version": 1,
    "loads_model": False,
    "shared_by_team": False,
    "cost": lambda self, forecast: Cost(),
}


@pytest.mark.parametrize("lacking", COMPLETE)
def test_a_stage_that_leaves_something_out_cannot_be_defined(lacking: str) -> None:
    declared = {name: value for name, value in COMPLETE.items() if name != lacking}
    with pytest.raises(TypeError, match=f"stage Half does not declare {lacking} "):
        define(declared)


def test_a_stage_that_leaves_nothing_out_can_be_defined() -> None:
    assert define(COMPLETE)().cost(Forecast(see=lambda step: None, folder=lambda step: None)) == Cost()  # type: ignore[arg-type, return-value]


def define(declared: dict[str, Any]) -> type[Step]:
    types = {name: ClassVar[type(value)] for name, value in declared.items() if name != "cost"}
    content = {**declared, "__annotations__": types, "__module__": __name__}
    return type("Half", (Step,), content)


def test_a_stage_without_rows_says_so(counting: tuple[Plan, CountLetters]) -> None:
    _, step = counting
    forecast = Forecast(see=lambda step: None, folder=lambda step: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(TypeError, match="count_letters leaves no rows"):
        step.rows(forecast)

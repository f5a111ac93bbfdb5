"""A tracker that follows `scotoma run`: what it is told, and that the study does not depend on it."""

import importlib.util
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import wandb_files

from command_line import Ended, one_thread, scotoma
from scotoma.api.study import Study
from scotoma.experiment import plan
from scotoma.integrations import following, trackers
from scotoma.integrations.trackers import AXES, Begun, Point, Sheet
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.store import Store
from scotoma.study.file import load_study
from tiny_study import TINY

CLAIM = "cell: all, measure: d_prime, contrast: original - start, margin: 9, alpha: 0.05"
STUDY = f"{TINY.replace('replicates: 1', 'replicates: 3')}claims: [{{blindspot: microworld, {CLAIM}}}]\n"
WORD = "INCONCLUSIVE"
MODELS = [
    f"{arm} from start 60/replicate {replicate}" for replicate in range(3) for arm in ("none", "original-30")
]
VERDICT = "verdict/original-30 against start 60/d_prime on microworld all"
ONE_MEASURE = "measures/microworld/all/d_prime/start 60/original-30"
HEADLINE = "micro-world blind spot headline"


class Recorded:
    """A tracker that keeps what it is told."""

    def __init__(self, begun: Begun) -> None:
        self.begun, self.name, self.settings = begun, begun.name, begun.settings
        self.values: dict[str, list[tuple[int, float]]] = {}
        self.words: dict[str, str] = {}
        self.numbers: dict[str, float] = {}
        self.sheets: dict[str, Sheet] = {}
        self.closed: list[bool] = []
        RUNS.append(self)

    def part(self, begun: Begun) -> "Recorded":
        assert not self.closed
        return type(self)(begun)

    def points(self, kind: str, found: Iterable[Point]) -> None:
        assert kind in AXES
        for at, values in found:
            for name, value in values.items():
                assert name.partition("/")[0] == kind
                self.values.setdefault(name, []).append((at, value))

    def result(self, words: Mapping[str, str], numbers: Mapping[str, float]) -> None:
        self.words |= words
        self.numbers |= numbers

    def tables(self, found: Mapping[str, Sheet]) -> None:
        assert all(len(row) == len(sheet.columns) for sheet in found.values() for row in sheet.rows)
        self.sheets |= found

    def close(self, is_whole: bool) -> None:
        self.closed.append(is_whole)


class Failing(Recorded):
    def points(self, kind: str, found: Iterable[Point]) -> None:
        raise ConnectionError("https://user:hunter2@tracker.example refused")


class Refusing(Recorded):
    def __init__(self, begun: Begun) -> None:
        raise PermissionError("no key hunter2")


RUNS: list[Recorded] = []


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a tracker in the place of one that may not be installed."""
    RUNS.clear()

    def put(kind: type[Recorded]) -> None:
        monkeypatch.setitem(trackers._KNOWN, "mlflow", ("nothing", kind))
        monkeypatch.setattr(trackers, "_is_installed", lambda name: True)

    return put


def run(folder: Path, *more: str, study: str = STUDY, **environment: str) -> Ended:
    (folder / "tiny.yaml").write_text(study)
    with one_thread():
        return scotoma("run", "tiny.yaml", *more, cwd=folder, **environment)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the study has run, without a tracker."""
    folder = tmp_path_factory.mktemp("done")
    assert run(folder).returncode == 0
    return folder


@pytest.fixture
def partly(done: Path, tmp_path: Path) -> Path:
    """A folder in which a training and two models' predictions are left to do."""
    shutil.copytree(done / "store", tmp_path / "store")
    _, one, _, other, *_ = (model.predictions for model in plan(load_study(str(done / "tiny.yaml"))).models)
    for step in (one.classifier, one, other):
        shutil.rmtree(tmp_path / "store" / "done" / step.key)
    return tmp_path


def test_a_study_is_a_group_of_runs_its_own_and_one_for_each_model(partly: Path, follow: Any) -> None:
    follow(Recorded)
    ended = run(partly, "--track", "mlflow")
    assert ended.returncode == 0, ended.stderr
    assert "3 steps ran" in ended.stderr
    told, *models = RUNS
    assert (told.name, told.begun.kind, told.closed) == ("tiny", "study", [True])
    assert told.settings["recipe"]["batch_size"] == 8
    assert len(told.values[ONE_MEASURE]) == 3
    assert told.words[VERDICT] == WORD
    assert Path(told.words["report"]).is_file()
    assert sorted(model.name for model in models) == sorted(MODELS)
    assert {(model.begun.group, model.begun.kind) for model in models} == {(told.begun.group, "model")}
    assert told.begun.group.startswith("tiny 20")
    assert all(model.closed == [True] for model in models)


def test_a_models_run_says_which_it_is_and_has_its_losses_and_measures(done: Path, follow: Any) -> None:
    follow(Recorded)
    assert run(done, "--track", "mlflow").returncode == 0
    (model,) = [run for run in RUNS if run.name == MODELS[3]]
    wanted = {"replicate": 1, "start": "60", "arm": "original-30", "arm_n": 30, "kind": "original"}
    assert wanted.items() <= model.settings.items()
    assert [at for at, _ in model.values["loss"]] == list(range(4))  # 30 rows, 8 at a time
    found = json.loads((done / "reports" / "tiny" / "results.json").read_text())
    due = {
        f"{row['test']}/{row['cell']}/{row['measure']}": row["value"]
        for row in found["measures"]
        if (row["arm"], row["replicate"]) == ("original-30", 1)
        and not row["cell"].startswith(("subcase:", "template:"))
    }
    assert {name: model.numbers.get(name) for name in due} == due


def test_a_generator_has_a_run_of_its_own(
    tmp_path: Path, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(Recorded)
    planned, store = plan(load_study("quickstart", replicates=2)), Store(tmp_path)
    (tmp_path / "training.json").write_text('{"loss": [3.0, 2.0]}')
    monkeypatch.setattr(store, "done", lambda step: isinstance(step, TrainGenerator))
    monkeypatch.setattr(store, "folder", lambda step: tmp_path)
    with following.Follower(planned, store, "mlflow", print) as follower:
        follower.making(lambda part: True)(planned)
    told, *generators = RUNS
    assert {(run.begun.kind, run.begun.group) for run in generators} == {("generator", told.begun.group)}
    assert [run.settings["replicate"] for run in generators] == [0, 1]
    assert generators[1].name.startswith("generator on ")
    assert generators[1].name.endswith("/replicate 1")
    assert [run.values for run in generators] == [{"loss": [(0, 3.0), (1, 2.0)]}] * 2


def test_the_studys_run_has_every_verdict_and_the_tables_of_the_report(done: Path, follow: Any) -> None:
    follow(Recorded)
    assert run(done, "--track", "mlflow").returncode == 0
    sheets = RUNS[0].sheets
    (row,) = sheets["Verdicts"].rows
    verdict = dict(zip(sheets["Verdicts"].columns, row, strict=True))
    (due,) = json.loads((done / "reports" / "tiny" / "results.json").read_text())["verdicts"]
    assert verdict == {name: due[name] for name in verdict}
    assert (verdict["arm"], verdict["verdict"], verdict["margin"]) == ("original-30", WORD, 9)
    assert [list(row)[:2] for row in sheets[HEADLINE].rows] == [["60", "start itself"], ["60", "original-30"]]
    assert "Every contrast 1" in sheets


def test_what_was_done_before_is_told_as_well_with_the_numbers_of_the_report(done: Path, follow: Any) -> None:
    follow(Recorded)
    assert run(done, "--track", "mlflow").returncode == 0
    told = RUNS[0]
    assert sorted(run.name for run in RUNS[1:]) == sorted(MODELS)
    found = json.loads((done / "reports" / "tiny" / "results.json").read_text())
    assert told.values[ONE_MEASURE] == [
        (row["replicate"], row["value"])
        for row in found["measures"]
        if (row["test"], row["cell"], row["measure"]) == ("microworld", "all", "d_prime")
        and row["arm"] == "original-30"
    ]
    (verdict,) = found["verdicts"]
    assert told.words[VERDICT] == verdict["verdict"] == WORD
    assert verdict["sentence"].endswith(told.words[f"{VERDICT}/sentence"])
    assert told.numbers[f"{VERDICT}/estimate"] == verdict["estimate"]
    assert told.numbers[f"{VERDICT}/margin"] == 9


def test_python_follows_a_run_as_well(done: Path, follow: Any) -> None:
    follow(Recorded)
    Study.read(done / "tiny.yaml").run(done / "store", track="mlflow")
    told = RUNS[0]
    assert (told.closed, told.words[VERDICT], "report" in told.words) == ([True], WORD, False)


@pytest.mark.long
def test_the_process_that_waits_for_workers_tells(partly: Path, follow: Any) -> None:
    follow(Recorded)
    ended = run(partly, "--track", "mlflow", "--workers", "2")
    assert ended.returncode == 0, ended.stderr
    assert sorted(run.name for run in RUNS[1:]) == sorted(MODELS)
    assert [run.closed for run in RUNS] == [[True]] * 7


def test_a_tracker_that_fails_is_told_of_once_and_without_its_secrets(done: Path, follow: Any) -> None:
    follow(Failing)
    ended = run(done, "--track", "mlflow")
    assert ended.returncode == 0
    assert WORD in ended.stdout
    assert ended.stderr.count("mlflow failed (ConnectionError), and the study continues without it") == 1
    assert "hunter2" not in ended.stdout + ended.stderr


def test_a_tracker_that_does_not_begin_stops_the_run_before_any_work(tmp_path: Path, follow: Any) -> None:
    follow(Refusing)
    ended = run(tmp_path, "--track", "mlflow")
    assert ended.returncode == 2
    assert "mlflow could not start a run (PermissionError)" in ended.stderr
    assert "hunter2" not in ended.stderr
    assert not list((tmp_path / "store").glob("done/*"))


def test_a_run_that_fails_is_failed_in_the_tracker_too(
    partly: Path, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(Recorded)
    monkeypatch.setattr("scotoma.stages.predict.Predict.run", lambda self, **given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(partly, "--track", "mlflow")
    assert RUNS[0].closed == [False]
    assert len(RUNS) == 1 + 4  # two models were evaluated when they had no predictions
    assert all(run.closed == [True] for run in RUNS[1:])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--track", "mlflow"], "mlflow is not installed (--track). pip install mlflow-skinny"),
        (["--track", "mlflow", "--on", "slurm"], "--track is not available with --on slurm"),
        (["--track", "abacus"], "is not one of 'wandb'"),
    ],
)
def test_what_cannot_be_followed_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], message: str
) -> None:
    monkeypatch.setattr(trackers, "_is_installed", lambda name: name != "mlflow")
    ended = run(tmp_path, *options)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert not (tmp_path / "store").exists()


def test_a_long_training_is_thinned_out(done: Path, follow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    follow(Recorded)
    monkeypatch.setattr(following, "_MOST", 3)
    assert run(done, "--track", "mlflow").returncode == 0
    assert [at for at, _ in RUNS[1].values["loss"]] == [0, 3, 6]  # 8 steps


def needs(package: str) -> pytest.MarkDecorator:
    is_there = importlib.util.find_spec(package) is not None
    return pytest.mark.skipif(not is_there, reason=f"not here: {package} (pip install 'scotoma[trackers]')")


@needs("mlflow")
# MLflow's own tables, with SQLAlchemy 2.1.
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_mlflow_has_it_in_a_file(done: Path) -> None:
    import mlflow

    store = f"sqlite:///{done / 'mlflow.db'}"
    ended = run(done, "--track", "mlflow", MLFLOW_TRACKING_URI=store)
    assert ended.returncode == 0, ended.stderr
    assert "failed" not in ended.stderr
    client = mlflow.MlflowClient(store)
    *models, one = client.search_runs(
        [client.get_experiment_by_name("scotoma").experiment_id], order_by=["attributes.start_time DESC"]
    )
    assert (one.info.run_name, one.info.status) == ("tiny", "FINISHED")
    assert sorted(model.info.run_name for model in models) == sorted(MODELS)
    assert {model.data.tags["mlflow.parentRunId"] for model in models} == {one.info.run_id}
    assert {model.data.params["arm"] for model in models} == {"none", "original-30"}
    assert one.data.params["recipe.batch_size"] == "8"
    assert one.data.tags[VERDICT] == WORD
    (model,) = [model for model in models if model.info.run_name == MODELS[3]]
    history = client.get_metric_history(model.info.run_id, "loss")
    assert sorted(point.step for point in history) == list(range(4))
    tables = {Path(file.path).stem for file in client.list_artifacts(one.info.run_id, "tables")}
    assert {"Verdicts", HEADLINE} <= tables
    assert len(client.get_metric_history(one.info.run_id, ONE_MEASURE)) == 3


@needs("trackio")
def test_trackio_has_it_on_this_disk(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(done / "trackio"))  # read when the package is first imported
    # A project of its own: tests of one process share the folder.
    ended = run(done, "--track", "trackio", TRACKIO_PROJECT="followed")
    assert ended.returncode == 0, ended.stderr
    assert "failed" not in ended.stderr

    import trackio
    import trackio.sqlite_storage

    runs = {one.name: one for one in trackio.Api().runs("followed")}
    assert sorted(runs) == sorted(["tiny", *MODELS])
    assert len({one.config["_Group"] for one in runs.values()}) == 1

    def points_of(name: str) -> list[Any]:
        logs: list[Any] = trackio.sqlite_storage.SQLiteStorage.get_logs(
            "followed", name, run_id=runs[name].id
        )
        return logs

    of_model = [point for point in points_of(MODELS[3]) if "loss" in point]
    assert [point["step"] for point in of_model] == list(range(4))
    points = points_of("tiny")
    (headline,) = [point[f"tables/{HEADLINE}"] for point in points if f"tables/{HEADLINE}" in point]
    assert len(headline["_value"]) == 2
    assert [point[VERDICT] for point in points if VERDICT in point] == [WORD]
    assert len([point for point in points if ONE_MEASURE in point]) == 3


@needs("wandb")
def test_wandb_has_it_without_a_network(done: Path) -> None:
    ended = run(done, "--track", "wandb", WANDB_MODE="offline", WANDB_DIR=str(done), WANDB_SILENT="true")
    assert ended.returncode == 0, ended.stderr
    assert "failed" not in ended.stderr
    runs = wandb_files.runs(done)
    assert sorted(runs) == sorted(["tiny", *MODELS])
    begun = [wandb_files.begun(run) for run in runs.values()]
    assert len({run.run_group for run in begun}) == 1
    assert sorted(run.job_type for run in begun) == ["model"] * 6 + ["study"]
    losses = [row for row in wandb_files.history(runs[MODELS[3]]) if "loss" in row]
    assert [row["training_step"] for row in losses] == list(range(4))
    rows, summary = wandb_files.history(runs["tiny"]), wandb_files.summary(runs["tiny"])
    assert [row["replicate"] for row in rows if ONE_MEASURE in row] == [0, 1, 2]
    assert summary[VERDICT] == WORD
    assert [row[f"tables/{HEADLINE}/nrows"] for row in rows if f"tables/{HEADLINE}/nrows" in row] == [2]

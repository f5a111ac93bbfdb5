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
from scotoma.integrations import following, trackers
from scotoma.integrations.trackers import AXES, Point
from tiny_study import TINY

CLAIM = "cell: all, measure: d_prime, contrast: original - start, margin: 9, alpha: 0.05"
STUDY = f"{TINY.replace('replicates: 1', 'replicates: 3')}claims: [{{blindspot: microworld, {CLAIM}}}]\n"
WORD = "INCONCLUSIVE"
LOSSES = {
    f"loss/classifier on {rows}/replicate {replicate}"
    for rows in ("original-60", "original-60 then original-30")
    for replicate in range(3)
}
VERDICT = "verdict/original-30 against start 60/d_prime on microworld all"
ONE_MEASURE = "measures/microworld/all/d_prime/start 60/original-30"


class Recorded:
    """A tracker that keeps what it is told."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name, self.settings = name, settings
        self.values: dict[str, list[tuple[int, float]]] = {}
        self.words: dict[str, str] = {}
        self.numbers: dict[str, float] = {}
        self.closed: list[bool] = []
        RUNS.append(self)

    def points(self, kind: str, found: Iterable[Point]) -> None:
        assert kind in AXES
        for at, values in found:
            for name, value in values.items():
                assert name.startswith(f"{kind}/")
                self.values.setdefault(name, []).append((at, value))

    def result(self, words: Mapping[str, str], numbers: Mapping[str, float]) -> None:
        self.words |= words
        self.numbers |= numbers

    def close(self, is_whole: bool) -> None:
        self.closed.append(is_whole)


class Failing(Recorded):
    def points(self, kind: str, found: Iterable[Point]) -> None:
        raise ConnectionError("https://user:hunter2@tracker.example refused")


class Refusing(Recorded):
    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        raise PermissionError("no key hunter2")


RUNS: list[Recorded] = []


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a tracker in the place of one that may not be installed."""
    RUNS.clear()

    def put(kind: type[Recorded]) -> None:
        monkeypatch.setitem(trackers._KNOWN, "mlflow", ("nothing", kind))
        monkeypatch.setattr(trackers, "_is_here", lambda name: True)

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
    trained = sorted((tmp_path / "store" / "done").glob("train_classifier-*"))
    predicted = sorted((tmp_path / "store" / "done").glob("predict-*"))
    assert (len(trained), len(predicted)) == (6, 6)
    for folder in (trained[0], *predicted[:2]):
        shutil.rmtree(folder)
    return tmp_path


def test_a_tracker_is_told_losses_measures_and_the_verdict(partly: Path, follow: Any) -> None:
    follow(Recorded)
    ended = run(partly, "--track", "mlflow")
    assert ended.returncode == 0, ended.stderr
    assert "3 steps ran" in ended.stderr
    (told,) = RUNS
    assert (told.name, told.closed) == ("tiny", [True])
    assert told.settings["recipe"]["batch_size"] == 8
    assert {name for name in told.values if name.startswith("loss/")} == LOSSES
    assert [at for at, _ in told.values[min(LOSSES)]] == list(range(4))  # 30 rows, 8 at a time
    assert len(told.values[ONE_MEASURE]) == 3
    assert told.words[VERDICT] == WORD
    assert Path(told.words["report"]).is_file()


def test_what_was_done_before_is_told_as_well_with_the_numbers_of_the_report(done: Path, follow: Any) -> None:
    follow(Recorded)
    assert run(done, "--track", "mlflow").returncode == 0
    (told,) = RUNS
    assert {name for name in told.values if name.startswith("loss/")} == LOSSES
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
    (told,) = RUNS
    assert (told.closed, told.words[VERDICT], "report" in told.words) == ([True], WORD, False)


@pytest.mark.long
def test_the_process_that_waits_for_workers_tells(partly: Path, follow: Any) -> None:
    follow(Recorded)
    ended = run(partly, "--track", "mlflow", "--workers", "2")
    assert ended.returncode == 0, ended.stderr
    (told,) = RUNS
    assert {name for name in told.values if name.startswith("loss/")} == LOSSES
    assert told.closed == [True]


def test_a_tracker_that_fails_is_told_of_once_and_without_its_secrets(done: Path, follow: Any) -> None:
    follow(Failing)
    ended = run(done, "--track", "mlflow")
    assert ended.returncode == 0
    assert WORD in ended.stdout
    assert ended.stderr.count("mlflow failed (ConnectionError), and the study goes on without it") == 1
    assert "hunter2" not in ended.stdout + ended.stderr


def test_a_tracker_that_does_not_begin_stops_the_run_before_any_work(tmp_path: Path, follow: Any) -> None:
    follow(Refusing)
    ended = run(tmp_path, "--track", "mlflow")
    assert ended.returncode == 2
    assert "mlflow could not begin a run (PermissionError)" in ended.stderr
    assert "hunter2" not in ended.stderr
    assert not list((tmp_path / "store").glob("done/*"))


def test_a_run_that_fails_is_failed_in_the_tracker_too(
    partly: Path, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(Recorded)
    monkeypatch.setattr("scotoma.stages.predict.Predict.run", lambda self, **given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(partly, "--track", "mlflow")
    (told,) = RUNS
    assert told.closed == [False]
    assert LOSSES - told.values.keys() <= {min(LOSSES), max(LOSSES)}


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
    monkeypatch.setattr(trackers, "_is_here", lambda name: name != "mlflow")
    ended = run(tmp_path, *options)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert not (tmp_path / "store").exists()


def test_a_long_training_is_thinned_out(done: Path, follow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    follow(Recorded)
    monkeypatch.setattr(following, "_MOST", 3)
    assert run(done, "--track", "mlflow").returncode == 0
    (told,) = RUNS
    assert [at for at, _ in told.values[min(LOSSES)]] == [0, 2]


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
    (one,) = client.search_runs([client.get_experiment_by_name("scotoma").experiment_id])
    assert (one.info.run_name, one.info.status) == ("tiny", "FINISHED")
    assert one.data.params["recipe.batch_size"] == "8"
    assert one.data.tags[VERDICT] == WORD
    assert {name for name in one.data.metrics if name.startswith("loss/")} == LOSSES
    history = client.get_metric_history(one.info.run_id, min(LOSSES))
    assert sorted(point.step for point in history) == list(range(4))
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

    (one,) = trackio.Api().runs("followed")
    assert one.name == "tiny"
    points = trackio.sqlite_storage.SQLiteStorage.get_logs("followed", one.name, run_id=one.id)
    for name in LOSSES:
        assert sorted(point["step"] for point in points if name in point)[:2] == [0, 1]
    assert [point[VERDICT] for point in points if VERDICT in point] == [WORD]
    assert len([point for point in points if ONE_MEASURE in point]) == 3


@needs("wandb")
def test_wandb_has_it_without_a_network(done: Path) -> None:
    ended = run(done, "--track", "wandb", WANDB_MODE="offline", WANDB_DIR=str(done), WANDB_SILENT="true")
    assert ended.returncode == 0, ended.stderr
    assert "failed" not in ended.stderr
    rows = wandb_files.history(done)
    for name in LOSSES:
        assert [row["training_step"] for row in rows if name in row][:2] == [0, 1]
    assert [row["replicate"] for row in rows if ONE_MEASURE in row] == [0, 1, 2]
    assert wandb_files.summary(done)[VERDICT] == WORD

"""What the callback logs stands in the tracker's store afterwards, read back with the tracker's own API."""

import importlib.util
from pathlib import Path

import pytest
from small_trainer import PROMPT, small_trainer

from scotoma.integrations import BlindspotCallback

EXTRA = "(pip install 'scotoma[trackers]')"


def needs(package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        importlib.util.find_spec(package) is None, reason=f"not here: {package} {EXTRA}"
    )


def trained(folder: Path, tracker: str) -> list[dict[str, float]]:
    """What the callback says it logged in a training with this tracker."""
    callback = BlindspotCallback("microworld", encode=PROMPT, n_per_cell=5, every=2)
    trainer = small_trainer(folder, report_to=tracker, run_name="watched", project="scotoma")
    callback.attach(trainer)
    trainer.train()
    assert [logged["step"] for logged in callback.history] == [2, 3, 4, 6]
    assert len(callback.history[0]) > 20
    return callback.history


@needs("mlflow")
# MLflow's own tables, with SQLAlchemy 2.1.
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_mlflow_has_every_number_at_its_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow

    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    logged = trained(tmp_path, "mlflow")
    client = mlflow.MlflowClient(store)
    (run,) = client.search_runs(["0"])
    for name in set(logged[0]) - {"step"}:
        found = {point.step: point.value for point in client.get_metric_history(run.info.run_id, name)}
        assert found == {one["step"]: pytest.approx(one[name]) for one in logged}
    assert len(client.get_metric_history(run.info.run_id, "loss")) == 6


@needs("trackio")
def test_trackio_has_every_number_at_its_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Read when the package is first imported.
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    logged = trained(tmp_path, "trackio")

    import trackio.sqlite_storage

    (run,) = trackio.Api().runs("scotoma")
    points = trackio.sqlite_storage.SQLiteStorage.get_logs("scotoma", run.name, run_id=run.id)
    for name in set(logged[0]) - {"step"}:
        found = {
            point["train/global_step"]: point[f"train/{name}"] for point in points if f"train/{name}" in point
        }
        assert found == {one["step"]: pytest.approx(one[name]) for one in logged}
    assert len([point for point in points if "train/loss" in point]) == 6

"""Trackers of experiments as a study writes to them: W&B, MLflow, Trackio; on a server or on this disk.

A study is a group of runs: its own, and one for each model and each generator. Each tracker has its way to
group them: W&B and Trackio by a name, MLflow by the run that others are nested in.

The values of a study's own run belong to a replicate, and their curves each begin at the first. MLflow and
Trackio take every value with a step of its own. W&B drops a value whose step is smaller than that of one
before it (findings/steps-that-go-back.sh), so there the step is a value itself, and the axis of its curves.
"""

import contextvars
import csv
import importlib.util
import io
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, Self, TypeVar

from scotoma.basics.errors import ScotomaError, look_up
from scotoma.basics.spreadsheets import safe

T = TypeVar("T")

_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+")

#: Values at one step.
Point = tuple[int, Mapping[str, float]]

#: Kinds of values, which their names begin with, to the axis on which they are shown.
AXES = {"loss": "training_step", "measures": "replicate"}

#: Project of all studies, where the tracker's own environment variable names no other.
_PROJECT = "scotoma"
#: What servers of MLflow take at once, and of one text.
_METRICS_AT_ONCE, _PARAMS_AT_ONCE, _LONGEST = 1000, 100, 500


@dataclass(frozen=True)
class Begun:
    """What a run begins with.

    Attributes:
        name: Its name.
        group: Name of the group that it is in.
        kind: What it is of: `study`, `model` or `generator`.
        settings: What the tracker shows as its configuration.
    """

    name: str
    group: str
    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Sheet:
    """A table: names of its columns, and rows of text and numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | None]]


class Tracker(Protocol):
    """One run of a tracker: that of a study, or of a part of it."""

    def part(self, begun: Begun) -> Self:
        """Opens a further run in the study's group; the study's own stays open."""

    def points(self, kind: str, points: Iterable[Point]) -> None:
        """Logs values at their steps; their names begin with `kind`, a key of `AXES`."""

    def result(self, words: Mapping[str, str], numbers: Mapping[str, float]) -> None:
        """Logs the final results."""

    def tables(self, tables: Mapping[str, Sheet]) -> None:
        """Logs tables by name."""

    def close(self, is_whole: bool) -> None:
        """Ends the run, as finished or as failed."""


class _WandB:
    def __init__(self, begun: Begun) -> None:
        import wandb

        self._run: Any = wandb.init(
            project=os.environ.get("WANDB_PROJECT", _PROJECT),
            name=begun.name,
            group=begun.group,
            job_type=begun.kind,
            config=dict(begun.settings),
            reinit="create_new",  # the study's own run stays open
            settings=wandb.Settings(console="off"),  # do not capture the study's output
        )
        for kind, axis in AXES.items():
            self._run.define_metric(axis)
            for name in (kind, f"{kind}/*"):
                self._run.define_metric(name, step_metric=axis)

    def part(self, begun: Begun) -> "_WandB":
        return _WandB(begun)

    def points(self, kind: str, points: Iterable[Point]) -> None:
        for at, values in points:
            self._run.log({AXES[kind]: at, **values})

    def result(self, words: Mapping[str, str], numbers: Mapping[str, float]) -> None:
        self._run.summary.update({**words, **numbers})

    def tables(self, tables: Mapping[str, Sheet]) -> None:
        import wandb

        for name, sheet in tables.items():
            rows = [list(row) for row in sheet.rows]
            table = wandb.Table(columns=list(sheet.columns), data=rows, allow_mixed_types=True)
            self._run.log({f"tables/{name}": table})

    def close(self, is_whole: bool) -> None:
        self._run.finish(exit_code=0 if is_whole else 1)


class _MLflow:
    def __init__(self, begun: Begun, parent: "_MLflow | None" = None) -> None:
        import mlflow
        from mlflow.entities import Param

        self._client: Any = parent._client if parent else mlflow.MlflowClient()
        self._experiment: str = parent._experiment if parent else self._known_experiment()
        tags = {"group": begun.group, "kind": begun.kind}
        tags |= {"mlflow.parentRunId": parent._run} if parent else {}
        run = self._client.create_run(self._experiment, run_name=begun.name, tags=tags)
        self._run: str = run.info.run_id
        params = [Param(key, value[:_LONGEST]) for key, value in _flat(begun.settings)]
        for batch in _in_lists(params, _PARAMS_AT_ONCE):
            self._client.log_batch(self._run, params=batch)

    def _known_experiment(self) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", _PROJECT)
        known = self._client.get_experiment_by_name(name)
        number: str = known.experiment_id if known else self._client.create_experiment(name)
        return number

    def part(self, begun: Begun) -> "_MLflow":
        return _MLflow(begun, self)

    def points(self, kind: str, points: Iterable[Point]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = (Metric(name, value, now, at) for at, values in points for name, value in values.items())
        for batch in _in_lists(metrics, _METRICS_AT_ONCE):
            self._client.log_batch(self._run, metrics=batch)

    def result(self, words: Mapping[str, str], numbers: Mapping[str, float]) -> None:
        for name, word in words.items():
            self._client.set_tag(self._run, name, word)
        self.points("", [(0, numbers)])

    def tables(self, tables: Mapping[str, Sheet]) -> None:
        for name, sheet in tables.items():
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(map(_safe, [sheet.columns, *sheet.rows]))
            self._client.log_text(self._run, text.getvalue(), f"tables/{name}.csv")

    def close(self, is_whole: bool) -> None:
        self._client.set_terminated(self._run, "FINISHED" if is_whole else "FAILED")


def _safe(cells: Sequence[str | float | None]) -> list[str | float | None]:
    """The cells of a row; a report's numbers are text already, and no formula."""
    return [safe(cell) if isinstance(cell, str) and not _NUMBER.fullmatch(cell) else cell for cell in cells]


class _Trackio:
    def __init__(self, begun: Begun) -> None:
        import trackio

        # In a context of its own: a run that begins ends the one that was begun before it in the same.
        self._run: Any = contextvars.Context().run(
            trackio.init,
            project=os.environ.get("TRACKIO_PROJECT", _PROJECT),
            name=begun.name,
            group=begun.group,
            config={"kind": begun.kind, **begun.settings},
            embed=False,  # no window in a notebook
            auto_log_gpu=False,
            auto_log_cpu=False,
        )

    def part(self, begun: Begun) -> "_Trackio":
        return _Trackio(begun)

    def points(self, kind: str, points: Iterable[Point]) -> None:
        for at, values in points:
            self._run.log(dict(values), step=at)

    def result(self, words: Mapping[str, str], numbers: Mapping[str, float]) -> None:
        self._run.log({**words, **numbers})

    def tables(self, tables: Mapping[str, Sheet]) -> None:
        import trackio

        for name, sheet in tables.items():
            rows = [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]
            self._run.log({f"tables/{name}": trackio.Table(data=rows)})

    def close(self, is_whole: bool) -> None:
        self._run.finish()


#: By the name that a user gives: the package's module, how it is installed, and the tracker.
_KNOWN: dict[str, tuple[str, type[Any]]] = {
    "wandb": ("wandb", _WandB),
    "mlflow": ("mlflow-skinny sqlalchemy alembic", _MLflow),
    "trackio": ("trackio", _Trackio),
}


def check_installed(name: str) -> None:
    """Checks that a tracker is known and its package installed.

    Raises:
        ScotomaError: it is not; the message has the command that installs it.
    """
    packages, _ = look_up(_KNOWN, name, "tracker", where="--track")
    if not _is_installed(name):
        raise ScotomaError(
            f"{name} is not installed",
            where="--track",
            remedy=f"pip install {packages}, or all of them: pip install 'scotoma[trackers]'",
        )


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def open_tracker(name: str, begun: Begun) -> Tracker:
    """A new run in a tracker.

    Args:
        name: wandb, mlflow or trackio.
        begun: What the run begins with.

    Raises:
        ScotomaError: see `check_installed`; or the tracker refused to start a run.
    """
    check_installed(name)
    try:
        opened: Tracker = _KNOWN[name][1](begun)
    # A tracker may raise any error. Its message may hold an address with a key, so only its kind is told.
    except Exception as error:  # noqa: BLE001
        raise ScotomaError(
            f"{name} could not start a run ({type(error).__name__})",
            where="--track",
            remedy=f"Try {name} by itself: is it logged in, and its server there? {_OFFLINE[name]}",
        ) from None
    return opened


_OFFLINE = {
    "wandb": "WANDB_MODE=offline needs neither.",
    "mlflow": "MLFLOW_TRACKING_URI=sqlite:///mlflow.db needs neither.",
    "trackio": "Without TRACKIO_SPACE_ID and TRACKIO_SERVER_URL it needs neither.",
}


def _in_lists(items: Iterable[T], n: int) -> Iterator[list[T]]:
    """Lists of a number of items, the last with the rest."""
    remaining = iter(items)
    while batch := list(islice(remaining, n)):
        yield batch


def _flat(settings: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Settings as pairs of names, such as `recipe.epochs`, and texts; lists as they are."""
    if isinstance(settings, Mapping) and settings:
        for key, value in settings.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, str(settings)

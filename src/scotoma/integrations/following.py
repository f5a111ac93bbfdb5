"""A study followed by a tracker while it runs: a group of runs, one for each model and generator and its own.

A model's run has its training's losses and its measures; the study's has the measures by replicate, the
verdicts, and in the end the report's tables.

All of it is read from the store, by the process that was asked to run the study. So it does not matter which
process made a step, or when; workers need no tracker, and no result depends on one.
"""

import contextlib
import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from scotoma import __version__
from scotoma.basics.records import PREDICTIONS, read_table
from scotoma.experiment import Evaluated, Plan
from scotoma.integrations.trackers import Begun, Point, Sheet, Tracker, check_installed, open_tracker
from scotoma.measures.measuring import measure
from scotoma.results.models import MODEL_SCHEMA, row_of
from scotoma.results.reader import Reader
from scotoma.results.results import Results
from scotoma.results.tags import general_tags, tagged
from scotoma.run.watch import Watch
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.steps import Step
from scotoma.store.store import Store

#: Most losses of one training that a tracker gets: a curve on a screen needs no more.
_MOST = 1000
#: Seconds between two looks at a store while it is filled.
_EVERY = 5.0

#: What every tracker takes in a name.
_STRANGE = re.compile(r"[^\w.\-/ ]+", re.ASCII)

Training = TrainClassifier | TrainGenerator

#: Opens what watches the steps of a plan that run in this process.
Watching = Callable[[Plan, Store], AbstractContextManager[Watch]]
#: Opens a folder for what several processes say, and what to call while they run.
Overseeing = Callable[[Plan, Store], AbstractContextManager[tuple[Path | None, Callable[[], None]]]]


class Follower:
    """Logs what is new in a study's store to a tracker; without a tracker it does nothing.

    If the tracker fails, logging ends and the study continues.

    Args:
        plan: Plan of the study.
        store: Store that its steps go into.
        track: Name of the tracker; None for none.
        say: Called with a line where the tracker fails.

    Raises:
        ScotomaError: the tracker is not known or not installed.
    """

    def __init__(self, plan: Plan, store: Store, track: str | None, say: Callable[[str], None]) -> None:
        if track is not None:
            check_installed(track)
        self._plan, self._store, self._name, self._say = plan, store, track, say
        self._tracker: Tracker | None = None
        self._is_open, self._looked = False, 0.0
        self._told: set[str] = set()
        self._tags: pl.DataFrame | None = None
        self._group = f"{plan.study.name} {datetime.now().isoformat(' ', 'seconds')}"
        self._replicates = {seed: int(number) for number, seed in plan.study.seeds.items()}
        self._trainings_of_models = {model.predictions.classifier.key for model in plan.models}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.look()
        self._attempt(lambda tracker: tracker.close(kind is None))

    def making(self, make: Callable[[Plan], bool]) -> Callable[[Plan], bool]:
        """Wraps the function that makes steps: the run begins before it, and its results are logged."""

        def followed(part: Plan) -> bool:
            self._open()
            made = make(part)
            self.look()
            return made

        return followed

    def watching(self, watching: Watching) -> Watching:
        """The same watcher, which logs new results after each step."""

        @contextlib.contextmanager
        def followed(part: Plan, store: Store) -> Iterator[Watch]:
            with watching(part, store) as watch:
                yield _Watch(watch, self._look_if_due)

        return followed

    def overseeing(self, overseeing: Overseeing) -> Overseeing:
        """The same, with a look at the store now and then."""

        @contextlib.contextmanager
        def followed(part: Plan, store: Store) -> Iterator[tuple[Path | None, Callable[[], None]]]:
            with overseeing(part, store) as (logs, look):

                def both() -> None:
                    look()
                    self._look_if_due()

                yield logs, both

        return followed

    def look(self) -> None:
        """Logs the models and generators that are done and have not been logged yet."""
        self._attempt(self._tell_steps)
        self._looked = time.monotonic()

    def _look_if_due(self) -> None:
        """Calls `look`, but not again at once: it checks every step that has not been logged."""
        if time.monotonic() - self._looked > _EVERY:
            self.look()

    def end(self, results: Results, page: Path | None = None) -> None:
        """Logs the verdicts, the report's tables and, if there is one, the path of its page."""
        self._open()
        self.look()
        words, numbers = _verdicts(results)
        if page is not None:
            words["report"] = str(page.absolute())
        self._attempt(lambda tracker: tracker.result(words, numbers))
        self._attempt(lambda tracker: tracker.tables(_tables(results)))

    def _open(self) -> None:
        """Begins the run, once.

        Raises:
            ScotomaError: the tracker refused to start a run.
        """
        if self._name is None or self._is_open:
            return
        study = self._plan.study
        settings = {"scotoma": __version__, **study.model_dump(mode="json", context="identity")}
        with contextlib.redirect_stdout(sys.stderr):  # what is printed is the study's
            self._tracker = open_tracker(self._name, Begun(study.name, self._group, "study", settings))
        self._is_open = True

    def _attempt(self, tell: Callable[[Tracker], None]) -> None:
        if self._tracker is None:
            return
        try:
            with contextlib.redirect_stdout(sys.stderr):
                tell(self._tracker)
        # A tracker may raise any error, and a study must not fail for it. Its message may hold an address
        # with a key, so only its kind is told.
        except Exception as error:  # noqa: BLE001
            self._tracker = None
            self._say(
                f"{self._name} failed ({type(error).__name__}), and the study continues without it. When it "
                "is done, the same command sends everything to a new run."
            )

    def _tell_steps(self, tracker: Tracker) -> None:
        for step in self._plan.steps:
            if (
                isinstance(step, Training)
                and step.key not in self._trainings_of_models
                and self._is_new(step)
            ):
                self._tell_training(tracker, step)
        for model in self._plan.models:
            if self._is_new(model.predictions):
                self._tell_model(tracker, model)

    def _tell_training(self, tracker: Tracker, step: Training) -> None:
        """A run of a training that makes no model of the study: that of a generator."""
        what = step.title.removesuffix(f", seed {step.seed}").removeprefix("train ")
        replicate = self._replicates.get(step.seed)
        name = _clean(f"{what}/replicate {replicate}" if replicate is not None else what)
        settings = {"replicate": replicate, "seed": step.seed, "step": step.key}
        run = tracker.part(Begun(name, self._group, "generator", settings))
        run.points("loss", self._losses(step))
        run.close(True)

    def _tell_model(self, tracker: Tracker, model: Evaluated) -> None:
        """A run of a model, and its measures in the study's run too, where they stand by replicate."""
        study, step = self._plan.study, model.predictions
        settings = dict(zip(MODEL_SCHEMA, row_of(model, study), strict=True))
        settings |= {"sample": model.sample, "seed": step.classifier.seed, "step": step.key}
        name = _clean(f"{model.model} from start {model.start}/replicate {model.replicate}")
        measures = self._measures(model)
        run = tracker.part(Begun(name, self._group, "model", settings))
        if self._store.done(step.classifier):
            run.points("loss", self._losses(step.classifier))
        run.result({}, measures)
        run.close(True)
        of = _clean(f"start {model.start}/{model.model}")
        values = {f"measures/{place}/{of}": value for place, value in measures.items()}
        tracker.points("measures", [(model.replicate, values)])

    def _is_new(self, step: Step) -> bool:
        """Whether a step is done and was not logged yet; from now on it counts as logged."""
        if step.key in self._told or not self._store.done(step):
            return False
        self._told.add(step.key)
        return True

    def _losses(self, step: Training) -> list[Point]:
        path = self._store.folder(step) / "training.json"
        losses = json.loads(path.read_text(encoding="utf8"))["loss"]
        shown = range(0, len(losses), math.ceil(len(losses) / _MOST) or 1)
        return [(at, {"loss": losses[at]}) for at in shown]

    def _measures(self, model: Evaluated) -> dict[str, float]:
        """Measures of a model, `TEST/CELL/MEASURE`; those of subcases and templates are in the report."""
        study = self._plan.study
        predictions = read_table(self._store.folder(model.predictions) / PREDICTIONS)
        if self._tags is None:  # the test sets are there, for a model has answered them
            self._tags = general_tags(study, self._plan.general_tests, Reader.of(self._store))
        measures = measure(tagged(predictions, self._tags), study.task, study.blindspots)
        measures = measures.filter(
            pl.col("subcase") == "", pl.col("template") == "", pl.col("value").is_not_null()
        )
        values = {
            _clean(f"{row['test']}/{row['cell']}/{row['measure']}"): row["value"]
            for row in measures.iter_rows(named=True)
        }
        return {name: value for name, value in values.items() if math.isfinite(value)}


class _Watch:
    """A watcher, and a look at the store after steps."""

    def __init__(self, watch: Watch, look: Callable[[], None]) -> None:
        self._watch, self._look = watch, look
        self.begin, self.progress, self.leave_out = watch.begin, watch.progress, watch.leave_out

    def end(self, step: Step, seconds: float) -> None:
        self._watch.end(step, seconds)
        self._look()


def _verdicts(results: Results) -> tuple[dict[str, str], dict[str, float]]:
    """Each verdict's word and sentence; and its estimate, interval and margin."""
    words: dict[str, str] = {}
    numbers: dict[str, float] = {}
    for judgement in results.judgements:
        name = _clean(f"verdict/{judgement.subject}/{judgement.claim.place}")
        words |= {name: judgement.word, f"{name}/sentence": judgement.sentence}
        record: dict[str, Any] = dict(judgement.record())
        values = {part: record[part] for part in ("estimate", "low", "high", "margin")}
        numbers |= {f"{name}/{part}": value for part, value in values.items() if value is not None}
    if results.declaration.exploratory:
        words["claims/exploratory"] = results.declaration.exploratory
    return words, numbers


#: Columns of the verdicts' table, as a record of `results.json` has them.
_OF_A_VERDICT = (
    *("arm", "reference", "start", "blindspot", "cell", "measure", "beyond", "verdict", "estimate", "low"),
    *("high", "margin", "alpha", "p_adjusted", "replicates", "reason", "signature"),
)


def _tables(results: Results) -> dict[str, Sheet]:
    """Every verdict in a row, and the tables of the report."""
    from scotoma.report.tables.contents import named  # with what draws

    records: list[dict[str, Any]] = [dict(one.record()) for one in results.judgements]
    verdicts = [[record[column] for column in _OF_A_VERDICT] for record in records]
    of_report = {
        _clean(name.replace(":", "").replace("/", "-")): Sheet(one.columns, one.rows)
        for name, one in named(results).items()
    }
    return {"Verdicts": Sheet(_OF_A_VERDICT, verdicts), **of_report}


def _clean(name: str) -> str:
    return re.sub(" +", " ", _STRANGE.sub("-", name.replace(" + ", " then "))).strip()

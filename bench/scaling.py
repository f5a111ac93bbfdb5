"""How cost grows with rows of a test set, with arms, with replicates and with steps in a store."""

import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from rich.console import Console

from bench import pairs
from bench.material import Sizes
from scotoma.api.running import outlook
from scotoma.cli.progress import tree
from scotoma.experiment import plan
from scotoma.run.execute import execute
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.store.store import MANIFEST, Store
from scotoma.study.file import load_study
from scotoma.study.settings.generators import FineTuned
from scotoma.study.study import Study


class _Silent:
    """A run's watcher that does nothing."""

    def begin(self, step: object, position: int, n_steps: int) -> None: ...
    def progress(self, done: int, total: int) -> None: ...
    def end(self, step: object, seconds: float) -> None: ...
    def leave_out(self, step: object, why: str) -> None: ...


class _Nothing(Step):
    """A step that does no work and depends on other such steps."""

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False
    number: int
    after: tuple["_Nothing", ...] = ()

    def cost(self, forecast: Forecast) -> Cost:
        """No cost."""
        return Cost()

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        (out / "number").write_text(str(self.number), encoding="utf8")


def by_rows(n_hans: tuple[int, ...] = (90, 180, 360)) -> list[tuple[int, float]]:
    """Rows of HANS, and the seconds to predict them with Gemma 3 270M."""
    return [(n, pairs.once("hans", "ours", Sizes(hans=n))["seconds"]) for n in n_hans]


def by_arms(n_arms: tuple[int, ...] = (1, 2, 3)) -> list[tuple[int, float]]:
    """Number of arms of a small micro-world study, and seconds of the whole run."""
    study = _small()
    return [(n, _run(study.model_copy(update={"arms": study.arms[:n], "claims": ()}))) for n in n_arms]


def by_replicates(n_replicates: tuple[int, ...] = (1, 2, 3)) -> list[tuple[int, float]]:
    """Number of replicates of a small micro-world study, and seconds of the whole run."""
    study = _small()
    return [(n, _run(study.model_copy(update={"replicates": n}))) for n in n_replicates]


def by_steps(n_steps: tuple[int, ...] = (250, 1_000, 4_000, 10_000)) -> list[tuple[int, float]]:
    """Number of steps that do nothing, one in five after four others, and processor seconds to run them."""
    return [(n, _made(n)) for n in n_steps]


def _made(n: int) -> float:
    steps: list[_Nothing] = []
    for number in range(n):
        steps.append(_Nothing(number=number, after=tuple(steps[-4:]) if number % 5 == 4 else ()))
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        execute(steps, Store(Path(folder)), device="cpu", watch=_Silent())
        return time.process_time() - started


def status_by_steps(n_replicates: tuple[int, ...] = (14, 55, 220, 550)) -> list[tuple[int, float]]:
    """Steps of a study that has run, and processor seconds of `scotoma status` for it."""
    return [_told(n) for n in n_replicates]


def _told(replicates: int) -> tuple[int, float]:
    study = load_study("quickstart", replicates=replicates)
    with tempfile.TemporaryDirectory() as folder:
        for step in plan(study).steps:
            made = Path(folder) / "done" / step.key
            made.mkdir(parents=True)
            manifest = {**step.identity, "key": step.key, "seconds": 1.0}
            (made / MANIFEST).write_text(json.dumps(manifest), encoding="utf8")
        started = time.process_time()
        planned = plan(load_study("quickstart", replicates=replicates))
        Console(file=io.StringIO()).print(tree(planned, Store(Path(folder))))
        return len(planned.steps), time.process_time() - started


def plan_by_steps(n_replicates: tuple[int, ...] = (14, 55, 220, 550)) -> list[tuple[int, float]]:
    """Steps of a study that has not run, and processor seconds of `scotoma plan` for it."""
    rates = []
    for n in n_replicates:
        with tempfile.TemporaryDirectory() as folder:
            started = time.process_time()
            planned = plan(load_study("quickstart", replicates=n))
            outlook(planned, Store(Path(folder)), sd=None, power=0.8, parameters=None)
            rates.append((len(planned.steps), time.process_time() - started))
    return rates


def _small() -> Study:
    """The quickstart with a start of 600, arms of 150 to 300 and one replicate."""
    study = load_study("quickstart", replicates=1)
    assert isinstance(study.generator, FineTuned)
    sampling = study.generator.sampling.model_copy(update={"candidates_per_label": 300})
    generator = study.generator.model_copy(update={"sampling": sampling})
    sizes = zip(study.arms, (300, 300, 150), strict=True)
    arms = tuple(arm.model_copy(update={"n": n}) for arm, n in sizes)
    return study.model_copy(update={"starts": (600,), "arms": arms, "generator": generator, "claims": ()})


def _run(study: Study) -> float:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        execute(plan(study).steps, Store(Path(folder)), device="cpu", watch=_Silent())
        return time.perf_counter() - started

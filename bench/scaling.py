"""How the cost grows: with rows of a test set, with arms, with replicates."""

import tempfile
import time
from pathlib import Path

from bench import pairs
from bench.material import Sizes
from scotoma.experiment import plan
from scotoma.run.execute import execute
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.generators import FineTuned
from scotoma.study.study import Study


class _Silent:
    """Watches a run and says nothing."""

    def begin(self, step: object, position: int, n_steps: int) -> None: ...
    def progress(self, done: int, total: int) -> None: ...
    def end(self, step: object, seconds: float) -> None: ...


def by_rows(n_hans: tuple[int, ...] = (90, 180, 360)) -> list[tuple[int, float]]:
    """Rows of HANS, and seconds to predict them, with Gemma 3 270M."""
    return [(n, pairs.once("hans", "ours", Sizes(hans=n))["seconds"]) for n in n_hans]


def by_arms(n_arms: tuple[int, ...] = (1, 2, 3)) -> list[tuple[int, float]]:
    """Arms of a small micro-world study, and seconds of the whole run."""
    study = _small()
    return [(n, _run(study.model_copy(update={"arms": study.arms[:n], "claims": ()}))) for n in n_arms]


def by_replicates(n_replicates: tuple[int, ...] = (1, 2, 3)) -> list[tuple[int, float]]:
    """Replicates of it, and seconds of the whole run."""
    study = _small()
    return [(n, _run(study.model_copy(update={"replicates": n}))) for n in n_replicates]


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

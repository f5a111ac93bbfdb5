"""A store that is unfinished, failed, foreign or half deleted: what is there is reported, the rest named."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest

from fake_study import Plan as FakePlan
from fake_study import make, plan, study
from scotoma.report.figures import figures
from scotoma.report.page import page as page_of
from scotoma.results import Results, results
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from toy import Toy

if TYPE_CHECKING:
    from scotoma.experiment import Plan


def report(planned: FakePlan, root: Path) -> tuple[Results, str]:
    found = results(cast("Plan", planned), Store(root))
    return found, page_of(found, figures(found))


@pytest.fixture
def planned() -> FakePlan:
    return plan(study(replicates=2))


@pytest.mark.parametrize("harm", ["deleted", "altered", "no manifest to read"])
def test_an_artifact_that_is_not_what_it_was_is_named_and_left_out(
    planned: FakePlan, tmp_path: Path, harm: str
) -> None:
    store = make(planned, tmp_path)
    harmed = next(model for model in planned.models if (model.replicate, model.arm.kind) == (1, "synthetic"))
    folder = store.folder(harmed.predictions)
    if harm == "deleted":
        (folder / "predictions.parquet").unlink()
    elif harm == "altered":
        (folder / "predictions.parquet").write_bytes(b"PAR1")
    else:
        (folder / "manifest.json").write_text("{")
    found, page = report(planned, tmp_path)
    assert [str(model) for model in found.missing] == ["replicate 1, start 4000, arm synthetic-1500"]
    (gap,) = found.gaps
    assert "altered or missing" in gap
    assert "--remake" in gap
    assert "--remake" in page
    assert found.measures.height > 0


def test_texts_that_are_gone_leave_the_answers_that_turned(planned: FakePlan, tmp_path: Path) -> None:
    store = make(planned, tmp_path)
    ((_, texts),) = planned.models[0].predictions.tests
    (store.folder(texts) / "examples.parquet").unlink()
    found, _ = report(planned, tmp_path)
    (browser,) = (one for one in found.browsers if one.name == "turned")
    assert all("not in the store" in row for row in browser.rows)
    assert len(found.gaps) == 1


class Failing(Toy):
    """Fails."""

    version: ClassVar[int] = 1

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        raise ValueError("the disk <b>caught</b> fire")


def test_a_step_that_failed_is_named_with_its_cause(planned: FakePlan, tmp_path: Path) -> None:
    store, failing = make(planned, tmp_path), Failing()
    with pytest.raises(ValueError, match="fire"):
        store.make(failing, Runtime())
    found, page = report(FakePlan(planned.study, planned.models, (*planned.steps, failing)), tmp_path)
    assert found.gaps == ("failing failed: ValueError: the disk <b>caught</b> fire",)
    assert "the disk &lt;b&gt;caught&lt;/b&gt; fire" in page


class FailingWeights(Failing):
    """Stands for a model that no step of the plan is waiting for."""

    version: ClassVar[int] = 1
    leaves_weights: ClassVar[bool] = True


def test_weights_that_failed_and_that_nothing_needs_are_no_gap(planned: FakePlan, tmp_path: Path) -> None:
    store, failing = make(planned, tmp_path), FailingWeights()
    with pytest.raises(ValueError, match="fire"):
        store.make(failing, Runtime())
    found, _ = report(FakePlan(planned.study, planned.models, (*planned.steps, failing)), tmp_path)
    assert found.gaps == ()


def test_the_store_of_another_study_is_said_to_be_one(planned: FakePlan, tmp_path: Path) -> None:
    make(plan(study(replicates=1), n=30), tmp_path)
    found, page = report(planned, tmp_path)
    assert len(found.missing) == len(planned.models)
    (gap,) = found.gaps
    assert gap.endswith("has the predictions of 4 models; none is of this study as it is now.")
    assert "Nothing has been evaluated yet." in page


def test_a_store_that_is_not_there_is_said_not_to_be_and_not_made(planned: FakePlan, tmp_path: Path) -> None:
    found: Any = results(cast("Plan", planned), Store(tmp_path / "nowhere"))
    assert found.gaps == (f"There is no store at {tmp_path / 'nowhere'}; name another with --store.",)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_store_is_said_to_be_empty_and_left_as_it_is(
    planned: FakePlan, tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("Chapter 1")
    found: Any = results(cast("Plan", planned), Store(tmp_path))
    assert found.gaps == (f"{tmp_path} has no finished step of any study; name another with --store.",)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]

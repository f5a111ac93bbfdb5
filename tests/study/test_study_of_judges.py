"""Arms whose labels a judge confirms: what is planned, what is refused, what is said of it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scotoma.basics.errors import ScotomaError
from scotoma.experiment import Plan, plan
from scotoma.report.methods import _arms
from scotoma.stages.ask_judge import AskJudge
from scotoma.stages.assemble import Assemble
from scotoma.stages.predict import Predict
from scotoma.study.file import load_study
from scotoma.study.study import Study
from three_arms import THREE_ARMS

BY_JUDGE, BY_LABELLER = {"verified": {"n": 60, "by": "judge"}}, {"verified": 60}
AGREED = {"verified": {"n": 60, "by": "agreement", "answers": 3, "agreeing": 2}}
SERVER = {
    "url": "http://127.0.0.1:1/v1",
    "model": "large",
    "api": "chat",
    "instruction": "Say one of {labels}.",
    "sampling": {"temperature": 0.7, "top_p": 1, "max_new_tokens": 200},
}


def read(folder: Path, *arms: Any, **changes: Any) -> Study:
    content = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
    content |= {"arms": list(arms), "claims": [], "replicates": 1, "judge": {"original": 300}, **changes}
    (folder / "mine.yaml").write_text(yaml.safe_dump(content))
    return load_study(str(folder / "mine.yaml"))


def judged(planned: Plan, name: str) -> tuple[Any, ...]:
    """The steps that give the judge's answers for an arm."""
    (model,) = [one for one in planned.models if one.arm.name == name]
    data = model.predictions.classifier.data
    assert isinstance(data, Assemble)
    return data.judged


def test_a_judge_is_a_classifier_on_originals_and_further_answers_are_those_of_others(tmp_path: Path) -> None:
    planned = plan(read(tmp_path, BY_JUDGE, AGREED))
    (one,), three = judged(planned, "verified-judge-60"), judged(planned, "verified-agreement-3-2-60")
    assert isinstance(one, Predict)
    assert three[0] == one  # answers that there are already are not asked for again
    assert len({step.classifier.key for step in three}) == 3
    assert [step.classifier.data.arm.n for step in three] == [300] * 3
    assert len({step.classifier.data.key for step in three}) == 3


def test_a_judge_behind_a_server_is_asked_once_for_each_answer(tmp_path: Path) -> None:
    planned = plan(read(tmp_path, BY_JUDGE, AGREED, judge={"endpoint": SERVER}))
    (one,), three = judged(planned, "verified-judge-60"), judged(planned, "verified-agreement-3-2-60")
    assert all(isinstance(step, AskJudge) for step in three)
    assert three[0] == one
    assert [step.answer for step in three] == [1, 2, 3]


def test_an_arm_of_the_labeller_s_is_drawn_by_the_same_step_beside_a_judge(tmp_path: Path) -> None:
    keys = [
        next(m.predictions.key for m in plan(study).models if m.arm.name == "verified-60")
        for study in (
            read(tmp_path, BY_LABELLER, judge=None, labeller="exact"),
            read(tmp_path, BY_LABELLER, BY_JUDGE, labeller="exact"),
        )
    ]
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("arm", "told"),
    [
        ({"n": 60, "by": "agreement"}, "needs answers and agreeing, such as"),
        ({"n": 60, "by": "agreement", "answers": 3, "agreeing": 4}, "4 of 3 answers cannot agree"),
        ({"n": 60, "by": "judge", "answers": 3}, "are settings of by: agreement"),
        ({"n": 60, "by": "judge", "verifier_accuracy": 0.8}, "leave it out with by: judge"),
        ({"n": 60, "by": "somebody"}, "somebody"),
    ],
)
def test_settings_that_do_not_fit_the_verifier_are_refused(
    tmp_path: Path, arm: dict[str, Any], told: str
) -> None:
    with pytest.raises(ScotomaError, match=told):
        read(tmp_path, {"verified": arm})


def test_an_arm_by_a_judge_needs_one_and_a_judge_an_arm(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="arm verified needs `judge`"):
        read(tmp_path, BY_JUDGE, judge=None)
    with pytest.raises(ScotomaError, match="no arm uses it"):
        read(tmp_path, BY_LABELLER, labeller="exact")


def test_several_answers_at_temperature_0_are_refused(tmp_path: Path) -> None:
    still = {**SERVER, "sampling": {**SERVER["sampling"], "temperature": 0}}  # type: ignore[dict-item]
    with pytest.raises(
        ScotomaError, match=r"at 0 all answers are the same, but arm verified-agreement-3-2-60"
    ):
        read(tmp_path, AGREED, judge={"endpoint": still})
    assert read(tmp_path, BY_JUDGE, judge={"endpoint": still})


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        (
            {"endpoint": SERVER, "original": 300},
            "`endpoint` must be the only setting of a judge; got original",
        ),
        ({"original": 0}, "judge.original"),
        ({"endpoint": {**SERVER, "instruction": ""}}, "judge.endpoint.instruction"),
        ({"endpoint": {**SERVER, "shots": 3}}, "judge.endpoint.shots"),
        ({"endpoint": {**SERVER, "url": "http://me:secret@host/v1"}}, "a URL must look like"),
    ],
)
def test_a_judge_that_is_written_wrong_is_refused_at_its_place(tmp_path: Path, judge: Any, told: str) -> None:
    with pytest.raises(ScotomaError, match=told):
        read(tmp_path, BY_JUDGE, judge=judge)


def test_the_methods_say_who_the_judge_is_and_how_many_answers_agree(tmp_path: Path) -> None:
    trained = _arms(read(tmp_path, BY_JUDGE, AGREED))
    assert (
        "verified: synthetic rows to which the judge gives the label that they were written with." in trained
    )
    assert "in at least 2 of 3 answers" in trained
    assert "trained on 300 original examples" in trained
    asked = _arms(read(tmp_path, BY_JUDGE, judge={"endpoint": SERVER}))
    assert "The judge is large, asked for the label through a server's API (chat; temperature 0.7" in asked
    assert "'Say one of {labels}.'" in asked

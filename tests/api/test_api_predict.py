"""A causal language model's answers to a blind spot, from Python and from the command line."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import scotoma
from command_line import scotoma as command
from scotoma.basics.errors import ScotomaError
from scotoma.models import likelihood
from scotoma.models.likelihood import LabelPrompts

BASE = "bundled:microworld_base"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[LabelPrompts]:
    """What a model is asked, which gives the later of two labels more, the further the row."""
    found: list[LabelPrompts] = []

    def answer(name: str, question: LabelPrompts, **how: object) -> np.ndarray:
        found.append(question)
        n, labels = len(question.ids), len(question.words)
        return np.arange(n)[:, None] * np.arange(labels)[None, :] * 0.1 - 1

    monkeypatch.setattr(likelihood, "log_likelihoods", answer)
    return found


def test_the_predictions_are_what_score_and_compare_take(told: list[LabelPrompts]) -> None:
    found = scotoma.predict("model", blindspot="microworld", n=60, seed=1)
    (question,) = told
    assert found.height == 60
    assert question.words == {label: label for label in ("entailment", "neutral", "contradiction")}
    assert question.prompts[0].startswith(
        f"Premise: {found['premise'][0]} Hypothesis: {found['hypothesis'][0]}"
    )
    assert found.select(pl.sum_horizontal("^p_.*$")).to_series().to_list() == pytest.approx([1.0] * 60)
    assert set(found["predicted"][1:]) == {"contradiction"}
    scored = scotoma.score(found, blindspot="microworld")
    assert scored.n == 60
    assert scored.found.cells[1].accuracy == pytest.approx(1, abs=0.05)


def test_rows_are_those_that_a_harness_is_given(told: list[LabelPrompts]) -> None:
    from scotoma.blindspots import MICROWORLD
    from scotoma.integrations.export.rows import blindspot_rows
    from scotoma.tasks import TASKS

    found = scotoma.predict("model", blindspot="microworld", n=30, seed=3)
    rows = blindspot_rows(MICROWORLD, TASKS["microworld"], 30, 3)
    assert found["id"].to_list() == [row["id"] for row in rows]
    assert told[0].prompts == [row["prompt"] for row in rows]


def test_prompt_and_words_may_be_others(told: list[LabelPrompts]) -> None:
    prompt, words = "{premise} So: {hypothesis} True?", {"entailment": "yes", "neutral": "maybe"}
    scotoma.predict("model", blindspot="microworld", n=3, prompt=prompt, words=words)
    (question,) = told
    assert question.template == prompt
    assert question.prompts[0].endswith(" True?")
    assert question.words == {"entailment": "yes", "neutral": "maybe", "contradiction": "contradiction"}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"prompt": "{hypothesis} {premise}"}, r"must name \['premise', 'hypothesis'\] once each.*prompt"),
        ({"prompt": "{premise}"}, r"must name .* Write \{premise\} and \{hypothesis\} where the texts go"),
        ({"words": {"yes": "entailment"}}, r"'yes' is not a label of task 'microworld' \(words\)"),
        ({"words": {"neutral": " "}}, r"there are no words for 'neutral' of task 'microworld'"),
        ({"task": "mnly"}, "Did you mean 'mnli'"),
        ({"n": 10**6}, r"1,000,000 were asked for \(n\)"),
        ({"n": 0}, r"0 rows were asked for \(n\). Ask for at least 1"),
        ({"n": -5}, r"-5 rows were asked for \(n\)"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    told: list[LabelPrompts], how: dict[str, object], message: str
) -> None:
    with pytest.raises(ScotomaError, match=message):
        scotoma.predict("model", blindspot="microworld", **how)  # type: ignore[arg-type]
    assert told == []


def test_the_command_writes_a_file_that_score_reads(tmp_path: Path) -> None:
    how = ("--blindspot", "microworld", "--n", "60", "--device", "cpu")
    ended = command("predict", BASE, *how, "--out", "base.csv", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "Wrote 60 predictions to base.csv" in ended.stdout
    assert "Then: scotoma score base.csv --blindspot microworld" in ended.stdout
    scored = command("score", "base.csv", "--blindspot", "microworld", cwd=tmp_path)
    assert "60 rows of blind spot microworld" in scored.stdout
    assert command("predict", BASE, *how, "--out", "again.csv", cwd=tmp_path).returncode == 0
    assert (tmp_path / "base.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()


def test_a_file_of_no_known_format_is_refused_before_a_model_is_read(tmp_path: Path) -> None:
    ended = command("predict", "nowhere", "--blindspot", "hans", "--out", "a.txt", cwd=tmp_path)
    assert ended.returncode == 2
    assert "'a.txt' does not end in a known format" in ended.stderr

"""Task models that answer by likelihood: what is planned, what is refused, what is said of it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from scotoma.basics.errors import ScotomaError
from scotoma.experiment import Plan, plan
from scotoma.report.answering import probabilities, without_head
from scotoma.run.cost import count_costs
from scotoma.run.inspection import Look, inspect
from scotoma.stages.long_rows import check_long_rows
from scotoma.stages.predict import Predict
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.answers import Answers
from scotoma.study.study import Study
from scotoma.tasks import Task
from three_arms import THREE_ARMS
from tiny_encoders import make_encoder

WORDS = {"entailment": "Yes", "neutral": "Maybe", "contradiction": "No"}
ASKED = {"by": "likelihood", "prompt": "{premise} {hypothesis}", "words": WORDS}
SHARDED = {"processes": 2, "sharding": "fsdp"}


def read(folder: Path, answers: Any = ASKED, **changes: Any) -> Study:
    content = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
    content |= {"replicates": 1, **({"answers": answers} if answers else {}), **changes}
    (folder / "mine.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf8")
    return load_study(str(folder / "mine.yaml"))


def steps(planned: Plan, stage: type) -> list[Any]:
    return [step for step in planned.steps if isinstance(step, stage)]


def test_only_task_models_change_and_a_study_with_heads_keeps_its_steps(tmp_path: Path) -> None:
    headless, heads = plan(read(tmp_path)), plan(read(tmp_path, None))
    assert "answers" not in steps(heads, TrainClassifier)[0].identity["settings"]
    theirs = {step.key for step in heads.steps}
    assert {step.stage for step in headless.steps if step.key not in theirs} == {
        "train_classifier",
        "predict",
    }


def test_words_that_are_the_labels_may_be_left_out(tmp_path: Path) -> None:
    spelt = {"entailment": "entailment", "neutral": "neutral", "contradiction": "contradiction"}
    one, other = (
        plan(read(tmp_path, {"by": "likelihood", "words": words})).steps[-1].key for words in (spelt, {})
    )
    assert one == other
    assert one != plan(read(tmp_path, {"by": "likelihood", "loss": "all"})).steps[-1].key


def test_the_prompt_is_the_task_models_and_not_the_generators(tmp_path: Path) -> None:
    planned = plan(read(tmp_path))
    asked = {step.task.classifier_prompt for step in steps(planned, TrainClassifier)}
    assert asked == {step.task.classifier_prompt for step in steps(planned, Predict)} == {ASKED["prompt"]}
    (writes,) = steps(planned, TrainGenerator)
    assert writes.task.classifier_prompt.startswith("Premise:")


@pytest.mark.parametrize(
    ("answers", "changes", "message"),
    [
        ({"by": "head"}, {}, r"answers\.by: Input should be 'likelihood'"),
        ({"by": "likelihood", "verbalizers": {}}, {}, "answers.verbalizers: unknown setting"),
        (ASKED | {"words": {"yes": "Yes"}}, {}, r"answers\.words: 'yes' is not a label of task 'microworld'"),
        (ASKED | {"words": {"neutral": " "}}, {}, "answers.words: there are no words for 'neutral'"),
        (ASKED | {"words": {"neutral": True}}, {}, "answers.words.neutral: Input should be a valid string"),
        (
            ASKED | {"words": {"neutral": True}},
            {},
            ".*got True. Write the word in quotes: YAML",
        ),
        (ASKED | {"words": {"neutral": 1}}, {}, ".*valid string, got 1. Write it in quotes"),
        (ASKED | {"words": {"neutral": " Maybe"}}, {}, ".*the words of 'neutral' begin with white space"),
        ("likelihood", {}, "answers: Input should be a mapping of settings, got 'likelihood'"),
        (ASKED | {"words": ["Yes"]}, {}, r"answers\.words: Input should be a mapping, got \['Yes'\]"),
        (ASKED | {"words": {"neutral": "entailment"}}, {}, "answers.words: words named twice: entailment"),
        (ASKED | {"prompt": "{premise}"}, {}, r"answers\.prompt: prompt '\{premise\}' must name"),
        (ASKED | {"loss": "none"}, {}, "answers.loss: Input should be 'answer' or 'all'"),
        (ASKED, {"distributed": SHARDED}, "distributed.sharding: a task model that answers by likelihood"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(
    tmp_path: Path, answers: Any, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScotomaError, match=rf"mine.yaml:\d+ {message}"):
        read(tmp_path, answers, **changes)


def test_an_encoder_is_refused_where_it_is_named(tmp_path: Path) -> None:
    make_encoder("bert", tmp_path / "bert", ["<pad>", "<s>", "</s>", "<unk>", "doctor"])
    base = {"name": "bert", "precision": "fp32", "adapter": {"kind": "full"}}
    with pytest.raises(ScotomaError, match=r"model: .*bert is an encoder and has no likelihood of words"):
        read(tmp_path, model=base, generator=None, screening=None, arms=[{"original": 30}], claims=[])


def test_words_that_a_base_cannot_tell_apart_are_found_before_anything_runs(tmp_path: Path) -> None:
    words = {"entailment": "Yes", "neutral": "Yes .", "contradiction": "No"}
    planned = plan(read(tmp_path, ASKED | {"words": words}))
    (misfit,) = inspect(planned, Look(Store(tmp_path / "store"))).misfits
    assert "the words of 'entailment' ('Yes') have no tokens, or are the beginning of those of" in str(misfit)
    assert "(answers: words)" in str(misfit)
    assert not inspect(plan(read(tmp_path)), Look(Store(tmp_path / "store"))).misfits


def test_a_row_that_is_too_long_only_with_its_words_is_found_before_anything_runs(tmp_path: Path) -> None:
    words = {"entailment": "Yes", "neutral": " ".join(["Maybe"] * 250), "contradiction": "No"}
    (step, *_) = steps(plan(read(tmp_path, ASKED | {"words": words})), TrainClassifier)
    texts = {"premise": ["doctor", "the doctor saw the lawyer ."], "hypothesis": ["judge", "the judge saw ."]}
    rows = pl.DataFrame({"id": ["short", "long"], **texts})
    with pytest.raises(ScotomaError, match="1 row is longer than the model's 256 positions: long "):
        check_long_rows(step.base, step.task, rows, "rows.tsv", step.answers)
    check_long_rows(step.base, step.task, rows.head(1), "rows.tsv", step.answers)


def test_words_longer_than_the_base_reads_are_told_as_such(tmp_path: Path) -> None:
    words = {"entailment": "Yes", "neutral": " ".join(["Maybe"] * 500), "contradiction": "No"}
    misfits = inspect(plan(read(tmp_path, ASKED | {"words": words})), Look(Store(tmp_path / "s"))).misfits
    told = str(misfits[0])
    assert "the words of 'neutral' have 500 tokens, and the model has 256 positions in all: 'Maybe" in told
    assert "(answers: words)" in told


def test_of_words_of_two_scripts_the_longest_in_bytes_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[int] = []

    def look(base: Path, task: Task, rows: pl.DataFrame, answers: Answers) -> None:
        looked_at.append(rows.height)

    monkeypatch.setattr("scotoma.models.classifier_training.prompts", look)
    study = read(tmp_path, ASKED | {"words": {"neutral": "д" * 240, "entailment": "m" * 241}})
    (step, *_) = steps(plan(study), TrainClassifier)
    rows = pl.DataFrame({"id": ["one"], "premise": ["x"], "hypothesis": ["y"]})
    monkeypatch.setattr("scotoma.stages.long_rows.find_config", lambda *of: {"n_positions": 400})
    check_long_rows(step.base, step.task, rows, "rows", step.answers)
    assert looked_at == [1]


def test_adapters_may_train_the_head_of_the_language_model(tmp_path: Path) -> None:
    lora = {"kind": "lora", "rank": 2, "alpha": 4, "dropout": 0.0, "targets": ["q_proj", "lm_head"]}
    base = {"name": "bundled:microworld_base", "precision": "fp32", "adapter": lora}
    assert not inspect(plan(read(tmp_path, model=base)), Look(Store(tmp_path / "store"))).misfits


def test_the_cost_has_the_words_that_are_learned_and_those_that_are_asked(tmp_path: Path) -> None:
    def costs(stage: type, words: dict[str, str], **more: Any) -> list[tuple[float, float]]:
        planned = plan(read(tmp_path, ASKED | {"words": words, **more}))
        found = count_costs(planned, Store(tmp_path / "store")).steps
        return [(cost.tokens, cost.flops) for step, cost in found if isinstance(step, stage)]

    longer = {"entailment": "Yes Yes Yes", "neutral": "Maybe Maybe Maybe", "contradiction": "No No No"}
    for ours, theirs in zip(costs(TrainClassifier, WORDS), costs(TrainClassifier, longer), strict=True):
        n_rows = 8000 if theirs[0] - ours[0] == pytest.approx(16000) else 4000
        assert theirs[0] - ours[0] == pytest.approx(2 * n_rows)  # two tokens more, four times
    (one, *_), (three, *_) = costs(Predict, WORDS), costs(Predict, longer)
    assert 3 * one[0] < three[0] < 3.5 * one[0]
    assert costs(TrainClassifier, WORDS, loss="all")[0][1] > costs(TrainClassifier, WORDS)[0][1]


def test_methods_say_how_labels_are_read_and_what_was_learned(tmp_path: Path) -> None:
    said = without_head(read(tmp_path, starts=[0, 300]))
    assert "words ('Yes' for entailment, 'Maybe' for neutral, 'No' for contradiction) are likeliest" in said
    assert "after the prompt '{premise} {hypothesis}'" in said
    assert (
        "the loss was over these words alone. The start that has seen 0 examples is the base as it is."
        in said
    )
    whole = without_head(read(tmp_path, ASKED | {"loss": "all"}))
    assert whole.endswith("the loss was over every token, including the prompt's.")
    assert "softmax over labels of the log likelihood of their words" in probabilities(read(tmp_path))
    heads = read(tmp_path, None)
    assert (without_head(heads), probabilities(heads)) == ("", "Probabilities were read from one pass")

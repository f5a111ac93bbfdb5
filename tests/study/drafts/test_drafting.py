"""What a draft says, and that the study is one once a person has decided what it leaves open."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from drafted import ANSWERS, decided, write_csv
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.models.names import resolve
from scotoma.study.drafts.drafting import Draft, DraftRequest, draft
from scotoma.study.file import load_study
from scotoma.study.study import Study
from scotoma.tasks import MNLI, QQP
from tiny_encoders import make_encoder

PEOPLE = ("doctor", "lawyer", "judge", "actor", "student", "teacher")
BASE = "bundled:microworld_base"


def pairs(
    path: Path, labels: tuple[object, ...], n: int = 24, *, texts: str = "", **more: tuple[object, ...]
) -> str:
    """A file of pairs whose labels, and other columns, take turns; texts are those of the file's name."""
    columns, said = {"label": labels, **more}, texts or path.stem
    rows = [
        (f"The {PEOPLE[n % 6]} saw {n} .", f"It was {said} .", *(of[n % len(of)] for of in columns.values()))
        for n in range(n)
    ]
    write_csv(path, ("premise", "hypothesis", *columns), rows)
    return str(path)


def drafted(folder: Path, **wanted: Any) -> Draft:
    return draft(DraftRequest(**wanted), folder / "mine.yaml")


def study_of(folder: Path, made: Draft, **answers: str) -> Study:
    path = folder / "mine.yaml"
    path.write_text(decided(made.text, {**ANSWERS, **answers}))
    return load_study(str(path))


def settings(made: Draft) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(made.text)
    return found


def open_settings(made: Draft) -> list[str]:
    return [one.setting for one in made.undecided]


@pytest.mark.parametrize("labels", [("yes", "no"), ("a", "b", "c"), (0, 1)])
@pytest.mark.parametrize("test", [True, False])
@pytest.mark.parametrize("spot", [True, False])
@pytest.mark.parametrize("model", [BASE, None])
def test_a_draft_is_a_study_once_it_is_decided(
    tmp_path: Path, labels: tuple[object, ...], test: bool, spot: bool, model: str | None
) -> None:
    made = drafted(
        tmp_path,
        model=model,
        train=pairs(tmp_path / "train.csv", labels),
        test=pairs(tmp_path / "test.csv", labels, 12) if test else None,
        blindspot=pairs(tmp_path / "spot.csv", labels, 12) if spot else None,
        lora=False,
    )
    first, *others = map(str, labels)
    both = yaml.safe_dump({first: first, **dict.fromkeys(others, "other")}, default_flow_style=True).strip()
    found = study_of(
        tmp_path,
        made,
        target=f'"{first}"',
        label_map=both if len(labels) == 3 else "",
        classifier_prompt='"{premise} {hypothesis}"',
        generator_text='"Label: {label} One: {premise} Two: {hypothesis}"',
        general=pairs(tmp_path / "given.csv", labels, 12),
        source=pairs(tmp_path / "other.csv", labels[:2], 12),
        **{"model.name": BASE},
    )
    assert found.task.fields == ("premise", "hypothesis")
    assert found.task.labels == tuple(sorted(map(str, labels)))
    assert [arm.kind for arm in found.arms] == ["original", "synthetic"]
    assert len({arm.n for arm in found.arms}) == 1
    assert found.claims[0].margin == found.claims[1].margin == 0.25
    assert len(made.text.splitlines()) <= 95


def test_a_bundled_task_leaves_its_prompts_alone_and_names_the_blind_spots_that_fit(tmp_path: Path) -> None:
    made = drafted(tmp_path, model=BASE, task=MNLI)
    assert settings(made)["task"] == "mnli"
    assert "hans" in made.undecided[0].what
    assert open_settings(made) == [
        "blindspots[0]",
        "data.train",
        "data.tests.general",
        "starts[0]",
        "generator.sampling.candidates_per_label",
        "arms[0].original",
        "claims[0].margin",
    ]
    with_hans = drafted(tmp_path, model=BASE, task=MNLI, blindspot=HANS)
    assert settings(with_hans)["blindspots"] == ["hans"]
    with pytest.raises(ScotomaError, match="does not fit the task's labels"):
        drafted(tmp_path, model=BASE, task=QQP, blindspot=HANS)


def test_the_label_of_a_shortcut_is_known_where_the_blind_spots_rows_have_two_labels(tmp_path: Path) -> None:
    train = pairs(tmp_path / "train.csv", ("entails", "neutral", "contradicts"))
    spot = pairs(tmp_path / "spot.csv", ("entails", "does not"), heuristic=("overlap", "negation"))
    made = settings(drafted(tmp_path, model=BASE, train=train, blindspot=spot))
    (written,) = made["blindspots"]
    assert made["task"]["target"] == written["target"] == "entails"
    assert written["label_map"] == {"contradicts": "does not", "entails": "entails", "neutral": "does not"}
    assert list(written["heuristics"]) == ["negation", "overlap"]
    assert "select" not in written
    assert made["claims"][0]["blindspot"] == written["name"] == "spot"


@pytest.mark.parametrize(
    ("said", "target"), [(None, "contradiction"), ("contradiction", "contradiction"), ("neutral", "rest")]
)
def test_a_shortcut_may_lead_to_another_label_than_the_bundled_tasks_target(
    tmp_path: Path, said: str | None, target: str
) -> None:
    file = pairs(tmp_path / "spot.csv", ("contradiction", "rest"))
    (written,) = settings(drafted(tmp_path, model=BASE, task=MNLI, blindspot=file, target=said))["blindspots"]
    assert written["target"] == target
    assert written["label_map"] == {
        "entailment": "rest",
        "neutral": "rest",
        "contradiction": "contradiction",
    }


def test_of_rows_with_the_tasks_labels_the_one_that_is_named_is_told_from_the_rest(tmp_path: Path) -> None:
    file = pairs(tmp_path / "spot.csv", MNLI.labels)
    made = drafted(tmp_path, model=BASE, task=MNLI, blindspot=file, target="contradiction")
    (written,) = settings(made)["blindspots"]
    assert written["target"] == "contradiction"
    assert written["label_map"] == {
        "entailment": "other",
        "neutral": "other",
        "contradiction": "contradiction",
    }
    without_file = drafted(tmp_path, model=BASE, task=MNLI, target="contradiction")
    assert settings(without_file)["blindspots"][0]["label_map"] == written["label_map"]


def test_an_own_tasks_target_may_count_as_the_rest_in_the_rows_of_a_blind_spot(tmp_path: Path) -> None:
    train = pairs(tmp_path / "train.csv", ("yes", "perhaps", "no"))
    spot = pairs(tmp_path / "spot.csv", ("no", "other"))
    made = settings(drafted(tmp_path, model=BASE, train=train, blindspot=spot, target="yes"))
    assert (made["task"]["target"], made["blindspots"][0]["target"]) == ("yes", "other")


def test_where_a_given_blind_spots_shortcut_leads_to_either_of_two_labels_the_tasks_target_is_to_be_decided(
    tmp_path: Path,
) -> None:
    either = HANS.model_copy(update={"name": "either", "target": "non-entailment"})
    train = pairs(tmp_path / "train.csv", MNLI.labels)
    made = drafted(tmp_path, model=BASE, train=train, blindspot=either)
    assert "task.target" in open_settings(made)
    assert settings(made)["blindspots"][0]["target"] == "non-entailment"
    decided_so = drafted(tmp_path, model=BASE, train=train, blindspot=either, target="neutral")
    assert settings(decided_so)["task"]["target"] == "neutral"


def test_a_blind_spot_of_one_label_is_claimed_on_with_accuracy(tmp_path: Path) -> None:
    train = pairs(tmp_path / "train.csv", ("yes", "no"))
    spot = pairs(tmp_path / "spot.csv", ("no",))
    made = settings(drafted(tmp_path, model=BASE, train=train, blindspot=spot, target="yes"))
    assert made["claims"][0]["cell"] == "all/no"
    assert made["claims"][0]["measure"] == "accuracy"


def test_the_users_words_for_labels_hold_in_every_file(tmp_path: Path) -> None:
    train, test, spot = (pairs(tmp_path / f"{name}.csv", (1, 0)) for name in ("train", "test", "spot"))
    made = drafted(
        tmp_path, model=BASE, train=train, test=test, blindspot=spot, labels={"0": "bad", "1": "good"}
    )
    sources = settings(made)["data"]["train"], settings(made)["blindspots"][0]["source"]
    assert [source["labels"] for source in sources] == [{"0": "bad", "1": "good"}] * 2
    answers = {"target": "good", "classifier_prompt": '"{premise}{hypothesis}"'}
    found = study_of(tmp_path, made, **answers, generator_text='"A {label} B {premise} C {hypothesis}"')
    assert found.task.labels == ("bad", "good")


def test_paths_are_those_that_the_studys_folder_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "studies").mkdir()
    shutil.copytree(resolve(BASE).paths[0], tmp_path / "base")
    pairs(tmp_path / "train.csv", ("Yes", "No"))
    monkeypatch.chdir(tmp_path)
    made = draft(DraftRequest(model="base", train="train.csv"), Path("studies/mine.yaml"))
    assert settings(made)["data"]["train"]["file"] == "../train.csv"
    assert settings(made)["model"]["name"] == "../base"


def test_rows_that_are_tested_on_are_not_counted_for_training(tmp_path: Path) -> None:
    train = pairs(tmp_path / "train.csv", ("yes", "no"), 40)
    test = pairs(tmp_path / "test.csv", ("yes", "no"), 20, texts="train")
    assert settings(drafted(tmp_path, model=BASE, train=train, test=test))["starts"] == [10]
    with pytest.raises(ScotomaError, match="only 0 rows labelled 'no' are neither repeated nor in"):
        drafted(tmp_path, model=BASE, train=train, test=train)


def test_low_rank_updates_go_to_the_models_own_linear_layers(tmp_path: Path) -> None:
    train = pairs(tmp_path / "train.csv", ("yes", "no"))
    adapter = settings(drafted(tmp_path, model=BASE, train=train, lora=True))["model"]["adapter"]
    assert adapter["kind"] == "lora"
    assert set(adapter["targets"]) == {
        "q_proj",
        "k_proj",
        "v_proj",
        "o_proj",
        "gate_proj",
        "up_proj",
        "down_proj",
    }
    elsewhere = drafted(tmp_path, model="somebody/not-here", train=train)
    assert "model.adapter.targets" in open_settings(elsewhere)
    assert "memory not known" in " ".join(elsewhere.notes)


def test_a_model_too_large_for_this_machine_is_trained_by_low_rank_updates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = pairs(tmp_path / "train.csv", ("yes", "no"))
    monkeypatch.setattr("scotoma.study.drafts.base._memory", lambda: 100_000_000)
    assert settings(drafted(tmp_path, model=BASE, train=train))["model"]["adapter"]["kind"] == "lora"
    monkeypatch.setattr("scotoma.study.drafts.base._memory", lambda: 100_000_000_000)
    assert settings(drafted(tmp_path, model=BASE, train=train))["model"]["adapter"]["kind"] == "full"


def test_an_encoder_needs_another_model_that_writes(tmp_path: Path) -> None:
    train = pairs(tmp_path / "train.csv", ("yes", "no"))
    bert = make_encoder("bert", tmp_path / "bert", ("<pad>", "<s>", "</s>", "<unk>", *PEOPLE))
    made = drafted(tmp_path, model=str(bert), train=train, lora=False)
    assert "generator.model.name" in open_settings(made)
    assert "task.classifier_prompt" not in open_settings(made)


def _without(name: str, folder: Path) -> str:
    shutil.copytree(resolve(BASE).paths[0], folder / "model")
    for path in (folder / "model").glob(name):
        path.unlink()
    return str(folder / "model")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("tokenizer*", "tokenizer"),
        ("*.safetensors", "a tokenizer and no weights"),
        ("config.json", "no config.json"),
    ],
)
def test_a_model_that_could_not_be_trained_is_refused(tmp_path: Path, missing: str, message: str) -> None:
    train = pairs(tmp_path / "train.csv", ("yes", "no"))
    with pytest.raises(ScotomaError, match=message):
        drafted(tmp_path, model=_without(missing, tmp_path), train=train)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({}, "neither a task nor training data"),
        ({"train": "gone.csv"}, "gone.csv"),
        (
            {"train": "train.csv", "test": "strange.csv"},
            "not known: 'maybe' in 8 rows .*strange.csv:4",
        ),
        ({"train": "train.csv", "blindspot": "strange.csv"}, "labels maybe are not labels of the task"),
        ({"train": "train.csv", "target": "maybe"}, "'maybe' is not a label of the task"),
        ({"train": "train.csv", "model": "./nothing"}, "'./nothing' does not exist"),
        (
            {"task": MNLI, "target": "neutral", "blindspot": HANS},
            "the shortcut of blind spot 'hans' leads to entailment, not to neutral",
        ),
        ({"task": MNLI, "train": "other.csv"}, "no column for premise, hypothesis"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: Mapping[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    pairs(tmp_path / "train.csv", ("yes", "no"))
    pairs(tmp_path / "strange.csv", ("yes", "no", "maybe"))
    write_csv(tmp_path / "other.csv", ("a", "b", "label"), [("x y", "z w", "neutral")])
    with pytest.raises(ScotomaError, match=message):
        draft(DraftRequest(**wanted), Path("mine.yaml"))


def test_a_test_set_that_lacks_a_label_is_remarked_on(tmp_path: Path) -> None:
    train = pairs(tmp_path / "train.csv", ("a", "b", "c"))
    test = pairs(tmp_path / "test.csv", ("a", "b"))
    notes = " ".join(drafted(tmp_path, model=BASE, train=train, test=test).notes)
    assert f"No row of {test} is labelled c." in notes


def test_a_text_that_is_called_as_the_mark_is_no_mark(tmp_path: Path) -> None:
    train = pairs(tmp_path / "train.csv", ("DECIDE", "NOT"))
    made = drafted(tmp_path, model=BASE, train=train, target="DECIDE")
    assert "task.target" not in open_settings(made)
    assert settings(made)["task"]["labels"] == ["DECIDE", "NOT"]


def test_another_studys_blind_spot_is_written_whole(tmp_path: Path) -> None:
    train, spot = (pairs(tmp_path / f"{name}.csv", ("Yes", "No")) for name in ("train", "spot"))
    made = drafted(tmp_path, model=BASE, train=train, blindspot=spot, target="Yes")
    texts = {
        "classifier_prompt": '"{premise}{hypothesis}"',
        "generator_text": '"A {label} B {premise} C {hypothesis}"',
    }
    first = study_of(tmp_path, made, **texts, general=spot)
    again = drafted(tmp_path, model=BASE, train=train, blindspot=first.blindspots[0])
    found = study_of(tmp_path, again, **texts, general=spot)
    assert found.blindspots == first.blindspots


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"text": "body"}, ": text (column body); label: "),
        ({"review": "body"}, ": text review (column body); label: "),
        ({"text": "body", "reply": "answer"}, ": texts text (column body), reply (column answer); label: "),
    ],
)
def test_the_kind_of_a_column_is_not_said_twice(tmp_path: Path, columns: dict[str, str], said: str) -> None:
    train = tmp_path / "train.csv"
    lines = [f"one of row {n},two of row {n},{'yes' if n % 2 else 'no'}" for n in range(40)]
    train.write_text("\n".join(["body,answer,label", *lines]) + "\n")
    (note, *_) = drafted(tmp_path, model=BASE, train=str(train), columns=columns).notes
    assert note.startswith(f"{train}{said}")

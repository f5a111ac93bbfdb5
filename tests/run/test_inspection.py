"""What is told of a study's data before anything runs."""

import importlib
import json
import pkgutil
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import scotoma.stages
from scotoma.arms import ARMS
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.cli.app import app
from scotoma.experiment import plan
from scotoma.models.names import resolve
from scotoma.run.inspection import Inspection, Look, inspect
from scotoma.stages.grammars import draw_rows, sketch_rows
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.sources import Source
from small_study import STUDY

Change = Callable[[dict[str, Any]], object]
Of = Callable[[int], str]

#: Stages of which nothing can be known before they run, and why.
NOT_BEFORE = {
    "TrainClassifier": "weights and memory; adapters and rows too long for a base: `run.models_fit`",
    "TrainGenerator": "weights and memory; adapters that do not fit a base: `run.models_fit`",
    "Sample": "what a generator writes",
    "SampleOn": "what a generator writes further",
    "AskOn": "what a server writes further",
    "AskJudge": "what a judge answers; the pool that it is asked about is its own step",
    "Embed": "weights, memory and the length of tokenised rows; its rows are their own steps",
}

LABELS = ("entailment", "neutral", "contradiction")


def write(path: Path, n: int, begin: int = 0, **columns: Of) -> None:
    """A file of n rows, the labels in turn; no text of it stands in another that begins elsewhere."""
    rows = [
        {
            "premise": f"The doctor saw {i} lawyers .",
            "hypothesis": f"The doctor saw {i} people .",
            "label": LABELS[i % 3],
            **{name: of(i) for name, of in columns.items()},
        }
        for i in range(begin, begin + n)
    ]
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")


def spot(path: Path, heuristic: Of = lambda i: "overlap", **columns: Of) -> None:
    write(path, 8, 1000, label=two_ways, heuristic=heuristic, **columns)


def two_ways(i: int) -> str:
    return ("entailment", "non-entailment")[i % 2]


def content(folder: Path, change: Change = lambda study: None) -> dict[str, Any]:
    """A study whose data are 90 rows to train on, 12 to test on, and 8 of a blind spot."""
    write(folder / "train.tsv", 90)
    write(folder / "test.tsv", 12, 500)
    spot(folder / "spot.tsv")
    study: dict[str, Any] = yaml.safe_load(STUDY)
    study["blindspots"] = [
        {
            "name": "mine",
            "title": "Mine",
            "heuristics": {"overlap": "What overlaps is entailed.", "length": "What is short is entailed."},
            "label_map": {LABELS[0]: LABELS[0], **dict.fromkeys(LABELS[1:], "non-entailment")},
            "target": "entailment",
            "source": "spot.tsv",
        }
    ]
    study["data"] = {"train": "train.tsv", "tests": {"general": "test.tsv"}, "repeated_pairs": "keep"}
    study |= {"starts": [30], "arms": [{"original": 30}], "claims": []}
    change(study)
    return study


def look(folder: Path, change: Change = lambda study: None, store: Path | None = None) -> Inspection:
    study = content(folder, change)
    (folder / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    planned = plan(load_study(str(folder / "mine.yaml")))
    return inspect(planned, Look(Store(store or folder / "store")))


def told(folder: Path, change: Change = lambda study: None) -> str:
    found = look(folder, change)
    assert found.misfits
    with pytest.raises(ScotomaError) as refusal:
        found.refuse_misfits()
    assert not (folder / "store").exists()
    return str(refusal.value)


def test_data_that_fit_are_said_to_be_read_and_nothing_is_written(tmp_path: Path) -> None:
    found = look(tmp_path)
    found.refuse_misfits()
    assert found.read[0] == "train.tsv: 90 rows, 30 contradiction, 30 entailment, 30 neutral."
    assert {path.name for path in tmp_path.iterdir()} == {"mine.yaml", "spot.tsv", "test.tsv", "train.tsv"}


def test_rows_that_a_grammar_labels_otherwise_than_the_blind_spot_are_refused_before_anything_runs(
    tmp_path: Path,
) -> None:
    def renamed(study: dict[str, Any]) -> None:
        (spot,) = study["blindspots"]
        spot["source"] = {"microworld": {"part": "blindspot", "n": 1}}
        spot["label_map"] = {"entailment": "yes", "neutral": "no", "contradiction": "no"}
        spot |= {"target": "no", "heuristics": dict.fromkeys(HANS.heuristics, "What overlaps is entailed.")}

    said = told(tmp_path, renamed)
    assert "rows are labelled non-entailment and entailment, but the labels of blind spot mine are no" in said
    assert "labels: {non-entailment: LABEL, entailment: LABEL}" in said

    def explained(study: dict[str, Any]) -> None:
        renamed(study)
        study["blindspots"][0]["source"]["labels"] = {"entailment": "yes", "non-entailment": "no"}

    look(tmp_path, explained).refuse_misfits()


def test_how_labels_were_read_is_said_once_a_source(tmp_path: Path) -> None:
    def with_codes(study: dict[str, Any]) -> None:
        write(tmp_path / "train.tsv", 90, label=lambda i: str(i % 3))
        study["replicates"] = 3

    (line,) = [line for line in look(tmp_path, with_codes).read if line.startswith("train.tsv")]
    assert "Labels are integers, read in the order of the task's labels: 0 as entailment (30)" in line


def prompted(study: dict[str, Any], shots: int | None, n: int = 80) -> dict[str, Any]:
    own = study["generator"]
    sampling = {**own["sampling"], "candidates_per_label": n}
    if shots is None:
        return {**own, "sampling": sampling}
    return {"prompted": {"shots": shots, "sampling": sampling}}


def asked(study: dict[str, Any], shots: int) -> dict[str, Any]:
    server = {"url": "http://127.0.0.1:9/v1", "model": "tiny", "api": "chat", "shots": shots}
    return {"endpoint": {**server, "sampling": study["generator"]["sampling"]}}


def arm(**settings: Any) -> Change:
    return lambda study: study["arms"].append(settings)


def written(writer: Callable[[dict[str, Any]], dict[str, Any]], **more: Any) -> Change:
    return lambda study: study.update(arms=[{"synthetic": 3}], generator=writer(study), **more)


def trained_on(source: dict[str, Any]) -> Change:
    return lambda study: study["data"].update(train=source)


ORIGINAL = "original examples labelled 'entailment'; there are"
SYNTHETIC = "screened synthetic rows labelled 'entailment'; there are at most"
SHOTS = "31 shots are asked for, but only 30 original examples are labelled 'entailment'"
SIZES: list[tuple[Change, str]] = [
    (arm(original=75), f"arm original-75 asks for 25 {ORIGINAL} 20 (of 60 that may be drawn from)"),
    (
        arm(original={"n": 33, "samples": 3}),
        f"arm original-33 asks for 3 disjoint samples of 11 {ORIGINAL} 20 (of 60 that may be drawn from). "
        "Lower the arm's size or its number of samples",
    ),
    (
        arm(synthetic={"n": 90, "samples": 3}),
        f"arm synthetic-90 asks for 3 disjoint samples of 30 {SYNTHETIC} 80",
    ),
    (
        arm(relabelled={"n": 90, "samples": 3}),
        "arm relabelled-90 asks for 3 disjoint samples of 90 screened synthetic rows; there are at most",
    ),
    (
        arm(file={"source": "test.tsv", "n": 9, "samples": 2}),
        "arm file-test-9 asks for 2 disjoint samples of 3 rows of its file",
    ),
    (lambda study: study.update(starts=[300]), f"start 300 asks for 100 {ORIGINAL} 30"),
    (arm(synthetic=300), f"arm synthetic-300 asks for 100 {SYNTHETIC} 80"),
    (arm(coverage={"share": 0.5, "n": 300}), f"arm coverage-0.5-300 asks for 100 {SYNTHETIC} 80"),
    (
        arm(relabelled=300),
        "arm relabelled-300 asks for 300 screened synthetic rows; there are at most 240",
    ),
    (arm(noise_matched=75), "arm noise_matched-75 asks for 75 original examples; there are 60"),
    (arm(mixed={"synthetic": 0.1, "n": 90}), f"arm mixed-0.1-90 asks for 27 {ORIGINAL} 20"),
    (arm(biased={"dose": 0.1, "n": 90}), f"arm biased-0.1-90 asks for 27 {ORIGINAL} 20"),
    (arm(original_biased=66), f"arm original_biased-66 asks for 22 {ORIGINAL} 0 (of 40"),
    (
        arm(file={"source": "test.tsv", "n": 15}),
        "arm file-test-15 asks for 5 rows of its file labelled 'entailment'; there are 4 (of 12",
    ),
    (
        arm(counter_examples={"share": 0.9, "n": 60, "source": "train.tsv"}),
        "arm counter_examples-0.9-60 has room for 20 rows labelled 'entailment', and 54",
    ),
    (
        arm(counter_examples={"share": 0.5, "n": 90, "source": {"microworld": {"part": "counter", "n": 9}}}),
        "arm counter_examples-0.5-90 asks for 23 counter-examples labelled 'neutral'; there are 5",
    ),
    (written(lambda study: prompted(study, 31)), SHOTS),
    (written(lambda study: asked(study, 31)), SHOTS),
    (
        written(lambda study: prompted(study, None, 20), rounds={"k": 2, "data": "replace"}),
        "round 2 learns from 90 rows that round 1 wrote, 30 of each label; it writes at most 20 entail",
    ),
    (
        trained_on({"microworld": {"part": "train", "n": 45, "dial": 0.5}}),
        f"arm original-30 asks for 10 {ORIGINAL} 5",
    ),
    (
        trained_on({"hans": {"n_per_subcase": 9999}, "labels": {"non-entailment": "neutral"}}),
        "distinct pairs; 9999 were asked for",
    ),
]


@pytest.mark.parametrize(("change", "message"), SIZES, ids=[message[:40] for _, message in SIZES])
def test_a_size_that_does_not_exist_is_told(tmp_path: Path, change: Change, message: str) -> None:
    assert message in told(tmp_path, change)


#: What arms whose rows a generator writes must say beside their size.
MORE: dict[str, dict[str, Any]] = {
    "mixed": {"synthetic": 1},
    "z_filtered": {"threshold": 2},
    "counter_examples": {"share": 0, "source": "more.tsv"},
    "coverage": {"share": 0.5},
    "noise_matched": {"texts": "synthetic"},
}


@pytest.mark.parametrize("kind", [kind for kind, one in ARMS.items() if "generator" in one.needs])
def test_no_arm_may_ask_for_more_rows_than_its_generator_writes(tmp_path: Path, kind: str) -> None:
    write(tmp_path / "more.tsv", 90, 5000)
    said = told(tmp_path, arm(**{kind: {"n": 243, **MORE.get(kind, {})}}))
    assert f"arm {kind}" in said
    assert re.search(r"asks for (81|243) screened synthetic rows.*there are at most (80|240)", said)


def test_a_heuristic_that_the_blind_spot_does_not_have_is_told_with_the_nearest(tmp_path: Path) -> None:
    def misspelt(study: dict[str, Any]) -> None:
        spot(tmp_path / "spot.tsv", lambda i: "overlpa" if i < 1005 else "overlap")

    said = told(tmp_path, misspelt)
    assert "5 rows name the heuristic 'overlpa', which blind spot mine does not have: " in said
    assert "Did you mean 'overlap'?" in said


def test_rows_that_contradict_a_published_id_are_told_with_what_fixes_them(tmp_path: Path) -> None:
    def turned(study: dict[str, Any]) -> None:
        # ex0 to ex4999 are not entailed, ex15000 to ex19999 of the same heuristic are; here 1 is entailment.
        def id_of(i: int) -> str:
            return f"ex{(i - 1000) * 10 + (15_000 if i % 2 else 0)}"

        write(tmp_path / "spot.tsv", 40, 1000, pairID=id_of, label=lambda i: str(i % 2))
        study["blindspots"] = [
            {"name": "hans", "source": {"file": "spot.tsv", "labels": {1: "non-entailment", 0: "entailment"}}}
        ]

    said = told(tmp_path, turned)
    assert "the gold label of 40 of 40 rows is not that of their published id" in said
    assert "labels: {0: non-entailment, 1: entailment}" in said


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("length/non-entailment", "no row of blind spot mine is in cell 'length/non-entailment'"),
        ("subcase:pasive", "is in cell 'subcase:pasive' (claims[0]). Known: subcase:passive."),
        ("template:t2/non-entailment", "Did you mean 'template:t1/non-entailment'?"),
    ],
)
def test_a_claim_on_a_cell_that_no_row_has_is_told(tmp_path: Path, cell: str, message: str) -> None:
    def claimed(study: dict[str, Any]) -> None:
        spot(tmp_path / "spot.tsv", subcase=lambda i: "passive", template=lambda i: "t1")
        claim = {"contrast": "original - start", "margin": 0.1, "alpha": 0.05}
        study["claims"] = [{"blindspot": "mine", "cell": cell, "measure": "accuracy", **claim}]

    assert message in told(tmp_path, claimed)


def on_one_label(tmp_path: Path, cell: str, measure: str) -> Change:
    """A claim on a blind spot whose rows of `overlap` are all not entailed, of `length` all entailed."""

    def claimed(study: dict[str, Any]) -> None:
        spot(tmp_path / "spot.tsv", lambda i: "overlap" if i % 2 else "length")
        claim = {"contrast": "original - start", "margin": 0.1, "alpha": 0.05}
        study["claims"] = [{"blindspot": "mine", "cell": cell, "measure": measure, **claim}]

    return claimed


@pytest.mark.parametrize(
    ("cell", "measure"),
    [
        *(("overlap", measure) for measure in ("auc", "hit_rate", "d_prime", "macro_f1")),
        ("length", "false_alarm_rate"),
    ],
)
def test_a_claim_on_a_measure_that_has_no_value_without_a_label_is_told_where_that_has_no_row(
    tmp_path: Path, cell: str, measure: str
) -> None:
    label = "entailment" if cell == "overlap" else "non-entailment"
    said = told(tmp_path, on_one_label(tmp_path, cell, measure))
    assert f"{measure} is not defined without rows labelled {label!r}" in said
    assert f"in cell {cell!r} is labelled {label!r} (claims[0])" in said


@pytest.mark.parametrize(
    ("cell", "measure"),
    [("length", "hit_rate"), ("overlap", "false_alarm_rate"), ("overlap", "worst_group_accuracy")],
)
def test_a_claim_on_a_measure_that_rows_of_one_label_give_a_value_is_taken(
    tmp_path: Path, cell: str, measure: str
) -> None:
    assert not look(tmp_path, on_one_label(tmp_path, cell, measure)).misfits


@pytest.mark.parametrize(
    ("measure", "only", "lacks"),
    [
        ("d_prime", "entailment", "'contradiction' or 'neutral'"),
        ("hit_rate", "neutral", "'entailment'"),
        ("macro_f1", "entailment", "'neutral'"),
        ("accuracy", "entailment", ""),
        ("false_alarm_rate", "neutral", ""),
    ],
)
def test_a_claim_beyond_a_test_set_without_the_labels_of_its_measure_is_told(
    tmp_path: Path, measure: str, only: str, lacks: str
) -> None:
    def claimed(study: dict[str, Any]) -> None:
        write(tmp_path / "test.tsv", 12, 500, label=lambda i: only)
        claim = {"contrast": "original - start", "margin": 0.1, "alpha": 0.05, "beyond": "general"}
        study["claims"] = [{"blindspot": "mine", "cell": "all", "measure": measure, **claim}]

    if not lacks:
        assert not look(tmp_path, claimed).misfits
        return
    assert f"{measure} is not defined without rows labelled {lacks}, and test set" in told(tmp_path, claimed)


def test_a_claim_on_a_subcase_that_a_grammar_does_not_write_is_told(
    tmp_path: Path,
) -> None:
    def claimed(study: dict[str, Any]) -> None:
        study["blindspots"] = [{"name": "hans", "source": {"hans": {"n_per_subcase": 50}}}]
        claim = {"contrast": "original - start", "margin": 0.1, "alpha": 0.05, "measure": "accuracy"}
        study["claims"] = [{"blindspot": "hans", "cell": "subcase:ln_pasive", **claim}]

    assert "Did you mean 'subcase:ln_passive'?" in told(tmp_path, claimed)


def test_a_claim_on_a_subcase_that_the_published_hans_does_not_have_is_told_before_it_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    hub = "hub:jhu-cogsci/hans@refs/convert/parquet:validation"

    def claimed(cell: str) -> Change:
        claim = {"blindspot": "hans", "contrast": "original - start", "margin": 0.1, "alpha": 0.05}
        return lambda study: study.update(
            blindspots=[{"name": "hans", "source": hub}],
            claims=[{**claim, "measure": "accuracy", "cell": cell}],
        )

    assert "Did you mean 'subcase:ln_passive'?" in told(tmp_path, claimed("subcase:ln_pasive"))
    look(tmp_path, claimed("subcase:ln_passive")).refuse_misfits()


def test_test_rows_in_the_training_data_are_told_by_file_and_line_or_left_out(tmp_path: Path) -> None:
    def leaking(study: dict[str, Any]) -> None:
        write(tmp_path / "test.tsv", 12, 84)

    said = told(tmp_path, leaking)
    assert (
        "6 rows of test set 'general' stand in the training data: test.tsv:2 is train.tsv:86, test.tsv:3 is "
        "train.tsv:87, test.tsv:4 is train.tsv:88, ... (data)." in said
    )
    assert "`test_rows_in_train: drop`" in said

    def dropping(study: dict[str, Any]) -> None:
        leaking(study)
        study["data"]["test_rows_in_train"] = "drop"
        study["arms"].append({"file": {"source": "train.tsv"}})

    found = look(tmp_path, dropping)
    found.refuse_misfits()
    labels = "28 contradiction, 28 entailment, 28 neutral"
    assert f"train.tsv: 84 rows, {labels}; left out: 6 (in a test set)." in found.read

    def too_many_then(study: dict[str, Any]) -> None:
        dropping(study)
        study["arms"].append({"original": 57})

    assert "there are 18 (of 54" in told(tmp_path, too_many_then)


def test_in_a_paraphrase_task_a_test_pair_is_found_swapped(tmp_path: Path) -> None:
    def swapped(study: dict[str, Any]) -> None:
        pairs = [(f"He saw {i} men .", f"He met {i} men .") for i in range(20)]
        spots = [(f"One {i} .", f"Two {i} .") for i in range(8)]
        for name, rows in (("train", pairs), ("test", [pair[::-1] for pair in pairs]), ("spot", spots)):
            lines = [f"{first}\t{second}\t{i % 2}" for i, (first, second) in enumerate(rows)]
            header = "sentence1\tsentence2\tlabel"
            (tmp_path / f"{name}.tsv").write_text("\n".join([header, *lines]) + "\n", encoding="utf8")
        study |= {"task": "qqp", "labeller": None, "heuristic": None, "arms": [{"original": 4}]}
        study["starts"], study["blindspots"] = [4], [{"name": "paws", "source": "spot.tsv"}]

    assert "20 rows of test set 'general' stand in the training data" in told(tmp_path, swapped)


def test_dropping_test_rows_is_no_part_of_a_study_that_does_not_say_it(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content(tmp_path)), encoding="utf8")
    study = load_study(str(tmp_path / "mine.yaml"))
    assert "test_rows_in_train" not in study.model_dump(mode="json", context="identity")["data"]
    assert "ReadApart" not in {type(step).__name__ for step in plan(study).steps}


def test_every_misfit_is_told_at_once_and_each_but_once(tmp_path: Path) -> None:
    def wrong(study: dict[str, Any]) -> None:
        write(tmp_path / "train.tsv", 90, label=lambda i: "entailed" if i == 7 else LABELS[i % 3])
        spot(tmp_path / "spot.tsv", lambda i: "overlpa")
        study["data"]["tests"]["more"] = {"file": "test.tsv", "columns": {"premise": "text_a"}}
        study["replicates"] = 4
        study["arms"] += [{"original": 300}, {"file": {"source": "test.tsv", "n": 30}}]

    said = told(tmp_path, wrong)
    assert said.startswith("4 faults, found before anything runs:\n")
    for part in ("train.tsv:9", "'overlpa'", "text_a", "arm file-test-30 asks for 10"):
        assert said.count(part) == 1, said


def test_a_test_row_that_is_longer_than_the_base_reads_is_told_once(tmp_path: Path) -> None:
    def write_long(study: dict[str, Any]) -> None:
        long = " ".join(["The doctor saw the lawyer ."] * 60)
        spot(tmp_path / "spot.tsv", premise=lambda i: long if i == 1003 else f"The doctor saw {i} lawyers .")
        study |= {"replicates": 3, "arms": [{"original": 30}, {"original": 60}]}

    said = told(tmp_path, write_long)
    assert re.match(r"1 row is longer than the model's 256 positions: \S+-3 \(test set 'mine'\)\. ", said)


def test_a_training_row_that_is_longer_than_the_base_reads_is_told_once(tmp_path: Path) -> None:
    def write_long(study: dict[str, Any]) -> None:
        long = " ".join(["The doctor saw the lawyer ."] * 60)
        write(
            tmp_path / "train.tsv", 90, premise=lambda i: long if i == 7 else f"The doctor saw {i} lawyers ."
        )
        study |= {"replicates": 3, "arms": [{"original": 30}, {"original": 60}]}

    said = told(tmp_path, write_long)
    assert re.match(r"1 row is longer than the model's 256 positions: \S+-7 \(train.tsv\)\. ", said)


@pytest.mark.parametrize("where", ["model", "generator"])
def test_an_adapter_on_layers_that_the_base_lacks_is_told(tmp_path: Path, where: str) -> None:
    lora = {"kind": "lora", "rank": 2, "alpha": 4, "dropout": 0.0, "targets": ["q_proj", "query"]}

    def misnamed(study: dict[str, Any]) -> None:
        study[where]["adapter"] = lora
        study["arms"] = [{"original": 30}, {"synthetic": 30}]

    said = told(tmp_path, misnamed)
    assert said.startswith("adapter names layers that the model does not have: query (adapter: targets")
    assert "q_proj" in said.partition("linear layers are")[2]


def test_code_of_a_study_is_not_run(tmp_path: Path) -> None:
    def by_code(study: dict[str, Any]) -> None:
        code = "raise SystemExit('it ran')\n\ndef holds(premise, hypothesis): pass\n"
        (tmp_path / "own.py").write_text(code, encoding="utf8")
        write(tmp_path / "spot.tsv", 8, 1000, label=two_ways)
        study["blindspots"][0]["select"] = {"overlap": {"code": "own:holds"}}
        study["heuristic"] = {"predicate": {"code": "own:holds"}, "label": "entailment"}
        study["arms"] += [{"original_biased": 30}]

    found = look(tmp_path, by_code)
    found.refuse_misfits()
    assert found.read[-1].startswith("Not checked: spot.tsv (rows are chosen by the study's own code")


def test_a_data_set_of_the_hub_is_not_fetched(tmp_path: Path) -> None:
    found = look(tmp_path, lambda study: study["data"].update(train="hub:some/data:train"))
    found.refuse_misfits()
    assert found.read[-1] == "Not checked: some/data:train (on the hub: the run fetches what is not here)."


def test_a_folder_with_a_model_that_makes_no_classifier_is_told(tmp_path: Path) -> None:
    def seeing(study: dict[str, Any]) -> None:
        base = shutil.copytree(resolve("bundled:microworld_base").paths[0], tmp_path / "base")
        (base / "config.json").write_text(json.dumps({"model_type": "vit"}), encoding="utf8")
        study["model"]["name"] = "base"

    assert "a model of type 'vit' has no sequence classifier" in told(tmp_path, seeing)


def test_a_name_that_the_hub_cannot_have_is_told_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misnamed(study: dict[str, Any]) -> None:
        study["model"]["name"] = "bases of mine"
        study["data"]["train"] = "hub:data of mine:train"

    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content(tmp_path, misnamed)), encoding="utf8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    ended = CliRunner().invoke(app, ["plan", "mine.yaml"])
    assert isinstance(ended.exception, ScotomaError)
    assert str(ended.exception).startswith(
        "2 faults, found before anything runs:\n  data set 'data of mine' is neither a folder here"
    )
    assert "model 'bases of mine' is neither a folder here nor a possible name on the hub" in str(
        ended.exception
    )
    said = CliRunner().invoke(app, ["doctor", "mine.yaml"]).output
    assert "missing weights bases of mine in the hub's local cache: no config.json" in said


def test_what_a_run_has_read_is_looked_at_in_the_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "elsewhere")
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content(tmp_path)), encoding="utf8")
    planned = plan(load_study(str(tmp_path / "mine.yaml")))
    for step in (step for step in planned.steps if step.stage == "read_examples"):
        store.make(step, Runtime())
    for path in tmp_path.glob("*.tsv"):
        path.unlink()
    found = inspect(planned, Look(store))
    found.refuse_misfits()
    assert found.read[0] == "train.tsv: 90 rows, 30 contradiction, 30 entailment, 30 neutral."


@pytest.mark.parametrize(
    "arguments",
    [("plan",), ("run",), ("run", "--workers", "2"), ("run", "--on", "slurm"), ("run", "--on", "ray")],
    ids=" ".join,
)
def test_every_command_that_would_run_a_study_refuses_it_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    study = content(tmp_path, arm(original=75))
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    before = set(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, [*arguments, "mine.yaml"])
    assert isinstance(ended.exception, ScotomaError)
    assert "arm original-75 asks for" in str(ended.exception)
    assert set(tmp_path.iterdir()) == before


def test_doctor_says_what_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content(tmp_path, arm(original=75))), encoding="utf8")
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, ["doctor", "mine.yaml"])
    assert ended.exit_code == 2
    assert "missing data: arm original-75 asks for" in ended.output
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content(tmp_path)), encoding="utf8")
    assert "ok      data: local files fit" in CliRunner().invoke(app, ["doctor", "mine.yaml"]).output


@pytest.mark.parametrize(
    "source",
    [
        Source.model_validate({"hans": {"n_per_subcase": 2}}),
        *(
            Source.model_validate({grammar: {"part": part, "n": n, "dial": dial}})
            for grammar in ("microworld", "sentiment")
            for part, n, dial in (("train", 10, 0.5), ("test", 4, 1.0), ("blindspot", 2, None))
        ),
        Source.model_validate({"microworld": {"part": "counter", "n": 9}}),
    ],
    ids=str,
)
def test_a_sketch_has_the_labels_and_tags_that_the_grammar_will_write(source: Source) -> None:
    fields = ("text",) if source.sentiment else ("premise", "hypothesis")
    tags = ("label", "heuristic", "subcase")
    sketch = sketch_rows(source, fields)
    assert sorted(sketch.select(tags).rows()) == sorted(draw_rows(source, fields, 5).select(tags).rows())


def stages() -> Iterator[type[Step]]:
    for module in pkgutil.iter_modules(scotoma.stages.__path__):
        importlib.import_module(f"scotoma.stages.{module.name}")
    waiting = [Step]
    while waiting:
        for stage in waiting.pop().__subclasses__():
            waiting.append(stage)
            if stage.__module__.startswith("scotoma.stages."):
                yield stage


def test_every_stage_is_looked_at_or_it_is_said_why_it_cannot_be() -> None:
    found = {stage.__name__: stage for stage in stages()}
    assert len(found) > 12
    blind = {name for name, stage in found.items() if stage.foresee is Step.foresee}
    assert blind == set(NOT_BEFORE)

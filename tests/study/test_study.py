import errno
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from scotoma.basics.errors import OldName, ScotomaError
from scotoma.blindspots import BLINDSPOTS
from scotoma.study.file import load_study
from scotoma.study.finding import bundled_studies
from scotoma.study.study import Study
from three_arms import THREE_ARMS

STUDY = THREE_ARMS.read_text(encoding="utf8")
PACKED = {"kind": "qlora", "rank": 4, "alpha": 8, "dropout": 0.0, "targets": ["q_proj"]}
Change = Callable[[dict[str, Any]], object]


def write(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf8")
    return str(path)


def changed(folder: Path, change: Change) -> str:
    content = yaml.safe_load(STUDY)
    change(content)
    return write(folder, yaml.safe_dump(content, sort_keys=False))


def adds(arm: Any) -> Change:
    return lambda study: study["arms"].append(arm)


def claims_on_a_file(arm: Any) -> Change:
    return lambda study: (adds(arm)(study), study["claims"][0].update(contrast="file - original"))


def sharded(study: dict[str, Any]) -> dict[str, Any]:
    study["distributed"] = {"processes": 2, "sharding": "fsdp"}
    return study


def test_every_bundled_study_loads() -> None:
    assert set(bundled_studies()) >= {"quickstart", "pocket"}
    elsewhere = {"pocket", "ladder", "generators"}  # weights are an extra, or made by a command
    for name in bundled_studies().keys() - elsewhere:
        assert load_study(name).name == name


def test_the_number_of_replicates_can_be_given() -> None:
    assert load_study("quickstart", replicates=7).replicates == 7


def test_replicates_of_studies_with_other_seeds_draw_from_other_seeds() -> None:
    study = load_study("quickstart")
    drawn = [study.model_copy(update={"seed": n}).seed_of(r) for n in range(100) for r in range(20)]
    assert len(set(drawn)) == len(drawn)
    assert drawn == [study.model_copy(update={"seed": n}).seed_of(r) for n in range(100) for r in range(20)]
    assert max(drawn) < 2**31


def test_every_error_is_told_at_once_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    text = (
        STUDY.replace("learning_rate: 1.0e-3     # peak", "lerning_rate: 1.0e-3")
        .replace("replicates: 4 ", "replicates: none ")
        .replace("task: microworld ", "task: mikroworld ")
        .replace("  - biased: 1000 ", "  - bised: 1000 ")
    )
    with pytest.raises(ScotomaError) as caught:
        load_study(write(tmp_path, text))
    lines = str(caught.value).splitlines()

    def line_of(start: str) -> int:
        return next(n for n, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith(start))

    for expected in (
        f"mine.yaml:{line_of('lerning_rate')} recipe.lerning_rate: unknown setting.",
        "recipe.learning_rate: missing, and has no default",
        f"mine.yaml:{line_of('replicates')} replicates:",
        "task 'mikroworld' is not known. Known: microworld, microworld_sentiment, mnli, qqp. Did you mean ",
        f"mine.yaml:{line_of('- bised')} arms[2]: arm 'bised' is not known.",
    ):
        assert sum(expected in line for line in lines) == 1, (expected, lines)
    assert "Did you mean 'learning_rate'?" in str(caught.value)


def test_parts_that_do_not_fit_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = STUDY.replace("contrast: synthetic - original", "contrast: synthetic - orignal").replace(
        "label: entailment}", "label: entailmnt}"
    )
    with pytest.raises(ScotomaError, match="2 errors in study 'mine'") as caught:
        load_study(write(tmp_path, text))
    lines = text.splitlines()
    claim = next(n for n, line in enumerate(lines, 1) if "- orignal" in line)
    heuristic = next(n for n, line in enumerate(lines, 1) if "entailmnt" in line)
    assert f"mine.yaml:{claim} claims[0]: contrast 'synthetic - orignal' must be" in str(caught.value)
    assert "Did you mean 'synthetic - original'?" in str(caught.value)
    assert f"mine.yaml:{heuristic} heuristic.label: 'entailmnt' is not a label" in str(caught.value)


def test_files_and_models_that_are_not_there_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    def change(study: dict[str, Any]) -> None:
        study["data"] = {"train": "none.tsv", "tests": {"general": "bundled:nix"}, "repeated_pairs": "drop"}
        study["heuristic"]["predicate"] = {"wordfile": "none.txt"}
        study["model"]["name"] = "bundled:nobody"
        study["generator"]["model"] = {**study["model"], "name": "./nowhere"}

    path = changed(tmp_path, change)
    lines = Path(path).read_text().splitlines()
    with pytest.raises(ScotomaError, match="5 errors in study 'mine'") as caught:
        load_study(path)
    for place, value in {
        "data.train": "none.tsv",
        "data.tests.general": "bundled:nix",
        "heuristic.predicate": "wordfile",
        "model.name": "bundled:nobody",
        "generator.model.name": "./nowhere",
    }.items():
        line = next(n for n, line in enumerate(lines, 1) if value in line)
        # Of a mapping the line is that of its key.
        assert re.search(rf"mine.yaml:({line}|{line - 1}) {re.escape(place)}: ", str(caught.value)), place


def test_a_list_is_not_called_too_short_for_what_is_wrong_in_it(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="1 error in study"):
        load_study(changed(tmp_path, lambda s: s.update(blindspots=["hnas"])))
    with pytest.raises(ScotomaError, match="blindspots: Tuple should have at least 1 item"):
        load_study(changed(tmp_path, lambda s: s.update(blindspots=[])))


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"cell": "all/nonentailment"}, "no cell 'all/nonentailment'.*Did you mean 'all/non-entailment'"),
        ({"cell": "lexical/entailment"}, "no cell 'lexical/entailment'"),
        ({"cell": "template:temp1"}, "no cell 'template:temp1'"),
        ({"cell": "all/non-entailment", "measure": "auc"}, "auc is not measured in all/non-entailment; it"),
        (
            {"cell": "lexical_overlap", "measure": "log_odds"},
            "log_odds is not measured in lexical_overlap",
        ),
        ({"cell": "subcase:ls_swap", "measure": "auc"}, "auc is not measured in subcase:ls_swap"),
        ({"cell": "subcase:ls_swap", "measure": "log_odds"}, "neither good nor bad in subcase:ls_swap"),
        (
            {"measure": "accuracy", "margin": 5},
            "a margin of 5. 5 points of a hundred are 0.05",
        ),
        ({"contrast": "original - original"}, "'original - original' compares a model with itself"),
        ({"contrast": "none - start"}, "'none - start' must be `ARM - start`"),
        ({"beyond": "matched"}, "'matched' is not a test set. Known: general"),
        (
            {"beyond": "general", "measure": "log_odds"},
            "`beyond` compares accuracy, auc, hit_rate, false_alarm_rate, d_prime, worst_group_accuracy, "
            "macro_f1, calibration_error, not log_odds",
        ),
    ],
)
def test_a_claim_that_could_never_be_judged_is_refused(
    tmp_path: Path, claim: dict[str, str], message: str
) -> None:
    def change(study: dict[str, Any]) -> None:
        study["arms"].append("none")
        study["claims"][0].update(claim)

    with pytest.raises(ScotomaError, match=rf"claims\[0\]: .*{message}"):
        load_study(changed(tmp_path, change))


@pytest.mark.parametrize(
    ("cell", "measure"),
    [
        ("all", "auc"),
        ("constituent", "accuracy"),
        ("subsequence/entailment", "log_odds"),
        ("subcase:any", "accuracy"),
        ("template:any/non-entailment", "log_odds"),
    ],
)
def test_a_claim_on_every_kind_of_cell_is_taken(tmp_path: Path, cell: str, measure: str) -> None:
    path = changed(tmp_path, lambda s: s["claims"][0].update(cell=cell, measure=measure))
    assert load_study(path).claims[0].cell == cell


def test_a_claim_that_calls_its_measure_by_its_former_name_is_the_same_claim(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda s: s["claims"][0].update(cell="all/entailment", measure="log_odds"))
    now = load_study(path)
    former = changed(tmp_path, lambda s: s["claims"][0].update(cell="all/entailment", measure="margin"))
    with pytest.warns(OldName, match="the measure `margin` is now called `log_odds`"):
        assert load_study(former) == now


def own_task(
    fields: Sequence[str] = ("one", "second"), labels: Sequence[str] = ("Yes", "No"), spec: str = ""
) -> Change:
    """A task of the study's own in place of its known one."""
    shown = " ".join(f"{{{name}{spec}}}" for name in fields)
    task = {
        "name": "mine",
        "fields": list(fields),
        "labels": list(labels),
        "target": labels[0],
        "classifier_prompt": shown,
        "generator_text": f"{{label}} {shown}",
        "end_marker": "End",
    }
    return lambda s: s.update(task=task)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.update(blindspots=["hnas"]), "blind spot 'hnas' is not known.*Did you mean 'hans'"),
        (lambda s: s.pop("generator"), "need `generator` and `screening`"),
        (lambda s: s.pop("heuristic"), "arm biased needs `heuristic`"),
        (lambda s: s["arms"].append({"synthetic": 1000}), "arms named twice: synthetic-1000"),
        (lambda s: s["arms"].append({"relabelled": 30}), "relabelled needs `labeller`"),
        (lambda s: s["arms"].append({"synthetic": 0}), "greater than or equal to 1"),
        (
            lambda s: s["arms"].append({"mixed": 30}),
            r"arms\[3\].mixed.synthetic: missing, and has no default .Share of synthetic rows.",
        ),
        (adds({"repaired": 30}), "repaired needs `labeller`"),
        (adds({"noise_matched": 30}), "noise_matched needs `labeller`"),
        (
            adds({"seen": {"n": 1000, "samples": 3}}),
            r"arm seen-1000 takes 3,000 examples that every start has seen; the smallest has seen \d",
        ),
        (adds({"z_filtered": 30}), "z_filtered.threshold: missing, and has no default .z statistic above"),
        (adds({"synthetic": {"n": 9, "samples": 0}}), "greater than or equal to 1"),
        (
            adds({"z_filtered": {"threshold": 2, "n": 9, "samples": 2}}),
            "`samples` must be 1, as what its filter keeps depends on all that",
        ),
        (
            adds({"coverage": {"share": 0.5, "n": 9, "samples": 2}}),
            "`samples` must be 1, as its rows represent the whole pool",
        ),
        (adds({"kind": "none", "samples": 2}), "arm none: `samples` must be 1"),
        (adds("original"), r"an arm is one key and its size.*got 'original'"),
        (adds({"original": 9, "biased": 9}), "an arm is one key and its size.*got keys original, biased"),
        (adds({"kind": ["original"]}), r"arm \['original'\] is not known. Known: anti_biased"),
        (adds({"original": {"kind": "synthetic", "n": 9}}), "an arm is of one kind; got original and"),
        (adds({"original": {"n": 9, "size": None}}), "original.size: unknown setting"),
        (adds({"original": "many"}), r"arms\[3\].original.n: .*valid integer.*got 'many'"),
        (
            adds({"file": {"source": "rows.tsv", "samples": 2}}),
            "`samples` must be 1, as it takes the file as it is.*give `n`",
        ),
        (adds({"coverage": {"n": 9}}), "coverage.share: missing, and has no default .Share of the pool"),
        (
            adds({"counter_examples": {"n": 9, "share": 0.1}}),
            "counter_examples.source: missing, and has no default .Source of the counter-examples",
        ),
        (
            adds({"synthetic": {"n": 9, "labels": {"a": "b"}}}),
            "synthetic.labels: unknown setting.*It is a setting of counter_examples",
        ),
        (
            adds({"counter_examples": {"n": 9, "share": 0.1, "source": "x.tsv", "labels": {"x": "y"}}}),
            "'y' is not a label of task microworld",
        ),
        (
            lambda s: s["data"].update(train={"microworld": {"part": "counter", "n": 9, "dial": 0.5}}),
            "`dial` is required for parts train and test",
        ),
        (lambda s: s["arms"].append({"file": "nowhere.csv"}), "data file 'nowhere.csv' does not exist"),
        (lambda s: s["data"]["train"].update(file="x.tsv"), "give exactly one of"),
        (lambda s: s["data"].update(train="nowhere.jsonl"), "data file 'nowhere.jsonl' does not exist"),
        (lambda s: s["model"].update(adapter={"kind": "lora"}), "missing, and has no default"),
        (lambda s: s["model"].update(adapter={"kind": "lara"}), "adapter"),
        (lambda s: s["claims"][0].update(contrast="synthetic - nothing"), "must be `ARM - start`"),
        (
            claims_on_a_file({"file": "mine.tsv"}),
            "no arm `original` has the size of file. Say how many rows of the file to take, `file: {source",
        ),
        (
            claims_on_a_file({"file": {"source": "mine.tsv", "n": 30}}),
            "no arm `original` has the size of file. Add `original: 30`.",
        ),
        (lambda s: s["claims"][0].update(blindspot="hans"), "is not in this study"),
        (lambda s: s.update(distributed={"processes": 1, "sharding": "none"}), "greater than or equal to 2"),
        (lambda s: s.update(distributed={"processes": 2}), "sharding: missing, and has no default"),
        (
            lambda s: sharded(s)["generator"].update(adapter=PACKED),
            "generator.adapter: kind: qlora cannot be sharded.*use kind: lora",
        ),
        (
            lambda s: sharded(s)["recipe"].update(optimizer="paged_adamw_32bit"),
            "recipe.optimizer: paged_adamw_32bit has no sharded state; use adamw",
        ),
        (
            lambda s: s.update(noise=[{"batch_size": s["recipe"]["batch_size"]}]),
            "batch_size: .* is already the study's own, so nothing would change",
        ),
        (own_task(fields=["origin", "second"]), "fields .'origin'.: tables of rows already have columns"),
        (own_task(fields=["p_one", "second"]), "fields .'p_one'.: tables of rows already have columns"),
        (own_task(fields=["one", "one"]), "fields .* name one twice"),
        (own_task(labels=["Yes", "No", "No"]), "labels .* name one twice"),
        (own_task(spec=":s"), "a slot is a name in braces, without ! or : after it"),
        (lambda s: s["heuristic"].update(label="maybe"), "is not a label of task"),
        (lambda s: s["heuristic"].update(predicate="overlap_wrd"), "Did you mean 'overlap_word'"),
        (lambda s: s["heuristic"].update(predicate={"regx": "x"}), "unknown setting.*Did you mean 'regex'"),
        (lambda s: s["heuristic"].update(predicate={"regex": "("}), "is not a regular expression"),
        (
            lambda s: s["heuristic"].update(predicate={"words": ["no"], "field": "premis"}),
            "predicate heuristic: field 'premis' is not one .* Did you mean 'premise'",
        ),
        (
            lambda s: s["heuristic"].update(predicate={"wordfile": "nowhere.txt"}),
            "predicate heuristic: .*nowhere.txt cannot be read",
        ),
        (lambda s: s["heuristic"].update(predicate={"code": "os:system"}), "os.py cannot be read"),
        (
            lambda s: s["heuristic"].update(predicate="every_row"),
            "holds for every row, so it distinguishes none",
        ),
        (
            lambda s: s["blindspots"][0].update(select={"lexical": "overlap_word"}),
            "'lexical' is not a heuristic.*Did you mean 'lexical_overlap'",
        ),
        (
            lambda s: s["blindspots"][0].update(heuristics={"all": "Whatever overlaps follows."}),
            "heuristic 'all': cells are named after heuristics",
        ),
        (
            lambda s: s["blindspots"][0].update(heuristics={"word/order": "Order says nothing."}),
            "heuristic 'word/order': .*without / and :",
        ),
        (
            lambda s: (s["heuristic"].update(predicate="constituent"), s.update(task="mnli")),
            "needs texts of the micro-world",
        ),
        (
            lambda s: (s["heuristic"].update(label="happy"), s.update(task="microworld_sentiment")),
            "predicate 'overlap_word' compares two texts",
        ),
        (
            lambda s: (s.update(starts=[0]), s["generator"].update(trained_on="start")),
            "start is not allowed with start 0",
        ),
        (lambda s: s["data"]["tests"].update(microworld="x.tsv"), "test sets named twice: microworld"),
        (
            lambda s: s["blindspots"].append(
                {**BLINDSPOTS["microworld"].model_dump(mode="json"), "name": "other"}
            ),
            "blindspots: titles named twice: micro-world blind spot",
        ),
        (
            lambda s: s["blindspots"].__setitem__(
                0, {"name": "microworld", "label_map": {"entailment": "x"}}
            ),
            "missing",
        ),
        (lambda s: s.update(labeller="exact", task="mnli"), "labeller: exact is not available for task mnli"),
    ],
)
def test_a_study_that_cannot_be_is_refused(tmp_path: Path, change: Change, message: str) -> None:
    with pytest.raises(ScotomaError, match=message):
        load_study(changed(tmp_path, change))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: [", "not readable as YAML"),
        ("task: mnli\ntask: mnli\n", "mine.yaml:2"),
        ("just words", "a study is a mapping"),
        ("", "a study is a mapping"),
        ("!!python/object/apply:os.system [id]", "not readable as YAML"),
        ("? [a, b]\n: 1\n", "mine.yaml"),
        ("x: 2001-13-45", r"'2001-13-45' is not a value of the type it is written as .*mine.yaml:1"),
        ("x: " + "9" * 5000, "is not a value of the type"),
        ("x: !!int ''", "'' is not a value of the type"),
        ("x: !!timestamp soon", "'soon' is not a value of the type"),
        ("x: !!bool perhaps", "'perhaps' is not a value of the type"),
        ('name: "\\ud800"', "an unpaired surrogate"),
        ("x: \x1b", "not readable as YAML"),
        ("x: &a [*a]", "a part that refers to itself"),
        ("x: " + "[" * 2000, "not readable as YAML"),
        ("x: y\n" * 30_000, "bytes are too long for a study"),
        ("task: 0x" + "f" * 5000, "a number of thousands of digits"),
    ],
)
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScotomaError, match=message):
        load_study(write(tmp_path, text))


@pytest.mark.parametrize("again", ["[{}]", "{{<<: [{}]}}"])
def test_references_to_references_are_refused_before_they_are_written_out(tmp_path: Path, again: str) -> None:
    text = "a0: &a0 {k: 1}\n"
    for n in range(20):
        text += f"a{n + 1}: &a{n + 1} {again.format(', '.join([f'*a{n}'] * 9))}\n"
    with pytest.raises(ScotomaError, match="more than 10,000 settings"):
        load_study(write(tmp_path, text))


def test_what_is_merged_from_a_reference_is_read() -> None:
    study = load_study("zhang2025")
    assert study.generator is not None
    assert study.generator.recipe.betas == study.recipe.betas


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["data"].update(train="~nobody-at-all/x.tsv"),
        lambda s: s["data"].update(train="a\0b.tsv"),
        lambda s: s["data"].update(train="a" * 300),
        lambda s: s["model"].update(name="~nobody-at-all/model"),
        lambda s: s["model"].update(name="bundled:../microworld_base"),
    ],
)
def test_a_path_that_can_be_none_is_refused(tmp_path: Path, change: Change) -> None:
    with pytest.raises(ScotomaError, match=r"does not exist|is not known"):
        load_study(changed(tmp_path, change))
    with pytest.raises(ScotomaError, match="neither a file nor a bundled study"):
        load_study("a" * 300)


def test_an_error_stays_readable_however_long_the_values_are(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="and 41 more") as caught:
        load_study(
            changed(
                tmp_path, lambda s: s.update({f"x{n}" + "y" * 1000: n for n in range(60)}, task="t" * 9999)
            )
        )
    assert len(str(caught.value)) < 20_000


def test_a_study_that_cannot_be_opened_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(ScotomaError, match="cannot be read: Permission denied"):
        load_study(write(tmp_path, "task: mnli"))


def test_a_study_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes("name: Café\n".encode("latin-1"))
    with pytest.raises(ScotomaError, match="is not UTF-8"):
        load_study(str(path))


def test_a_study_with_a_byte_order_mark_and_windows_lines_loads(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + STUDY.replace("\n", "\r\n").encode())
    plain = load_study(str(THREE_ARMS))
    assert load_study(str(path)).model_copy(update={"name": plain.name}) == plain


def test_an_unknown_study_names_the_nearest() -> None:
    with pytest.raises(ScotomaError, match="Did you mean 'quickstart'"):
        load_study("quickstrat")


def test_a_data_file_is_known_by_its_content(tmp_path: Path) -> None:
    def study_with(name: str, text: str) -> Study:
        (tmp_path / name).write_text(text)
        return load_study(changed(tmp_path, lambda s: s["data"].update(train=name)))

    first, moved, edited = study_with("a.tsv", "x"), study_with("b.tsv", "x"), study_with("c.tsv", "y")
    read_otherwise = study_with("a.csv", "x")
    studies = (first, moved, edited, read_otherwise)
    dumps = [study.data.train.model_dump(context="identity") for study in studies]
    assert dumps[0] == dumps[1]
    assert dumps[0] not in dumps[2:]


def test_a_data_set_in_a_folder_is_known_by_its_content_and_split(tmp_path: Path) -> None:
    def study_with(hub: str) -> Study:
        return load_study(changed(tmp_path, lambda s: s["data"].update(train=f"hub:{hub}")))

    for name, text in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.jsonl").write_text(text)
    first, moved, edited, split = map(study_with, ("a:train", "b:train", "c:train", "a:test"))
    dumps = [study.data.train.model_dump(context="identity") for study in (first, moved, edited, split)]
    assert dumps[0] == dumps[1]
    assert dumps[0] not in dumps[2:]
    assert first.data.train.hub == f"{tmp_path / 'a'}:train"


@pytest.mark.parametrize("name", ["../elsewhere", "/tmp/mine", "a,b", ".mine", "", "a\0b", "100%"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScotomaError, match="is not allowed as a name"):
        load_study(changed(tmp_path, lambda s: s.update(name=name)))


def test_a_data_file_that_may_not_be_read_is_told_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> str:  # root, as whom tests may run, reads everything
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    (tmp_path / "a.tsv").write_text("x")
    monkeypatch.setattr("scotoma.study.file.sha256_of", refused)
    with pytest.raises(ScotomaError, match=r"a.tsv cannot be read: Permission denied"):
        load_study(changed(tmp_path, lambda s: s["data"].update(train="a.tsv")))


def test_looks_are_spelled_as_replicates(tmp_path: Path) -> None:
    study = load_study(changed(tmp_path, lambda s: s.update(replicates={"looks": [4, 6, 9]})))
    assert (study.replicates, study.looks) == (9, (4, 6, 9))
    assert Study.model_validate(study.model_dump()) == study
    assert load_study(
        changed(tmp_path, lambda s: s.update(replicates={"looks": [4, 6]})), replicates=4
    ).looks == (4, 6)


@pytest.mark.parametrize("name", [["hans"], {"hans": 1}, 3, None])
def test_a_blind_spot_whose_name_is_no_text_is_refused(tmp_path: Path, name: Any) -> None:
    with pytest.raises(ScotomaError, match=r"blind spot .* is not known"):
        load_study(changed(tmp_path, lambda s: s.update(blindspots=[{"name": name, "source": "hans.tsv"}])))


@pytest.mark.parametrize(
    "told",
    [
        {"looks": [4]},
        {"looks": [2, 5]},
        {"looks": [6, 4]},
        {"looks": [4, 1001]},
        {"looks": "4, 6"},
        {"seen": [4, 6]},
    ],
)
def test_looks_that_cannot_be_are_refused(tmp_path: Path, told: dict[str, Any]) -> None:
    with pytest.raises(ScotomaError, match=r"`replicates` is a number, or `\{looks:"):
        load_study(changed(tmp_path, lambda s: s.update(replicates=told)))


def test_a_number_of_replicates_that_is_no_look_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda s: s.update(replicates={"looks": [4, 6]}))
    with pytest.raises(
        ScotomaError, match="--replicates must be one of the looks that the study plans; got 5"
    ):
        load_study(path, replicates=5)
    rehearsal = load_study(path, replicates=1)
    assert (rehearsal.replicates, rehearsal.looks) == (1, (4, 6))

"""Logs of lm-evaluation-harness and inspect_ai, as those tools wrote them."""

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prediction_files import LOGS, lines
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import read_predictions

GOLD = ["non-entailment", "entailment", "non-entailment", "entailment"]
GOLD_CODES = {"entailment": "1", "non-entailment": "0"}
HEURISTICS = ["lexical_overlap", "lexical_overlap", "subsequence", "constituent"]


def samples() -> list[dict[str, Any]]:
    """The four lines of the harness."""
    text = (LOGS / "samples_hans_choice.jsonl").read_text(encoding="utf8")
    return [json.loads(line) for line in text.splitlines()]


def log() -> dict[str, Any]:
    """The log of inspect_ai with answers in words."""
    found: dict[str, Any] = json.loads((LOGS / "text.json").read_text(encoding="utf8"))
    return found


def saved(made: dict[str, Any], path: Path) -> Path:
    path.write_text(json.dumps(made), encoding="utf8")
    return path


def test_the_harness_gives_the_likeliest_choice_and_a_softmax_over_choices() -> None:
    found = read_predictions(LOGS / "samples_hans_choice.jsonl", HANS)
    assert found.form == "lm-evaluation-harness samples"
    assert found.table["id"].to_list() == ["0", "1", "2", "3"]
    assert found.table["gold"].to_list() == GOLD
    assert found.table["heuristic"].to_list() == HEURISTICS
    assert found.table["template"].to_list() == ["temp1", "temp28", "temp32", "temp68"]
    first = [float(answer[0]) for answer in samples()[0]["filtered_resps"]]
    share = math.exp(first[0]) / (math.exp(first[0]) + math.exp(first[1]))
    assert found.table["p_entailment"][0] == pytest.approx(share, abs=1e-12)
    assert found.table["predicted"][0] == "entailment"
    assert found.table["premise"][0].startswith("The president")
    assert any("doc_id" in note for note in found.notes)


def test_choices_in_other_words_are_told_and_gold_is_that_of_the_row(tmp_path: Path) -> None:
    made = samples()
    for row in made:
        row["target"] = "2" if row["doc"]["label"] else "0"
        row["doc"]["gold_label"] = "non-entailment" if row["doc"]["label"] else "entailment"
        row["doc"]["pairID"] = f"my{row['doc_id']}"
        row["arguments"] = [["context", word] for word in (" True", " Neither", " False")]
        row["filtered_resps"] = [[-1.0, True], [-2.0, False], [-3.0, False]]
    words = {"True": "entailment", "Neither": "neutral", "False": "contradiction"}
    found = read_predictions(lines(made, tmp_path / "a.jsonl"), HANS, labels=words).table
    assert found["id"].to_list() == ["my0", "my1", "my2", "my3"]
    assert found["gold"].to_list() == GOLD
    assert found.select("p_entailment", "p_neutral", "p_contradiction").row(0) == pytest.approx(
        (0.66524096, 0.24472847, 0.09003057)
    )
    with pytest.raises(
        ScotomaError, match=r"4 faults: line 1: choice 'True' is not known.*--labels 'True=LABEL"
    ):
        read_predictions(tmp_path / "a.jsonl", HANS)


def test_targets_are_answers_and_read_by_the_users_words_where_those_are_codes(tmp_path: Path) -> None:
    words = {"0": "non-entailment", "1": "entailment"}
    made, logged = samples(), log()
    for row, gold in zip(made, GOLD, strict=True):
        row["target"], row["filtered_resps"] = GOLD_CODES[gold], [GOLD_CODES[gold]]
        del row["doc"]["label"]
    for sample in logged["samples"]:
        sample["target"] = GOLD_CODES[sample["target"]]
        sample["scores"] = {"match": {"answer": sample["target"]}}
    for path in (lines(made, tmp_path / "a.jsonl"), saved(logged, tmp_path / "b.json")):
        found = read_predictions(path, HANS, labels=words).table
        assert sorted(found["gold"]) == sorted(GOLD)
        assert found["gold"].to_list() == found["predicted"].to_list()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"predicted": "answer"}, "'predicted' is not read from such a file.*Known: gold"),
        ({"p_neutral": "b"}, "'p_neutral' is not read from such a file"),
        (
            {"heuristic": "heuristc"},
            r"no (line|sample) has 'heuristc' for heuristic.*Did you mean 'heuristic'",
        ),
        ({"gold": "glod"}, "has 'glod' for gold"),
    ],
)
@pytest.mark.parametrize("name", ["samples_hans_choice.jsonl", "text.json"])
def test_a_column_that_a_log_does_not_have_is_refused(
    name: str, columns: dict[str, str], message: str
) -> None:
    with pytest.raises(ScotomaError, match=message):
        read_predictions(LOGS / name, HANS, columns=columns)


def test_the_id_of_a_log_is_its_own() -> None:
    with pytest.raises(ScotomaError, match="'id' is not read from such a file"):
        read_predictions(LOGS / "text.json", HANS, columns={"id": "pairID"})


def test_choices_asked_again_without_context_are_passed_over(tmp_path: Path) -> None:
    made = samples()
    for row in made:
        row["filtered_resps"] += [["-90.0", "False"], ["-91.0", "False"]]
        row["arguments"]["gen_args_2"] = {"arg_0": "", "arg_1": " entailment"}
        row["arguments"]["gen_args_3"] = {"arg_0": "", "arg_1": " non-entailment"}
    again = read_predictions(lines(made, tmp_path / "a.jsonl"), HANS)
    assert again.table.equals(read_predictions(LOGS / "samples_hans_choice.jsonl", HANS).table)


def test_choices_that_are_equally_likely_are_counted_in_a_note(tmp_path: Path) -> None:
    """The first is taken, as the harness does, which favours one label where likelihoods are coarse."""
    made = samples()
    for row in made[:3]:
        row["filtered_resps"] = [["-0.6875", "False"], ["-0.6875", "False"]]
    found = read_predictions(lines(made, tmp_path / "a.jsonl"), HANS)
    assert any(
        note.startswith("In 3 rows choices of different labels are equally likely") for note in found.notes
    )
    whole = read_predictions(LOGS / "samples_hans_choice.jsonl", HANS)
    assert not any("equally likely" in note for note in whole.notes)


def exported() -> list[dict[str, Any]]:
    """The four lines as of a task that `export` wrote, each asked its own prompt after an example."""
    made = samples()
    for row in made:
        prompt = f"{row['doc']['premise']} Does it follow: {row['doc']['hypothesis']} "
        row["doc"] |= {"prompt": prompt, "choices": ["a", "b"], "right": [0], "cell": "all/entailment"}
        for asked in row["arguments"].values():
            asked["arg_0"] = f"An example. yes\n\n{prompt.strip()}"
    return made


def test_a_row_that_was_asked_another_prompt_than_its_own_is_refused(tmp_path: Path) -> None:
    made = exported()
    whole = read_predictions(LOGS / "samples_hans_choice.jsonl", HANS).table
    assert read_predictions(lines(made, tmp_path / "a.jsonl"), HANS).table.equals(whole)
    made[1]["arguments"] = made[2]["arguments"]
    with pytest.raises(
        ScotomaError,
        match=r"the model was asked 'An example\. .*not the prompt of the row \(.*a.jsonl:2\).*refresh",
    ):
        read_predictions(lines(made, tmp_path / "a.jsonl"), HANS)


def test_what_was_asked_is_not_held_against_rows_of_tasks_from_elsewhere(tmp_path: Path) -> None:
    made = exported()
    for row in made:
        del row["doc"]["cell"]
        row["doc"]["prompt"] = "what another task calls its prompt"
    assert read_predictions(lines(made, tmp_path / "a.jsonl"), HANS).table.height == 4


def test_a_written_answer_of_the_harness_is_read_as_a_label(tmp_path: Path) -> None:
    made = samples()
    for row, gold in zip(made, GOLD, strict=True):
        row["target"], row["filtered_resps"] = gold, [" Entailment."]
    found = read_predictions(lines(made, tmp_path / "a.jsonl"), HANS).table
    assert found["gold"].to_list() == GOLD
    assert set(found["predicted"]) == {"entailment"}
    assert "p_entailment" not in found.columns


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"filter": "strict"}, "lines have 2 different filters: none, strict"),
        (
            {"filtered_resps": [["nan", "False"], ["-1", "False"]]},
            r"1 of 4 rows has no answer: line 2 \(a log likelihood is NaN; dtype=float32 .*--partial",
        ),
        (
            {"filtered_resps": [["-inf", "False"], ["-inf", "False"]]},
            r"no answer: line 2 \(no choice has a finite log likelihood; .*--partial",
        ),
        ({"filtered_resps": []}, "not in the harness's form"),
        ({"filtered_resps": [["-1", "False"]]}, "not in the harness's form"),
        ({"doc_id": 0}, "id '0' is that of line 1"),
        ({"target": "7"}, "not in the harness's form"),
        ({"doc": None}, "not a sample of the harness"),
    ],
)
def test_a_line_of_the_harness_that_cannot_be_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    made = samples()
    made[1] |= change
    with pytest.raises(ScotomaError, match=message):
        read_predictions(lines(made, tmp_path / "a.jsonl"), HANS)


@pytest.mark.parametrize("kept", [["nan", "False"], ["-inf", "False"], None])
def test_a_line_whose_likelihoods_are_no_numbers_has_no_answer(
    tmp_path: Path, kept: list[str] | None
) -> None:
    made = samples()
    made[1]["filtered_resps"] = [kept, kept]
    found = read_predictions(lines(made, tmp_path / "a.jsonl"), HANS, partial=True)
    whole = read_predictions(LOGS / "samples_hans_choice.jsonl", HANS).table
    assert found.table.equals(whole.filter(pl.col("id") != whole["id"][1]))
    assert found.unanswered.select("id", "gold").rows() == whole.select("id", "gold").rows()[1:2]


def test_an_eval_log_gives_the_choices_behind_the_letters() -> None:
    found = read_predictions(LOGS / "choice.eval", HANS)
    assert found.form == "inspect_ai log"
    by_id = {row["id"]: row for row in found.table.to_dicts()}
    assert {name: row["gold"] for name, row in by_id.items()} == dict(
        zip(["ex0", "ex5000", "ex10000", "ex29000"], GOLD, strict=True)
    )
    predicted = [by_id[name]["predicted"] for name in ("ex0", "ex5000", "ex10000", "ex29000")]
    assert predicted == ["entailment", "entailment", "non-entailment", "entailment"]
    assert by_id["ex0"]["subcase"] == "ln_subject/object_swap"


def test_a_json_log_gives_the_answers_that_the_scorer_took() -> None:
    found = read_predictions(LOGS / "text.json", HANS).table
    by_id = dict(found.select("id", "predicted").rows())
    assert by_id == {
        "ex0": "neutral",
        "ex5000": "entailment",
        "ex10000": "entailment",
        "ex29000": "entailment",
    }


def test_a_deflated_eval_log_is_read_as_well(tmp_path: Path) -> None:
    made = log()
    with zipfile.ZipFile(tmp_path / "a.eval", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"status": "success"}))
        archive.writestr("summaries.json", "[]")
        for sample in made["samples"]:
            archive.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))
    as_zip = read_predictions(tmp_path / "a.eval", HANS).table
    assert as_zip.equals(read_predictions(LOGS / "text.json", HANS).table)


def test_without_a_scorers_answer_the_completion_is_taken(tmp_path: Path) -> None:
    made = log()
    for sample in made["samples"]:
        sample["scores"] = {"judge": {"value": "C", "answer": None}}
    found = read_predictions(saved(made, tmp_path / "a.json"), HANS).table
    assert found.equals(read_predictions(LOGS / "text.json", HANS).table)


def test_several_targets_that_merge_into_one_label_are_one_gold(tmp_path: Path) -> None:
    made = log()
    made["samples"][0]["target"] = ["neutral", "contradiction"]
    assert read_predictions(saved(made, tmp_path / "a.json"), HANS).table["gold"][0] == "non-entailment"
    made["samples"][0]["target"] = ["neutral", "entailment"]
    with pytest.raises(ScotomaError, match="gold labels neutral, entailment count as both"):
        read_predictions(saved(made, tmp_path / "a.json"), HANS)


def test_a_run_that_did_not_end_well_is_taken_only_when_that_is_said(tmp_path: Path) -> None:
    path = saved(log() | {"status": "cancelled"}, tmp_path / "a.json")
    with pytest.raises(ScotomaError, match=r"status is 'cancelled': samples are missing.*--partial"):
        read_predictions(path, HANS)
    assert read_predictions(path, HANS, partial=True).table.height == 4


def test_samples_that_ended_in_an_error_are_left_out_only_when_that_is_said(tmp_path: Path) -> None:
    made = log()
    made["samples"][1] |= {"error": {"message": "rate limit"}, "output": {}, "scores": None}
    path = saved(made, tmp_path / "a.json")
    with pytest.raises(
        ScotomaError, match=r"1 of 4 rows has no answer: sample 2 \(error: 'rate limit'\).*--partial"
    ):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, partial=True)
    assert found.table.height == 3
    assert found.unanswered["id"].to_list() == [made["samples"][1]["id"]]
    assert found.notes == ("1 of 4 samples ended in an error: they have no answer.",)


def test_samples_without_an_answer_are_left_out_only_when_that_is_said(tmp_path: Path) -> None:
    made = log()
    made["samples"][1]["scores"] = {"choice": {"value": "I", "answer": ""}}
    made["samples"][1]["output"]["completion"] = "That depends."
    path = saved(made, tmp_path / "a.json")
    with pytest.raises(
        ScotomaError,
        match=r"1 of 4 rows has no answer: sample 2 \(no score by \w+; completion 'That depends.'\)",
    ):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, partial=True)
    assert found.table.height == 3
    assert found.unanswered["id"].to_list() == [made["samples"][1]["id"]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"output": {}, "scores": {}},
            r"1 of 4 rows has no answer: sample 2 \(no score by \w+; completion ''\)",
        ),
        ({"target": None, "metadata": {}, "output": None}, "4 of the 30,000 published rows"),
        ({"epoch": 2}, "several epochs"),
        ({"id": "ex0"}, "id 'ex0' is that of sample 1"),
        ({"scores": {"match": {"answer": "I think so"}}}, "predicted label 'I think so' is not known"),
    ],
)
def test_a_sample_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    made = log()
    made["samples"][1] |= change
    with pytest.raises(ScotomaError, match=message):
        read_predictions(saved(made, tmp_path / "a.json"), HANS)


def test_a_log_without_samples_is_refused(tmp_path: Path) -> None:
    made = log()
    del made["samples"]
    with pytest.raises(ScotomaError, match="the log has no samples"):
        read_predictions(saved(made, tmp_path / "a.json"), HANS)


def test_an_eval_log_whose_samples_are_far_more_than_it_is_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scotoma.tasks.reading.lines._UNPACKED", 100_000)
    with zipfile.ZipFile(tmp_path / "a.eval", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", '{"status": "success"}')
        for n in range(20):
            archive.writestr(f"samples/{n}.json", json.dumps({"id": n, "text": "a" * 20_000}))
    with pytest.raises(ScotomaError, match=r"it has [\d,]+ bytes and says that its samples have 400,"):
        read_predictions(tmp_path / "a.eval", HANS)


@pytest.mark.parametrize("part", ["data", "checksum"])
def test_a_damaged_eval_log_is_refused(tmp_path: Path, part: str) -> None:
    data, name = bytearray((LOGS / "choice.eval").read_bytes()), b"samples/ex0_epoch_1.json"
    # The first place of a name is before its data; the last is in the directory, 30 bytes after its CRC.
    at = data.index(name) + 200 if part == "data" else data.rindex(name) - 30
    data[at] ^= 0xFF
    (tmp_path / "a.eval").write_bytes(data)
    with pytest.raises(ScotomaError, match="cannot be read as an inspect_ai log"):
        read_predictions(tmp_path / "a.eval", HANS)


@pytest.mark.parametrize("header", ["[]", "0", '"success"'])
def test_a_header_that_is_no_object_is_refused(tmp_path: Path, header: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.eval", "w") as archive:
        archive.writestr("header.json", header)
    with pytest.raises(ScotomaError, match="its header is not an object"):
        read_predictions(tmp_path / "a.eval", HANS)


def test_an_entry_that_says_it_is_huge_is_refused_unread(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.eval", "w") as archive:
        archive.writestr("header.json", "{}")
    data = bytearray((tmp_path / "a.eval").read_bytes())
    # In the directory, the unpacked size stands 22 bytes before the name.
    at = data.rindex(b"header.json") - 22
    data[at : at + 4] = (2**31).to_bytes(4, "little")
    (tmp_path / "a.eval").write_bytes(data)
    with pytest.raises(ScotomaError, match="says that it has 2,147,483,648 bytes"):
        read_predictions(tmp_path / "a.eval", HANS)


def test_a_damaged_entry_of_another_packing_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.eval", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("header.json", json.dumps({"status": "success", "more": "words " * 99}))
    data = bytearray((tmp_path / "a.eval").read_bytes())
    data[60:90] = bytes(30)
    (tmp_path / "a.eval").write_bytes(data)
    with pytest.raises(ScotomaError, match="cannot be read as an inspect_ai log"):
        read_predictions(tmp_path / "a.eval", HANS)

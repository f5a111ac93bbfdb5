"""Which answers of a log are read: of one scorer, of one filter, of older versions."""

import json
from pathlib import Path
from typing import Any

import pytest

from prediction_files import LOGS, lines
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import read_predictions

GOLD = ["non-entailment", "entailment", "non-entailment", "entailment"]
ANSWERS = ["A", "A", "B", "C"]
MEANT = ["entailment", "entailment", "neutral", "contradiction"]


def log(**changes: Any) -> dict[str, Any]:
    """A log of four samples with choices; `changes` is what each sample has beside, by name."""
    samples = [
        {
            "id": f"s{n}",
            "epoch": 1,
            "choices": ["entailment", "neutral", "contradiction"],
            "target": "A" if gold == "entailment" else ["B", "C"],
            "output": {"completion": f"I think so. ANSWER: {answer}"},
            "metadata": {"gold": gold},
            **{name: values[n] for name, values in changes.items()},
        }
        for n, (gold, answer) in enumerate(zip(GOLD, ANSWERS, strict=True))
    ]
    return {"version": 2, "status": "success", "eval": {}, "samples": samples}


def saved(made: object, path: Path) -> Path:
    path.write_text(json.dumps(made), encoding="utf8")
    return path


def by_scorer(**answers: list[Any]) -> list[dict[str, Any]]:
    return [{name: {"answer": words[n]} for name, words in answers.items()} for n in range(4)]


def test_the_first_scorer_whose_answers_are_labels_is_read_or_the_one_that_is_named(tmp_path: Path) -> None:
    whole = [f"I think so. ANSWER: {answer}" for answer in ANSWERS]
    scores = by_scorer(includes=whole, choice=ANSWERS, other=["C"] * 4)
    path = saved(log(scores=scores), tmp_path / "a.json")
    found = read_predictions(path, HANS)
    assert found.table["predicted"].to_list() == MEANT
    assert found.notes == (
        "Answers are those of scorer choice, the first whose answers are labels; there are also those of "
        "includes, other (--scorer).",
        "4 of 4 rows name no heuristic: they count under all only.",
    )
    found = read_predictions(path, HANS, scorer="other")
    assert set(found.table["predicted"]) == {"contradiction"}
    assert found.notes[0] == "Answers are those of scorer other."
    with pytest.raises(ScotomaError, match=r"predicted labels that are not known: 'I think so.* in 2 rows"):
        read_predictions(path, HANS, scorer="includes")
    with pytest.raises(ScotomaError, match=r"no sample has a scorer 'choise'.*Did you mean 'choice'"):
        read_predictions(path, HANS, scorer="choise")


def test_one_wrong_word_does_not_hand_a_log_to_another_scorer_unseen(tmp_path: Path) -> None:
    scores = by_scorer(choice=["A", "A", "B", "Z"], includes=["x"] * 4)
    with pytest.raises(ScotomaError, match=r"predicted label 'Z' is not known \(.*, sample 4\)"):
        read_predictions(saved(log(scores=scores), tmp_path / "a.json"), HANS)


@pytest.mark.parametrize(
    "answer", ["A, B", "A,B", "AB", "A and B", ["A", "B", "C"], ["A", "C"], "", None, []]
)
def test_several_answers_or_none_are_no_answer(tmp_path: Path, answer: object) -> None:
    path = saved(log(scores=by_scorer(choice=["A", answer, "B", "C"])), tmp_path / "a.json")
    with pytest.raises(ScotomaError, match=r"1 of 4 rows has no answer: sample 2 .*--partial"):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, partial=True)
    assert found.table["predicted"].to_list() == ["entailment", "neutral", "contradiction"]
    assert found.unanswered["id"].to_list() == ["s1"]


@pytest.mark.parametrize("answer", ["B", "B.", "(B)", "neutral", ["B"], ["B", "B"], "B, B"])
def test_a_single_answer_is_read_in_every_form(tmp_path: Path, answer: object) -> None:
    path = saved(log(scores=by_scorer(choice=["A", answer, "B", "C"])), tmp_path / "a.json")
    assert read_predictions(path, HANS).table["predicted"][1] == "neutral"


def test_a_sample_without_a_score_has_no_answer_where_others_have_one(tmp_path: Path) -> None:
    scores = [*by_scorer(choice=ANSWERS)[:2], {}, None]
    path = saved(log(scores=scores), tmp_path / "a.json")
    with pytest.raises(
        ScotomaError,
        match=r"2 of 4 rows have no answer: sample 3 \(no score by choice; completion 'I think so",
    ):
        read_predictions(path, HANS)
    assert read_predictions(path, HANS, partial=True).table.height == 2


def test_a_log_of_version_1_has_a_single_score(tmp_path: Path) -> None:
    made = log(score=[{"value": "C", "answer": answer} for answer in ANSWERS])
    found = read_predictions(saved(made | {"version": 1}, tmp_path / "a.json"), HANS)
    assert found.table["predicted"].to_list() == MEANT


def test_a_list_of_samples_is_read_as_its_log(tmp_path: Path) -> None:
    made = log(scores=by_scorer(choice=ANSWERS))["samples"]
    for path in (saved(made, tmp_path / "a.json"), lines(made, tmp_path / "b.jsonl")):
        assert read_predictions(path, HANS).table["predicted"].to_list() == MEANT


def test_a_completion_in_parts_is_its_text(tmp_path: Path) -> None:
    parts = [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "neutral"}]
    made = log(output=[{"choices": [{"message": {"content": parts}}]}] * 4)
    found = read_predictions(saved(made, tmp_path / "a.json"), HANS)
    assert set(found.table["predicted"]) == {"neutral"}
    assert found.notes[0] == "No scorer gives an answer, so whole completions are read as answers."


def test_targets_that_are_no_labels_are_named_with_what_fixes_them(tmp_path: Path) -> None:
    made = log(
        target=[["1", "2"], ["0"], ["1", "2"], "0"],
        scores=by_scorer(m=["0", "0", "1", "2"]),
        metadata=[{}] * 4,
    )
    path = saved(made, tmp_path / "a.json")
    message = (
        r"sample 1: .*gold labels that are not known: '1' in 2 rows, '2' in 2 rows.*"
        r"--gold-labels '1=LABEL,2=LABEL'"
    )
    with pytest.raises(ScotomaError, match=message):
        read_predictions(path, HANS)
    words = {"0": "entailment", "1": "neutral", "2": "contradiction"}
    found = read_predictions(path, HANS, labels=words).table
    assert found["gold"].to_list() == GOLD
    assert found["predicted"].to_list() == MEANT


@pytest.mark.parametrize("option", [{"scorer": "choice"}, {"filter": "strict"}])
def test_an_option_for_another_kind_of_file_is_refused(tmp_path: Path, option: Any) -> None:
    made = [{"id": 0, "gold": "entailment", "predicted": "neutral"}]
    with pytest.raises(
        ScotomaError, match=r"--(scorer choice|filter strict) applies only to .*Leave --(scorer|filter) out"
    ):
        read_predictions(lines(made, tmp_path / "a.jsonl"), HANS, **option)


def harness(**changes: list[Any]) -> list[dict[str, Any]]:
    """Four samples of a generating task of lm-evaluation-harness."""
    return [
        {
            "doc_id": n,
            "doc": {"gold": gold},
            "target": "x",
            "arguments": {"gen_args_0": {"arg_0": "context", "arg_1": {}}},
            "resps": [["I think it is so."]],
            **{name: values[n] for name, values in changes.items()},
        }
        for n, gold in enumerate(GOLD)
    ]


@pytest.mark.parametrize("found", [["[invalid]"], [], [""], [[]], [None], [["neutral", "entailment"]], ""])
def test_a_filter_that_found_nothing_gives_no_answer(tmp_path: Path, found: object) -> None:
    made = harness(filtered_resps=[["entailment"], ["neutral"], found, [["Neutral"]]])
    path = lines(made, tmp_path / "a.jsonl")
    with pytest.raises(ScotomaError, match=r"1 of 4 rows has no answer: line 3 .*--partial"):
        read_predictions(path, HANS)
    read = read_predictions(path, HANS, partial=True)
    assert read.table["predicted"].to_list() == ["entailment", "neutral", "neutral"]


def test_a_message_tells_what_the_model_wrote_from_what_the_filter_kept(tmp_path: Path) -> None:
    path = lines(harness(filtered_resps=[["neutral"], [], ["neutral"], [None]]), tmp_path / "a.jsonl")
    kept = r"line 2 \(the filter kept nothing; response 'I think it is so\.'\), line 4 \(null\)"
    with pytest.raises(ScotomaError, match=f"2 of 4 rows have no answer: {kept}"):
        read_predictions(path, HANS)


def test_one_of_several_filters_is_chosen(tmp_path: Path) -> None:
    strict = harness(filter=["strict"] * 4, filtered_resps=[["[invalid]"]] * 4)
    loose = harness(filter=["loose"] * 4, filtered_resps=[["neutral"]] * 4)
    path = lines([*strict, *loose], tmp_path / "a.jsonl")
    with pytest.raises(
        ScotomaError, match=r"2 different filters: strict, loose .*Say which one with --filter strict\."
    ):
        read_predictions(path, HANS)
    assert set(read_predictions(path, HANS, filter="loose").table["predicted"]) == {"neutral"}
    with pytest.raises(ScotomaError, match=r"no line has the filter 'lose'.*Did you mean 'loose'"):
        read_predictions(path, HANS, filter="lose")


def test_filters_without_a_name_are_asked_about(tmp_path: Path) -> None:
    made = harness(filtered_resps=[["neutral"]] * 4)
    path = lines([*made, *made], tmp_path / "a.jsonl")
    with pytest.raises(ScotomaError, match="every doc_id occurs 2 times, and lines do not name their filter"):
        read_predictions(path, HANS)


@pytest.mark.parametrize("target", [[1, 2], "[1, 2]"])
def test_a_target_that_is_a_list_is_a_set_of_right_answers(tmp_path: Path, target: object) -> None:
    words = ["entailment", "neutral", "contradiction"]
    choices = [["context", f" {word}"] for word in words]
    made = harness(
        target=[target, [0], target, "0"],
        arguments=[choices] * 4,
        filtered_resps=[[[-1.0, True], [-2.0, False], [-3.0, False]]] * 4,
        doc=[{}] * 4,
    )
    (tmp_path / "a.json").write_text(json.dumps(made))
    found = read_predictions(tmp_path / "a.json", HANS).table
    assert found["gold"].to_list() == GOLD


def test_a_list_of_targets_in_words_is_read(tmp_path: Path) -> None:
    made = harness(
        target=["['neutral', 'contradiction']", "entailment"] * 2,
        filtered_resps=[["neutral"]] * 4,
        doc=[{}] * 4,
    )
    assert read_predictions(lines(made, tmp_path / "a.jsonl"), HANS).table["gold"].to_list() == GOLD


def test_samples_of_a_log_as_written_keep_their_answers() -> None:
    assert read_predictions(LOGS / "choice.eval", HANS, scorer="choice").table.height == 4

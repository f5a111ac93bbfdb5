"""A server that is asked for labels: what it is asked, how its words are read, and what is recorded."""

import json
from pathlib import Path
from typing import Any

import pytest

from known_data import microworld_rows
from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import read_table
from scotoma.stages.ask_judge import AskJudge
from scotoma.store.store import Store
from scotoma.study.settings.judges import JudgeEndpoint
from scotoma.tasks import MICROWORLD
from scripted_server import Reply, Request, chat, serving
from toy import made

POOL = microworld_rows(9)


def judge(url: str, answer: int = 1, seed: int = 3, **changes: Any) -> AskJudge:
    settings = {
        "url": url,
        "model": "judge-1",
        "api": "chat",
        "instruction": "Say one of {labels}.",
        "sampling": {"temperature": 0, "top_p": 1, "max_new_tokens": 5},
    }
    endpoint = JudgeEndpoint.model_validate({**settings, **changes})
    return AskJudge(task=MICROWORLD, endpoint=endpoint, pool=POOL, seed=seed, answer=answer)


def test_every_row_is_asked_for_with_the_instruction_and_the_task_s_question(tmp_path: Path) -> None:
    with serving(lambda asked: Reply(chat("neutral"))) as server:
        store = Store(tmp_path)
        folder = made(store, judge(server.url, concurrency=1))
    pool = read_table(store.folder(POOL) / "examples.parquet")
    prompts = [one.body["messages"][0]["content"] for one in server.asked]
    assert prompts == [
        f"Say one of entailment, neutral, contradiction.\n{MICROWORLD.verbalise(row)}"
        for row in pool.iter_rows(named=True)
    ]
    body = server.asked[0].body
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0, 1, 5)
    assert "stop" not in body
    assert read_table(folder / "predictions.parquet").rows() == [(id, "neutral") for id in pool["id"]]
    usage = json.loads((folder / "usage.json").read_text())
    assert (usage["rows"], usage["models"]) == (9, {"tiny-0613": 9})


def test_an_answer_without_a_label_is_none_and_is_recorded_in_its_words(tmp_path: Path) -> None:
    replies = iter(["Entailment.", "It depends.", "Because ...\nneutral", *["contradiction"] * 6])
    with serving(lambda asked: Reply(chat(next(replies)))) as server:
        folder = made(Store(tmp_path), judge(server.url, concurrency=1))
    found = read_table(folder / "predictions.parquet")["predicted"].to_list()
    assert found == ["entailment", None, "neutral", *["contradiction"] * 6]
    assert read_table(folder / "asked.parquet")["answer"].to_list()[1] == "It depends."


def test_further_answers_ask_with_other_seeds_and_the_first_is_not_asked_for_again(tmp_path: Path) -> None:
    with serving(lambda asked: Reply(chat("neutral"))) as server:
        store = Store(tmp_path)
        first, second, other = judge(server.url), judge(server.url, answer=2), judge(server.url, seed=4)
        for step in (first, second, first, other):
            if not store.done(step):
                made(store, step)
        assert len({first.key, second.key, other.key}) == 3
    assert len(server.seeds) == len(set(server.seeds)) == 3 * 9


def test_how_patiently_a_judge_is_asked_changes_no_step() -> None:
    plain = judge("http://127.0.0.1:1/v1")
    assert judge("http://127.0.0.1:1/v1", timeout=3, retries=1, key="A_KEY").key == plain.key
    assert judge("http://127.0.0.1:1/v1", instruction="Which one?").key != plain.key


def test_a_failure_names_the_row_and_the_judge(tmp_path: Path) -> None:
    def script(asked: Request) -> Reply:
        return Reply("", 400)

    with serving(script) as server, pytest.raises(ScotomaError, match=r"asked for row .*no usable answer"):
        made(Store(tmp_path), judge(server.url, concurrency=1))


def test_a_key_that_is_not_set_is_said_to_be_the_judge_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    with pytest.raises(ScotomaError, match="A_KEY is not set") as raised:
        made(Store(tmp_path), judge("http://127.0.0.1:1/v1", key="A_KEY"))
    assert raised.value.where == "judge: endpoint: key"

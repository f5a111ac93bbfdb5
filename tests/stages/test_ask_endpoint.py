"""How a server's answers become rows like those of a trained generator, and what is recorded of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from known_data import microworld_rows
from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import read_table
from scotoma.stages.ask_endpoint import AskEndpoint
from scotoma.stages.screen import Screen
from scotoma.store.store import Store
from scotoma.study.settings.generators import Endpoint
from scotoma.study.settings.models import Sampling
from scotoma.study.settings.pieces import Screening
from scotoma.tasks import MICROWORLD, MNLI, Rejected, Task
from scripted_server import Reply, Request, chat, completion, say_ok, serving
from toy import made

CORPUS = microworld_rows(60)
SAMPLING = Sampling(temperature=1, top_p=1, candidates_per_label=2, max_new_tokens=9)
PAIR = "Premise: A dog ran. Hypothesis: A cat ran."


def step(url: str, task: Task = MICROWORLD, **changes: Any) -> AskEndpoint:
    settings = {"url": url, "model": "tiny", "api": "completions", "shots": 1, "sampling": SAMPLING}
    endpoint = Endpoint.model_validate({**settings, **changes})
    return AskEndpoint(task=task, endpoint=endpoint, corpus=CORPUS, seed=3)


@pytest.mark.parametrize("task", [MICROWORLD, MNLI], ids=["microworld", "mnli"])
@pytest.mark.parametrize(
    "answer",
    [
        lambda task: f". {PAIR} {task.end_marker}" if task is MNLI else f" {PAIR} {task.end_marker}",
        lambda task: f"\n{PAIR}",
        lambda task: f"{PAIR} {task.end_marker} Another one: ...",
        lambda task: task.write({"premise": "A dog ran.", "hypothesis": "A cat ran."}, "neutral"),
    ],
    ids=["goes on", "names the parts", "goes on too long", "begins anew"],
)
def test_an_answer_is_read_whether_or_not_it_says_the_prompt_again(
    task: Task, answer: Callable[[Task], str]
) -> None:
    whole = task.continued("neutral", answer(task))
    whole += "" if task.end_marker in whole else f" {task.end_marker}"
    assert task.parse(whole, "neutral") == {"premise": "A dog ran.", "hypothesis": "A cat ran."}


def test_an_answer_for_another_label_is_still_refused() -> None:
    whole = MNLI.continued("neutral", MNLI.write({"premise": "x", "hypothesis": "y"}, "entailment"))
    with pytest.raises(Rejected, match=r"form|label|repeated part"):
        MNLI.parse(whole, "neutral")


@pytest.mark.parametrize(
    ("said", "finished"),
    [
        (completion(f" {PAIR}"), True),
        (completion("", choices=[{"text": f" {PAIR} End more", "finish_reason": "length"}]), True),
        (completion("", choices=[{"text": f" {PAIR}", "finish_reason": "length"}]), False),
        (completion("", choices=[{"text": "", "finish_reason": "content_filter"}]), False),
    ],
    ids=["stopped", "ran over the marker", "cut off", "refused"],
)
def test_a_row_is_finished_where_the_server_stopped_or_the_marker_stands(
    tmp_path: Path, said: str, finished: bool
) -> None:
    with serving(lambda asked: Reply(said)) as server:
        raw = read_table(made(Store(tmp_path), step(server.url)) / "raw.parquet")
    assert raw["finished"].to_list() == [finished] * 6
    assert all(("End" in text) == finished for text in raw["text"])


def test_all_that_was_asked_and_answered_is_recorded(tmp_path: Path) -> None:
    replies = iter(["tiny-0613", "tiny-0613", "tiny-0614", "tiny-0613", "tiny-0613", "tiny-0613"])

    def script(asked: Request) -> Reply:
        usage = (
            None if asked.body["prompt"].endswith("neutral") else {"prompt_tokens": 7, "completion_tokens": 2}
        )
        return Reply(completion(f" {PAIR}", model=next(replies), usage=usage))

    with serving(script) as server:
        asking = step(server.url, concurrency=1)
        folder = made(Store(tmp_path), asking)
    asked = read_table(folder / "asked.parquet")
    assert asked["prompt"].to_list() == [one.body["prompt"] for one in server.asked]
    assert asked["seed"].to_list() == server.seeds
    assert len(set(server.seeds)) == 6
    assert max(server.seeds) < 2**31
    assert asked["answer"].to_list() == [f" {PAIR}"] * 6
    assert json.loads((folder / "usage.json").read_text()) == {
        "rows": 6,
        "prompt_tokens": 28,
        "completion_tokens": 8,
        "rows_without_tokens": 2,
        "models": {"tiny-0613": 5, "tiny-0614": 1},
        "fingerprints": {"fp_1": 6},
    }
    assert asking.key == step(server.url, concurrency=1).key


def test_a_row_with_half_a_character_is_rejected_with_that_reason(tmp_path: Path) -> None:
    broken = PAIR.replace("dog", "d\\ud83dg")
    replies = iter([*[f" {PAIR[:-4]}{word}." for word in ("sat", "ran", "sang", "hid")], broken, broken])
    endings = iter(["stop", "stop", "stop", "stop", "stop", "length"])

    def script(asked: Request) -> Reply:
        text = completion("", choices=[{"text": f" {next(replies)}", "finish_reason": next(endings)}])
        return Reply(text.replace("\\\\ud83d", "\\ud83d"))

    keep = Screening(identical="keep", duplicates="keep", leaks="keep", copies="keep")
    with serving(script) as server:
        asking = step(server.url, concurrency=1)
        screen = Screen(task=MICROWORLD, raw=asking, corpus=CORPUS, tests=(CORPUS,), screening=keep)
        folder = made(Store(tmp_path), screen)
    found = json.loads((folder / "yield.json").read_text())
    assert (found["kept"], found["rejected"]) == (4, {"half a character": 1, "unfinished": 1})
    (text,) = read_table(folder / "rejects.parquet").filter(reason="half a character")["text"]
    assert "A d\ufffdg ran." in text


def test_a_step_that_failed_pays_for_no_row_twice(tmp_path: Path) -> None:
    calls: list[Request] = []

    def script(asked: Request) -> Reply:
        calls.append(asked)
        return Reply("", 400) if len(calls) == 4 else Reply(chat(PAIR))

    store = Store(tmp_path)
    with serving(script) as server:
        asking = step(server.url, api="chat", concurrency=1)
        with pytest.raises(ScotomaError, match="asked for row neutral-1"):
            made(store, asking)
        assert not store.done(asking)
        made(store, asking)
    assert len(calls) == 4 + 3
    assert list((tmp_path / "checkpoint").iterdir()) == []


def test_more_candidates_and_another_seed_ask_anew(tmp_path: Path) -> None:
    with serving(say_ok) as server:
        first = step(server.url)
        other = first.model_copy(update={"seed": 4})
        assert first.key != other.key
        one, two = (read_table(made(Store(tmp_path), each) / "asked.parquet") for each in (first, other))
    assert not set(one["seed"]) & set(two["seed"])
    assert one["prompt"].to_list() != two["prompt"].to_list()


def test_a_premise_is_read_to_a_server_and_what_it_says_otherwise_is_rejected(tmp_path: Path) -> None:
    answers = iter(
        ["A cat ran .", "Hypothesis: A cat sat .", f"{PAIR}", " A cat hid .", "A cat .", "The cat ."]
    )
    keep = Screening(identical="keep", duplicates="keep", leaks="keep", copies="keep")
    with serving(lambda asked: Reply(chat(next(answers)))) as server:
        asking = step(server.url, api="chat", concurrency=1, shots=0, reads="premise")
        screen = Screen(task=MICROWORLD, raw=asking, corpus=CORPUS, tests=(CORPUS,), screening=keep)
        folder = made(Store(tmp_path), screen)
    pool, rejects = (read_table(folder / f"{name}.parquet") for name in ("examples", "rejects"))
    corpus = dict(
        read_table(made(Store(tmp_path), CORPUS) / "examples.parquet").select("id", "premise").rows()
    )
    assert pool["premise"].to_list() == [corpus[id] for id in pool["read_row"]]
    said = ["A cat ran .", "A cat sat .", "A cat hid .", "A cat .", "The cat ."]
    assert pool["hypothesis"].to_list() == said
    assert rejects["reason"].to_list() == ["what it read is changed"]
    asked = [one.body["messages"][0]["content"] for one in server.asked]
    assert all(prompt.endswith(" Hypothesis:") for prompt in asked)

"""Rows asked of a real server on loopback that fails in every way it is told to."""

import itertools
import json
import os
import signal
import threading
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from scotoma.basics import interruption
from scotoma.basics.errors import ScotomaError
from scotoma.basics.interruption import Interrupted
from scotoma.models.endpoint import HALF_A_CHARACTER, Answer, Client, Question, ask_all, client
from scotoma.study.settings.generators import Endpoint
from scotoma.study.settings.models import Sampling
from scripted_server import Reply, Request, Script, Server, chat, completion, say_ok, serving

pytest.importorskip("httpx2", reason="the extra `endpoint` is not installed")

SAMPLING = Sampling(temperature=0.7, top_p=0.9, candidates_per_label=1, max_new_tokens=40)
KEY = "sk-MarkerThatMustNotBeWritten"


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT", 0.01)


def endpoint(server: Server, **changes: Any) -> Endpoint:
    settings = {"url": server.url, "model": "tiny", "api": "completions", "shots": 0, "sampling": SAMPLING}
    return Endpoint.model_validate({**settings, "retries": 3, "timeout": 5, **changes})


def questions(n: int) -> list[Question]:
    return [Question(f"neutral-{i}", f"Prompt {i}", seed=i) for i in range(n)]


def ask(
    server: Server, n: int, folder: Path | None = None, progress: Any = None, **changes: Any
) -> dict[str, Answer]:
    with Client(endpoint(server, **changes), "End") as one:
        return ask_all(one, questions(n), folder, progress or (lambda done, total: None))


def first_time(said: Reply) -> Script:
    """Says this to every row's first request, and is well afterwards."""
    return lambda asked: say_ok(asked) if asked.before else said


def test_a_completion_is_asked_for_with_the_studys_sampling_and_a_seed() -> None:
    with serving() as server:
        found = ask(server, 1)
    (asked,) = server.asked
    assert asked.path == "/v1/completions"
    assert asked.body == {
        "model": "tiny",
        "prompt": "Prompt 0",
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 40,
        "stop": ["End"],
        "seed": 0,
    }
    assert "authorization" not in asked.headers
    assert found == {
        "neutral-0": Answer(
            row="neutral-0",
            text=" Premise: The doctor slept . Hypothesis: The lawyer slept . ",
            finish_reason="stop",
            model="tiny-0613",
            fingerprint="fp_1",
            prompt_tokens=7,
            completion_tokens=11,
        )
    }


def test_a_chat_gets_one_message_and_an_empty_answer_is_an_empty_text() -> None:
    replies = [chat("Premise: x"), chat(None, finish_reason="content_filter")]
    with serving(lambda asked: Reply(replies[asked.body["seed"]])) as server:
        found = ask(server, 2, api="chat", concurrency=1)
    assert {asked.path for asked in server.asked} == {"/v1/chat/completions"}
    assert server.asked[0].body["messages"] == [{"role": "user", "content": "Prompt 0"}]
    assert [(one.text, one.finish_reason) for one in found.values()] == [
        ("Premise: x", "stop"),
        ("", "content_filter"),
    ]


def test_fields_can_be_added_and_left_out() -> None:
    with serving() as server:
        ask(server, 1, body={"seed": None, "max_tokens": None, "max_completion_tokens": 9, "top_k": 5})
    body = server.asked[0].body
    assert not {"seed", "max_tokens"} & set(body)
    assert (body["max_completion_tokens"], body["top_k"]) == (9, 5)


def test_tokens_that_are_not_reported_are_not_made_up() -> None:
    with serving(lambda asked: Reply(json.dumps({"choices": [{"text": "x"}]}))) as server:
        (answer,) = ask(server, 1).values()
    assert (answer.prompt_tokens, answer.completion_tokens, answer.model) == (None, None, "")


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_failure_that_passes_is_asked_again(status: int) -> None:
    with serving(first_time(Reply("busy", status))) as server:
        assert len(ask(server, 3)) == 3
    assert sorted(server.seeds) == [0, 0, 1, 1, 2, 2]


def test_waits_double_and_end_in_an_error_that_names_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT", 0.1)
    with (
        serving(lambda asked: Reply("out of \x1b[2J order", 500)) as server,
        pytest.raises(ScotomaError, match=r"no answer for row neutral-0 in 4 tries: status 500 'out of .x1b"),
    ):
        ask(server, 1)
    waits = [after.at - before.at for before, after in itertools.pairwise(server.asked)]
    assert len(waits) == 3
    for wait, least in zip(waits, (0.05, 0.1, 0.2), strict=True):
        assert least <= wait < 2 * least + 0.3


@pytest.mark.parametrize("as_date", [False, True])
def test_a_server_is_left_alone_as_long_as_it_asks(as_date: bool) -> None:
    # A date has whole seconds, and some pass before the server answers.
    later = formatdate(time.time() + 3, usegmt=True) if as_date else "1"
    with serving(first_time(Reply("slow down", 429, {"retry-after": later}))) as server:
        ask(server, 1)
    first, second = server.asked
    assert second.at - first.at >= 0.99


@pytest.mark.parametrize("nonsense", ["soon", "-5", "nan", "inf", "Mon, 99 Foo 2020 00:00:00 GMT", ""])
def test_a_wait_that_is_none_is_not_waited_for(nonsense: str) -> None:
    with serving(first_time(Reply("slow down", 429, {"retry-after": nonsense}))) as server:
        started = time.monotonic()
        ask(server, 1)
    assert time.monotonic() - started < 2


def test_a_server_that_asks_for_a_day_ends_the_run_at_once() -> None:
    script = first_time(Reply("quota", 429, {"retry-after": "86400"}))
    with serving(script) as server, pytest.raises(ScotomaError, match="a pause of 86,400 seconds"):
        ask(server, 1)


@pytest.mark.parametrize(("pause", "parts"), [(1.0, 1), (0.15, 12)])
def test_an_answer_that_takes_too_long_is_asked_for_again(pause: float, parts: int) -> None:
    """Whether nothing comes, or a little now and then."""
    slow = Reply(say_ok(Request("", {}, {}, 0, 0)).body, pause=pause, parts=parts)
    with serving(first_time(slow)) as server:
        assert len(ask(server, 1, timeout=0.4)) == 1
    assert len(server.asked) == 2


def test_a_server_that_is_not_there_is_an_error() -> None:
    with serving() as server:
        pass
    with pytest.raises(ScotomaError, match=r"neutral-0 in 2 tries: .ConnectError"):
        ask(server, 1, retries=1)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (Reply("{"), "row neutral-0.*JSON: Invalid JSON"),
        (Reply("<html>hello</html>"), "row neutral-0.*JSON: Invalid JSON"),
        (Reply(b"\xff\xfe"), "row neutral-0.*Invalid JSON"),
        (Reply("[" * 5000), "row neutral-0.*nested too deep"),
        (Reply("[]"), "row neutral-0.*should be an object"),
        (Reply(json.dumps({"choices": []})), "row neutral-0.*choices: "),
        (Reply(completion("x", choices=[{"text": 5}])), r"row neutral-0.*choices.0.text: "),
        (Reply(completion("x", usage={"prompt_tokens": -1})), "row neutral-0.*usage.prompt_tokens"),
        (Reply(chat("x").replace("text", "t")), "row neutral-0.*no text in it"),
        (Reply(completion("x" * 5_000_000)), "row neutral-0.*more than 4,000,000 bytes"),
        (Reply("no such model", 404), "row neutral-0.*status 404 'no such model'"),
        (Reply("", 307, {"location": "http://127.0.0.1:1/"}), "row neutral-0.*a redirect to 'http"),
        (Reply("xx", headers={"content-encoding": "gzip"}), "row neutral-0"),
    ],
)
def test_an_answer_that_is_none_is_an_error_that_names_the_row(said: Reply, message: str) -> None:
    with serving(lambda asked: said) as server, pytest.raises(ScotomaError, match=f"(?s){message}"):
        ask(server, 1)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "text",
    [rb"a\ud800b", rb"a\udc00b", b"a\xffb", b"a\xf0\x9f\x98b", b"a\xed\xa0\x80b"],
    ids=["first half", "second half", "no byte of any", "cut short", "half in bytes"],
)
def test_half_a_character_is_marked_in_an_answer_that_is_kept(tmp_path: Path, text: bytes) -> None:
    said = Reply(b'{"choices": [{"text": "%s", "finish_reason": "stop"}], "model": "%s"}' % (text, text))
    with serving(lambda asked: said) as server:
        (answer,) = ask(server, 1, tmp_path).values()
        assert set(answer.text) == set(answer.model) == {"a", HALF_A_CHARACTER, "b"}
        assert ask(server, 1, tmp_path) == {answer.row: answer}
    assert len(server.asked) == 1


def test_two_halves_are_a_character_and_a_byte_order_mark_is_none(tmp_path: Path) -> None:
    said = Reply(b'\xef\xbb\xbf{"choices": [{"text": "\\ud83d\\ude00"}]}')
    with serving(lambda asked: said) as server:
        assert [one.text for one in ask(server, 1, tmp_path).values()] == ["\U0001f600"]


def test_no_more_rows_are_under_way_than_is_allowed() -> None:
    with serving(lambda asked: Reply(say_ok(asked).body, pause=0.05)) as server:
        assert len(ask(server, 24, concurrency=4)) == 24
    assert server.busiest == 4


def test_rows_that_were_answered_are_not_asked_for_again(tmp_path: Path) -> None:
    broken = threading.Event()

    def script(asked: Request) -> Reply:
        return Reply("no", 400) if asked.body["seed"] == 7 and not broken.is_set() else say_ok(asked)

    with serving(script) as server:
        with pytest.raises(ScotomaError, match="row neutral-7"):
            ask(server, 30, tmp_path, concurrency=3)
        kept = [json.loads(line)["row"] for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
        assert set(server.seeds) == {int(row.rpartition("-")[2]) for row in kept} | {7}
        assert 7 <= len(kept) <= 10  # those under way were kept, and none was begun after the failure
        broken.set()
        server.asked.clear()
        assert sorted(ask(server, 30, tmp_path)) == sorted(f"neutral-{i}" for i in range(30))
        assert sorted(server.seeds) == [i for i in range(30) if f"neutral-{i}" not in kept]


def test_an_answer_cut_off_while_it_was_written_is_asked_for_again(tmp_path: Path) -> None:
    with serving() as server:
        whole = ask(server, 3, tmp_path, concurrency=1)
        path = tmp_path / "answers.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(lines[0] + b"\0\0\0\n" + lines[2][:20])
        server.asked.clear()
        assert ask(server, 3, tmp_path) == whole
        assert sorted(server.seeds) == [1, 2]
        server.asked.clear()
        assert ask(server, 3, tmp_path) == whole
        assert server.asked == []


def test_of_a_row_answered_twice_the_first_answer_counts(tmp_path: Path) -> None:
    with serving() as server:
        (answer,) = ask(server, 1, tmp_path).values()
        later = answer.model_copy(update={"text": "later"})
        with (tmp_path / "answers.jsonl").open("a") as file:
            file.write(later.model_dump_json() + "\n")
        assert ask(server, 1, tmp_path) == {answer.row: answer}


def test_a_signal_stops_after_the_rows_that_are_under_way(tmp_path: Path) -> None:
    def progress(done: int, total: int) -> None:
        if done == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, interruption.interrupt)
    try:
        with serving(lambda asked: Reply(say_ok(asked).body, pause=0.02)) as server:
            with pytest.raises(Interrupted):
                ask(server, 100, tmp_path, progress, concurrency=2)
            kept = len((tmp_path / "answers.jsonl").read_text().splitlines())
            assert kept == len(server.asked)
            assert 4 <= kept <= 10
            assert len(ask(server, 100, tmp_path)) == 100
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(server.asked) == 100


def test_progress_counts_rows_of_the_try_before() -> None:
    seen: list[tuple[int, int]] = []
    with serving() as server:
        ask(server, 5, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (5, 5)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SCOTOMA_TEST_KEY", f" {KEY}\n")
    return KEY


def test_the_key_is_sent_to_the_studys_url_alone(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as other, serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        script = first_time(Reply("", 302, {"location": f"{other.url}/completions"}))
        with serving(script) as server, pytest.raises(ScotomaError, match="redirects are not followed"):
            ask(server, 1, key="SCOTOMA_TEST_KEY")
    assert server.asked[0].headers["authorization"] == f"Bearer {key}"
    assert other.asked == proxy.asked == []


@pytest.mark.parametrize("status", [401, 500])
def test_a_key_that_the_server_repeats_is_not_shown(key: str, status: int) -> None:
    script = lambda asked: Reply(f"wrong key {asked.headers['authorization']}", status)  # noqa: E731
    with serving(script) as server, pytest.raises(ScotomaError, match=r"wrong key Bearer \[key\]") as caught:
        ask(server, 1, key="SCOTOMA_TEST_KEY")
    assert key not in str(caught.value)


def test_a_key_that_is_not_there_is_an_error_before_anything_is_asked() -> None:
    with serving() as server, pytest.raises(ScotomaError, match="SCOTOMA_NO_KEY is not set"):
        ask(server, 1, key="SCOTOMA_NO_KEY")
    assert server.asked == []


@pytest.mark.parametrize("bad", [f"{KEY}\nX-Evil: 1", f"{KEY}é", f"\x1b{KEY}"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOTOMA_TEST_KEY", bad)
    with (
        serving() as server,
        pytest.raises(ScotomaError, match="holds characters that are not allowed in a key") as caught,
    ):
        ask(server, 1, key="SCOTOMA_TEST_KEY")
    assert KEY not in str(caught.value)
    assert server.asked == []

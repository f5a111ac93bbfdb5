"""A server with OpenAI's interface on loopback: answers as it is scripted, remembers what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scotoma.basics.records import Example
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import draw_pairs


@dataclass
class Request:
    """One request: its path, headers, body, when it came, and how often this row had come before."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float
    before: int


@dataclass
class Reply:
    """One reply; `parts` are sent with `pause` seconds before each; `reason` stands in its status line."""

    body: str | bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    parts: int = 1
    reason: str | None = None


Script = Callable[[Request], Reply]


def completion(text: str, **changes: Any) -> str:
    """The JSON of a plain completion."""
    usage = {"prompt_tokens": 7, "completion_tokens": 11, "total_tokens": 18}
    choice = {"index": 0, "text": text, "finish_reason": "stop"}
    reply = {"model": "tiny-0613", "system_fingerprint": "fp_1", "choices": [choice], "usage": usage}
    return json.dumps({**reply, **changes})


def chat(content: str | None, **changes: Any) -> str:
    """The JSON of a chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return completion("", choices=[{**choice, **changes}])


def say_ok(asked: Request) -> Reply:
    """A short text for every row."""
    return Reply(completion(" Premise: The doctor slept . Hypothesis: The lawyer slept . "))


_DRAWING = threading.Lock()


@cache
def _pairs() -> dict[str, list[Example]]:
    """Pairs of the micro-world by label, drawn when the first of them is asked for: it takes seconds."""
    drawn = draw_pairs(900, 0.5, 77, "train")
    return {label: [pair for pair in drawn if pair.label == label] for label in MICROWORLD.labels}


def say_pair(asked: Request) -> Reply:
    """A true pair of the micro-world with the label that is asked for, by the request's seed."""
    label = asked.body["prompt"].rpartition("Relation: ")[2]
    with _DRAWING:
        pairs = _pairs()[label]
    pair = pairs[asked.body["seed"] % len(pairs)]
    premise, hypothesis = pair.texts
    return Reply(completion(f" Premise: {premise} Hypothesis: {hypothesis} "))


class Server:
    """What was asked so far, and how many requests were under way at the most."""

    def __init__(self, script: Script) -> None:
        self.script, self.asked = script, list[Request]()
        self.busy = self.busiest = 0
        self.lock = threading.Lock()
        self.url = ""

    @property
    def seeds(self) -> list[int]:
        """The seed of every row asked for, in order."""
        return [asked.body["seed"] for asked in self.asked]

    def reply(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Reply:
        """What the script says."""
        with self.lock:
            before = sum(asked.body == body and asked.path == path for asked in self.asked)
            asked = Request(path, headers, body, time.monotonic(), before)
            self.asked.append(asked)
        return self.script(asked)

    def enter(self, step: int) -> None:
        """Counts requests under way."""
        with self.lock:
            self.busy += step
            self.busiest = max(self.busiest, self.busy)


@contextmanager
def serving(script: Script = say_ok) -> Iterator[Server]:
    """A server that runs as long as the context lasts."""
    server = Server(script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, body: dict[str, Any]) -> None:
            server.enter(+1)
            try:
                said = server.reply(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                content = said.body.encode() if isinstance(said.body, str) else said.body
                time.sleep(said.pause)
                self.send_response(said.status, said.reason)
                for name, value in {"content-length": str(len(content)), **said.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                for part in range(said.parts):
                    time.sleep(said.pause if part else 0)
                    n = -(-len(content) // said.parts)
                    self.wfile.write(content[part * n : (part + 1) * n])
                    self.wfile.flush()
            except OSError:  # the client has gone
                self.close_connection = True
            finally:
                server.enter(-1)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def do_GET(self) -> None:
            self._answer({})

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    with Quiet(("127.0.0.1", 0), Handler) as http:
        server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
        threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        http.shutdown()

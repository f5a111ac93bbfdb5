"""Names on the hub, asked of a server that stands for it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

#: What the server has, by path; all else is not there.
_THERE = {"/api/models/some/model", "/api/datasets/some/data", "/api/datasets/some/gated"}

_ASK = """
import sys, time
from scotoma.basics import hub_names
from scotoma.basics.hub_names import HubName, HubQuestions

hub_names._HURRY = float(sys.argv[2])
names = [HubName(*name) for name in eval_json(sys.argv[1])]
started = time.monotonic()
for refusal in HubQuestions(names).refusals():
    print(refusal)
print(f"{time.monotonic() - started:.1f}", file=sys.stderr)
""".replace("eval_json", "__import__('json').loads")


class _Hub(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        type(self).asked.append(path)
        place, _, revision = path.partition("/revision/")
        found = place in _THERE and revision in ("", "v1")
        code = "RevisionNotFound" if place in _THERE else "RepoNotFound"
        body = json.dumps(
            {"id": place, "sha": "0" * 40, "error": code} if found else {"error": code}
        ).encode()
        gated = place.endswith("gated")
        self.send_response(403 if gated else 200 if found else 404)
        if gated or not found:
            self.send_header("X-Error-Code", "GatedRepo" if gated else code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def hub() -> Iterator[str]:
    _Hub.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ask(
    home: Path,
    endpoint: str,
    names: list[tuple[str, str, str | None]],
    *,
    hurry: float = 1.5,
    **environment: str,
) -> list[str]:
    there = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    ended = subprocess.run(
        [sys.executable, "-c", _ASK, json.dumps(names), str(hurry)],
        env={**there, "HF_ENDPOINT": endpoint, "HF_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert float(ended.stderr.split()[-1]) < 20
    return ended.stdout.splitlines()


def test_names_that_the_hub_does_not_have_are_told(tmp_path: Path, hub: str) -> None:
    names = [
        ("model", "some/model", None),
        ("model", "some/modle", None),
        ("dataset", "some/data", "v1"),
        ("dataset", "some/data", "v2"),
        ("dataset", "some/gated", None),
        ("dataset", "nobody/nothing", None),
    ]
    missing = "is not on the hub, or is private. Correct the name, or sign in with `hf auth login`."
    # However busy the machine: an answer that comes late counts as none.
    assert ask(tmp_path, hub, names, hurry=15) == [
        f"data set 'nobody/nothing' {missing}",
        "data set 'some/data' on the hub has no revision 'v2'. Correct the name, or leave the revision out.",
        f"model 'some/modle' {missing}",
    ]


def test_where_the_hub_is_not_to_be_asked_it_is_not(tmp_path: Path, hub: str) -> None:
    names = [("model", "some/modle", None), ("model", "no name", None)]
    (said,) = ask(tmp_path, hub, names, HF_HUB_OFFLINE="1")
    assert said.startswith("model 'no name' is neither a folder here nor a possible name on the hub.")
    assert _Hub.asked == []


def test_a_hub_that_does_not_answer_is_no_fault(tmp_path: Path) -> None:
    assert ask(tmp_path, "http://127.0.0.1:9", [("model", "some/model", None)]) == []

"""No network in tests, and none at run time unless a name on the hub is asked for."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scotoma.study.file import bundled_studies

# Heard by the interpreter itself, so that no library can go round it.
_REFUSING = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        sys.stderr.write(f"NETWORK {event} {arguments[1:]}\\n")
        raise OSError("no network here")

sys.addaudithook(refuse)
from scotoma.cli.app import main
main()
"""


def refusing(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command that may open no socket."""
    command = [sys.executable, "-c", _REFUSING, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


def test_a_test_that_asks_the_network_is_told() -> None:
    with pytest.raises(OSError, match=r"a question for 'example\.org' in a test"):
        socket.create_connection(("example.org", 80), timeout=1)
    with socket.socket() as asking, pytest.raises(OSError, match=r"a connection to .* in a test"):
        asking.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "quickstart"),
        ("status", "quickstart"),
        ("report", "quickstart", "--out", "out"),
        ("doctor", "quickstart"),
        ("doctor", "zhang2025"),  # a name on the hub, looked for in the local cache alone
    ],
)
def test_planning_and_reporting_open_no_socket(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = refusing(*arguments, cwd=tmp_path)
    assert "NETWORK" not in ended.stderr
    assert ended.returncode == (2 if "zhang2025" in arguments else 0), ended.stderr


@pytest.mark.parametrize("command", ["plan", "status"])
def test_planning_with_a_server_asks_it_nothing(tmp_path: Path, command: str) -> None:
    text = bundled_studies()["quickstart"].read_text(encoding="utf8")
    server = {"url": "http://127.0.0.1:9/v1", "model": "tiny", "api": "chat", "shots": 0, "key": "NO_KEY"}
    study = yaml.safe_load(text)
    study["generator"] = {"endpoint": {**server, "sampling": study["generator"]["sampling"]}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    ended = refusing(command, "mine.yaml", cwd=tmp_path)
    assert "NETWORK" not in ended.stderr
    assert ended.returncode == 0, ended.stderr


def test_a_socket_would_have_been_heard(tmp_path: Path) -> None:
    code = _REFUSING.split("from scotoma")[0] + "import socket; socket.create_connection(('192.0.2.1', 80))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "NETWORK" in ended.stderr

"""No network in tests, and none at run time unless a name on the hub is asked for."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scotoma.study.finding import bundled_studies

# Heard by the interpreter itself, so that no library can go round it. Starting one takes seconds: several
# commands share it, each in the folder that it is given.
_REFUSING = """
import json, os, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        sys.stderr.write(f"NETWORK {event} {arguments[1:]}\\n")
        raise OSError("no network here")

sys.addaudithook(refuse)
"""
_COMMANDS = """
from scotoma.cli import main

codes = []
for folder, arguments in json.load(sys.stdin):
    os.chdir(folder)
    sys.argv = ["scotoma", *arguments]
    try:
        main()
        codes.append(0)
    except SystemExit as left:
        codes.append(left.code or 0)
print("CODES", *codes)
"""


def refusing(*commands: tuple[Path, list[str]]) -> tuple[list[int], str]:
    """The exit codes of commands that may open no socket, and what they said beside what they printed."""
    ended = subprocess.run(
        [sys.executable, "-c", _REFUSING + _COMMANDS],
        input=json.dumps([(str(folder), arguments) for folder, arguments in commands]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return [int(code) for code in ended.stdout.splitlines()[-1].split()[1:]], ended.stderr


def test_a_test_that_asks_the_network_is_told() -> None:
    with pytest.raises(OSError, match=r"a question for 'example\.org' in a test"):
        socket.create_connection(("example.org", 80), timeout=1)
    with socket.socket() as asking, pytest.raises(OSError, match=r"a connection to .* in a test"):
        asking.connect(("192.0.2.1", 80))


def test_planning_reporting_and_looking_for_a_name_of_the_hub_open_no_socket(tmp_path: Path) -> None:
    text = bundled_studies()["quickstart"].read_text(encoding="utf8")
    server = {"url": "http://127.0.0.1:9/v1", "model": "tiny", "api": "chat", "shots": 0, "key": "NO_KEY"}
    study = yaml.safe_load(text)
    study["generator"] = {"endpoint": {**server, "sampling": study["generator"]["sampling"]}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    named = yaml.safe_load(text)
    named["model"]["name"] = "someone/a-model-of-the-hub"
    (tmp_path / "named.yaml").write_text(yaml.safe_dump(named), encoding="utf8")
    commands = [
        ["plan", "quickstart"],
        ["status", "quickstart"],
        ["report", "quickstart", "--out", "out"],
        ["doctor", "quickstart"],
        ["plan", "mine.yaml"],  # a server, which is not asked
        ["status", "mine.yaml"],
        ["doctor", "named.yaml"],  # a name on the hub, looked for in the local cache alone
    ]
    codes, said = refusing(*((tmp_path, command) for command in commands))
    assert "NETWORK" not in said
    assert codes == [0, 0, 0, 0, 0, 0, 2], said


def test_a_socket_would_have_been_heard(tmp_path: Path) -> None:
    code = _REFUSING + "import socket; socket.create_connection(('192.0.2.1', 80))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "NETWORK" in ended.stderr

from pathlib import Path

import pytest

from command_line import scotoma
from scotoma.basics.errors import ScotomaError
from scotoma.study.file import load_study
from scotoma.study.strict_yaml import parse_text
from scotoma.study.undecided import Undecided, undecided
from tiny_study import TINY

OPEN = """
name: "DECIDE"     # in quotes it is a name
task: &task DECIDE # which "one"; even # two
again: *task
DECIDE: 3
claims:
  - {margin: DECIDE, cell: [all, DECIDE]}   # how much
  - &late
    x: DECIDE
  - *late
"""


def test_every_open_value_is_found_once_with_its_line_and_comment() -> None:
    assert undecided(parse_text(OPEN, "x")[0]) == [
        Undecided(3, "task", 'which "one"; even # two'),
        Undecided(7, "claims[0].margin", "how much"),
        Undecided(7, "claims[0].cell[1]", "how much"),
        Undecided(9, "claims[1].x", ""),
    ]
    assert undecided(parse_text("", "x")[0]) == []


def test_a_study_with_an_open_value_is_refused_before_anything_else(tmp_path: Path) -> None:
    path = tmp_path / "open.yaml"
    path.write_text(
        TINY.replace("replicates: 1", "replicates: DECIDE  # how many").replace("seed: 0", "sead: 0")
    )
    with pytest.raises(
        ScotomaError, match=r"1 value in open\.yaml is still.*\n  line 10, replicates: how many"
    ):
        load_study(str(path))


@pytest.mark.parametrize("command", ["plan", "run", "doctor", "status"])
def test_commands_ask_for_what_is_open(tmp_path: Path, command: str) -> None:
    (tmp_path / "open.yaml").write_text(TINY.replace("seed: 0", "seed: DECIDE  # a number"))
    ended = scotoma(command, "open.yaml", cwd=tmp_path)
    assert ended.returncode == 2
    assert "seed: a number" in ended.stdout + ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["open.yaml"]

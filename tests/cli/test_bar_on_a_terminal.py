"""A pseudo-terminal is shown how many rows are done of how many, and how long the rest will take."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prediction_files import replicates, rows, write

#: The command, with a bar from the start.
_AT_ONCE = (
    "import sys; from scotoma.cli import bar; bar._QUIET_FOR = 0.0; sys.argv[0] = 'scotoma'; "
    "import runpy; runpy.run_module('scotoma', run_name='__main__')"
)


def told(*command: object) -> str:
    """What standard error shows on a terminal of 100 columns."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-c", _AT_ONCE, *map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    parts: list[bytes] = []
    try:
        while part := os.read(ours, 65536):
            parts.append(part)
    except OSError:  # so Linux says that the other side is closed
        pass
    finally:
        os.close(ours)
    shown = b"".join(parts).decode()
    assert process.wait(60) == 0, shown
    return shown


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_score_tells_rows_and_time_left_whatever_the_format(tmp_path: Path, ending: str) -> None:
    path = write(rows(200), tmp_path / f"rows.{ending}")
    assert re.search(r"\d[\d,]*/6,000 rows, \S+ m?s left", told("score", path, "--blindspot", "hans"))


def test_compare_tells_the_rows_of_all_files(tmp_path: Path) -> None:
    before, after = (replicates(tmp_path / side, [0.5] * 4) for side in "ab")
    assert re.search(
        r"\d[\d,]*/4,800 rows, \S+ m?s left", told("compare", before, after, "--blindspot", "hans")
    )

"""docs/callback.md: its script runs and prints what the page says it printed, but for rounding."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "callback.md").read_text(encoding="utf8")
NUMBER = r"-?\d+(?:\.\d+)?"


def lines(text: str) -> dict[str, list[float]]:
    """Numbers of each printed line, by its name."""
    found = re.findall(rf"^ *(step|blindspot/\S+)((?: {NUMBER})+)$", text, re.M)
    return {name: [float(number) for number in numbers.split()] for name, numbers in found}


@pytest.mark.slow
def test_the_script_prints_what_the_page_shows(tmp_path: Path) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    printed, shown = lines(ended.stdout), lines(PAGE)
    assert len(printed) == 29
    assert len(shown) >= 6
    # Another processor rounds otherwise, and training amplifies it.
    assert {name: printed[name] for name in shown} == {
        name: pytest.approx(numbers, abs=0.15) for name, numbers in shown.items()
    }

"""The notebook runs from the top, and shows what it has stored."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from documents import ROOT

import notebook

STORED = json.loads((ROOT / "docs" / "tour.ipynb").read_text(encoding="utf8"))


def shown(of: dict[str, Any]) -> list[str]:
    """Everything that the cells show, as one text for each output."""
    outputs = [output for cell in of["cells"] for output in cell.get("outputs", [])]
    return ["".join(output.get("text", output.get("data", {}).get("text/html", ""))) for output in outputs]


def test_the_notebook_shows_what_it_has_stored(tmp_path: Path) -> None:
    copy = tmp_path / "tour.ipynb"
    bare = STORED | {"cells": [cell | {"outputs": []} for cell in STORED["cells"]]}
    copy.write_text(json.dumps(bare), encoding="utf8")
    subprocess.run([sys.executable, notebook.__file__, str(copy)], cwd=tmp_path, check=True, timeout=300)
    again = json.loads(copy.read_text(encoding="utf8"))
    assert len(shown(STORED)) >= 7
    assert shown(again) == shown(STORED)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tour.ipynb"]


def test_its_verdicts_are_drawn() -> None:
    assert sum("<svg" in text and "WORSE" in text for text in shown(STORED)) == 1
    assert sum("<svg" in text and "INCONCLUSIVE" in text for text in shown(STORED)) == 1


def test_a_cell_shows_what_it_prints_and_its_last_value() -> None:
    names: dict[str, Any] = {}
    assert notebook.outputs("a = 2\nprint(a)", names, 1) == [
        {"output_type": "stream", "name": "stdout", "text": ["2\n"]}
    ]
    (value,) = notebook.outputs("a + 1", names, 2)
    assert value["data"] == {"text/plain": ["3"]}
    with pytest.raises(ZeroDivisionError):
        notebook.outputs("a / 0", names, 3)

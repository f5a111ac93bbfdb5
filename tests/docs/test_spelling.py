"""No document has a word that is commonly misspelt."""

import importlib.util
import subprocess
import sys

import pytest
from documents import DOCUMENTS


@pytest.mark.skipif(importlib.util.find_spec("codespell_lib") is None, reason="codespell is not installed")
def test_the_documents_are_spelt_right() -> None:
    assert len(DOCUMENTS) >= 20
    checked = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *map(str, DOCUMENTS)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout

"""`import scotoma` is quick, and brings every public name when it is asked for."""

import subprocess
import sys

import pytest

import scotoma

HEAVY = ("torch", "transformers", "altair", "typer", "rich", "polars", "pydantic", "pandas", "scipy")


def modules_after(code: str) -> set[str]:
    """What a fresh interpreter has imported after this code."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def test_the_package_alone_imports_nothing_heavy() -> None:
    assert modules_after("import scotoma; scotoma.ScotomaError; dir(scotoma)").isdisjoint(HEAVY)


def test_an_audit_a_score_and_a_comparison_need_neither_torch_nor_a_terminal() -> None:
    found = modules_after("import scotoma; scotoma.audit; scotoma.score; scotoma.compare; scotoma.Study")
    assert found.isdisjoint({"torch", "transformers", "typer", "altair", "pandas"})


def test_every_public_name_is_there_and_is_documented() -> None:
    assert set(scotoma.__all__) <= set(dir(scotoma))
    for name in set(scotoma.__all__) - {"__version__"}:
        assert getattr(scotoma, name).__doc__, name


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'audti'"):
        scotoma.audti  # noqa: B018

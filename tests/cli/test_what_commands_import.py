"""A command imports what it needs: help, an error and a score come without the libraries of a training."""

import subprocess
import sys
from pathlib import Path

import pytest

#: Each takes a tenth of a second of processor time to import, or several seconds.
OF_TRAININGS = {"torch", "transformers", "peft", "accelerate", "datasets"}
OF_REPORTS = {"altair", "jinja2", "vl_convert"}
OF_STATISTICS = {"scipy.special", "scipy.sparse", "scipy.optimize", "scipy.stats", "sklearn"}
OF_TABLES = {"pandas", "pyarrow"}
HEAVY = OF_TRAININGS | OF_REPORTS | OF_STATISTICS | OF_TABLES

_PROGRAM = "import atexit, sys; atexit.register(lambda: sys.stderr.write('\\n' + ' '.join(sys.modules))); "


def imported_by(code: str, *arguments: str, cwd: Path) -> tuple[int, str, set[str]]:
    """Exit code, output and modules of a fresh interpreter."""
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM + code, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    said, _, modules = ended.stderr.rpartition("\n")
    return ended.returncode, ended.stdout + said, set(modules.split())


def command(*arguments: str, cwd: Path) -> tuple[int, str, set[str]]:
    return imported_by("from scotoma.cli import main; main()", *arguments, cwd=cwd)


@pytest.mark.parametrize("of", [(), ("run",)])
def test_help_imports_neither_tables_nor_settings(of: tuple[str, ...], tmp_path: Path) -> None:
    code, said, modules = command(*of, "--help", cwd=tmp_path)
    assert code == 0
    assert "Usage" in said
    assert modules & (HEAVY | {"numpy", "polars", "scotoma.study.file"}) == set()


@pytest.mark.parametrize("name", ["plan", "run", "report"])
def test_an_error_in_a_study_file_is_told_before_more_is_imported(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("task: mnli\nrecipee: {}\n", encoding="utf8")
    code, said, modules = command(name, "mine.yaml", cwd=tmp_path)
    assert code == 2
    assert "mine.yaml:2 recipee: unknown setting" in said
    assert modules & (HEAVY | {"numpy", "polars", "scipy"}) == set()
    assert modules & {"scotoma.experiment", "scotoma.results", "scotoma.report"} == set()


def test_a_score_imports_no_library_of_trainings_reports_or_intervals(tmp_path: Path) -> None:
    rows = [f"{n},{'entailment' if n % 2 else 'non-entailment'},entailment,lexical_overlap" for n in range(8)]
    text = "\n".join(["id,gold,predicted,heuristic", *rows])
    (tmp_path / "answers.csv").write_text(text, encoding="utf8")
    code, said, modules = command("score", "answers.csv", "--blindspot", "hans", "--partial", cwd=tmp_path)
    assert code == 0, said
    assert "8 rows" in said
    assert modules & HEAVY == set()


def test_a_comparison_imports_neither_a_study_nor_what_solves_systems(tmp_path: Path) -> None:
    gold = ["entailment", "non-entailment"] * 10
    for side, n_wrong in (("before", 2), ("after", 5)):
        (tmp_path / side).mkdir()
        for replicate in range(3):
            said = ["entailment"] * (n_wrong + replicate) + gold[n_wrong + replicate :]
            rows = [f"{n},{label},{said[n]},lexical_overlap" for n, label in enumerate(gold)]
            text = "\n".join(["id,gold,predicted,heuristic", *rows])
            (tmp_path / side / f"r{replicate}.csv").write_text(text, encoding="utf8")
    code, said, modules = command(
        "compare", "before", "after", "--blindspot", "hans", "--partial", cwd=tmp_path
    )
    assert code == 0, said
    assert "Multi-Bootstrap" in said
    assert modules & {"scipy.sparse", "scipy.linalg", "scotoma.study.study"} == set()
    assert modules & (OF_TRAININGS | OF_REPORTS | OF_TABLES) == set()


def test_a_plan_imports_neither_a_training_nor_a_drawing(tmp_path: Path) -> None:
    code, said, modules = command("plan", "quickstart", "--replicates", "1", cwd=tmp_path)
    assert code == 0, said
    assert "train_classifier" in said
    assert modules & (OF_TRAININGS | OF_REPORTS | OF_TABLES | {"scipy.sparse", "scipy.stats"}) == set()


def test_a_model_that_trains_whole_needs_no_library_of_adapters(tmp_path: Path) -> None:
    code = (
        "from scotoma.models.classifier import new_classifier; "
        "from scotoma.models.generator import train_generator; "
        "from scotoma.models.prediction import predict_logits"
    )
    ended, said, modules = imported_by(code, cwd=tmp_path)
    assert ended == 0, said
    assert "torch" in modules
    assert modules & {"peft", "bitsandbytes"} == set()

"""Tables for LaTeX: what a table says, with every character that means something to LaTeX made harmless."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from fake_study import make, plan, study
from scotoma.report.for_print import escaped, file_name, latex, print_files
from scotoma.report.tables.models import Table
from scotoma.results import results

if TYPE_CHECKING:
    from scotoma.experiment import Plan


def test_a_table_has_the_rules_of_booktabs_and_a_row_for_each_row() -> None:
    table = Table("Of 5 % & more", ("start", "arm", "value"), (("0", "a_b", ".5 ± .1"), ("1", "c", "")), 2)
    text = latex(table)
    assert r"\caption{Of 5 \% \& more}" in text
    assert r"\begin{tabular}{llr}" in text
    assert [line for line in text.splitlines() if line.endswith(r"\\")] == [
        r"start & arm & value \\",
        r"0 & a\_b & .5 $\pm$ .1 \\",
        r"1 & c &  \\",
    ]
    assert re.findall(r"\\(top|mid|bottom)rule", text) == ["top", "mid", "bottom"]


def test_a_wide_table_is_made_smaller_a_long_cell_wraps_and_a_long_table_comes_in_parts() -> None:
    wide = latex(Table("", tuple("abc"), (("x" * 40, "y" * 40, "a remark " * 9),), 1))
    assert r"\begin{tabular}{lrp{20em}}" in wide
    assert r"\resizebox{\textwidth}{!}{%" in wide
    assert wide.startswith("% \\usepackage{booktabs, graphicx}\n")
    long = latex(Table("All", ("a", "b"), tuple((f"x{n}", "1") for n in range(41)), 1))
    assert re.findall(r"caption{(.*)}", long) == ["All (1 of 2)", "All (2 of 2)"]
    assert re.findall(r"^x(\d+) & 1", long, re.MULTILINE) == [str(n) for n in range(41)]
    assert long.startswith("% \\usepackage{booktabs}\n")


LATEX = shutil.which("pdflatex")


@pytest.mark.skipif(not LATEX, reason="needs pdflatex (apt-get install texlive-latex-recommended)")
def test_a_paper_takes_every_table(tmp_path: Path) -> None:
    planned = cast("Plan", plan(study(replicates=3)))
    found = results(planned, make(plan(study(replicates=3)), tmp_path / "store"))
    (tmp_path / "tables").mkdir()
    for name, content in print_files(found, {}).items():
        (tmp_path / name).write_bytes(content)
    tables = sorted((tmp_path / "tables").iterdir())
    assert len(tables) > 8
    packages = r"\usepackage{booktabs, graphicx}"
    text = "\n".join(rf"\input{{tables/{table.stem}}} \clearpage" for table in tables)
    paper = rf"\documentclass{{article}}{packages}\begin{{document}}{text}\end{{document}}"
    (tmp_path / "paper.tex").write_text(paper, encoding="utf8")
    command = [str(LATEX), "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
    assert "Float too large" not in done.stdout


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("-.022 [-.072, +.027]", "$-$.022 [$-$.072, +.027]"),
        ("original-600 against -1", "original-600 against $-$1"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("a\nb\x1b[2J", r"a\textbackslash{}nb\textbackslash{}x1b[2J"),
        ("~^$#%&_{}", r"\textasciitilde{}\textasciicircum{}\$\#\%\&\_\{\}"),
    ],
)
def test_text_of_others_is_set_and_not_obeyed(text: str, safe: str) -> None:
    assert escaped(text) == safe


@pytest.mark.parametrize(
    ("name", "file"),
    [("a b/c", "a-b-c"), ("../../etc", "etc"), ("--help", "help"), ("\u202e…", "unnamed")],
)
def test_a_name_of_others_makes_a_harmless_file_name(name: str, file: str) -> None:
    assert file_name(name) == file

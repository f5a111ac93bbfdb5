"""Tables for LaTeX: what a table says, with every character that means something to LaTeX made harmless."""

import re

import pytest

from scotoma.report.for_print import escaped, file_name, latex
from scotoma.report.tables import Table


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


@pytest.mark.parametrize(
    ("text", "safe"),
    [
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

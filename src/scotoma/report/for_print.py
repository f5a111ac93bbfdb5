"""What a paper is made of: every figure as PDF and PNG, every table for LaTeX."""

import re
from collections.abc import Mapping
from pathlib import Path

from scotoma.report import figures
from scotoma.report.contents import named
from scotoma.report.results import Results
from scotoma.report.tables import Table
from scotoma.words import visible

_MEANS_SOMETHING = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    "±": r"$\pm$",
    "→": r"$\to$",
    "·": r"$\cdot$",
    "−": "--",
}


def write_print(results: Results, drawn: Mapping[str, figures.Figure], out: Path) -> None:
    """Writes `figures/` and `tables/`, over older ones."""
    for folder in ("figures", "tables"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for name, figure in drawn.items():
        (out / "figures" / f"{file_name(name)}.pdf").write_bytes(figures.pdf(figure))
        (out / "figures" / f"{file_name(name)}.png").write_bytes(figures.png(figure))
    for name, table in named(results).items():
        (out / "tables" / f"{file_name(name)}.tex").write_text(latex(table), encoding="utf8")


def latex(table: Table) -> str:
    r"""A `tabular` with booktabs' rules, caption above, ready for \input."""
    columns = "l" * table.n_names + "r" * (len(table.columns) - table.n_names)
    lines = [" & ".join(map(escaped, row)) + r" \\" for row in (table.columns, *table.rows)]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{escaped(table.caption)}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            lines[0],
            r"\midrule",
            *lines[1:],
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is."""
    return "".join(_MEANS_SOMETHING.get(mark, mark) for mark in visible(text, keep=""))


def file_name(name: str) -> str:
    """A name without what a file system or a shell might take for its own."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "unnamed"

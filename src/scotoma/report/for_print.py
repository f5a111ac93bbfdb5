"""What a paper is made of: every figure as PDF and PNG, every table for LaTeX."""

import re
from collections.abc import Mapping
from dataclasses import replace

from scotoma.basics.progress import Progress, no_progress
from scotoma.basics.words import visible
from scotoma.report import figures
from scotoma.report.tables.contents import named
from scotoma.report.tables.models import Table
from scotoma.results.results import Results

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


#: A minus sign: before a number, and not between two parts of a word.
_MINUS = re.compile(r"(?<![^\s\[(])-(?=\.?\d)")

#: Rows of a page and characters of a line, at the size of a paper's text; those of a cell before it wraps.
_OF_A_PAGE, _OF_A_LINE, _OF_A_CELL = 40, 65, 40


def print_files(
    results: Results, figure_by_name: Mapping[str, figures.Figure], progress: Progress = no_progress
) -> dict[str, bytes]:
    """What is in `figures/` and `tables/`, by its path in the report; told how many figures are drawn."""
    files: dict[str, bytes] = {}
    for number, (name, figure) in enumerate(figure_by_name.items()):
        progress(number, len(figure_by_name))
        files[f"figures/{file_name(name)}.pdf"] = figures.pdf(figure)
        files[f"figures/{file_name(name)}.png"] = figures.png(figure)
    for name, table in named(results).items():
        files[f"tables/{file_name(name)}.tex"] = latex(table).encode()
    return files


def latex(table: Table) -> str:
    r"""A table with booktabs' rules, caption above, ready for \input.

    One that is wider than a line is made smaller, one that is longer than a page comes in parts.
    """
    widest = [max(map(len, column)) for column in zip(table.columns, *table.rows, strict=True)]
    kinds = "".join(
        rf"p{{{_OF_A_CELL // 2}em}}" if width > _OF_A_CELL else "l" if at < table.n_names else "r"
        for at, width in enumerate(widest)
    )
    is_wide = sum(min(width, _OF_A_CELL) + 2 for width in widest) > _OF_A_LINE
    parts = [table.rows[at : at + _OF_A_PAGE] for at in range(0, len(table.rows), _OF_A_PAGE)] or [()]
    lines = [r"% \usepackage{booktabs, graphicx}" if is_wide else r"% \usepackage{booktabs}"]
    for number, rows in enumerate(parts, 1):
        which = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        lines += _part(replace(table, caption=f"{table.caption}{which}", rows=rows), kinds, is_wide)
    return "\n".join([*lines, ""])


def _part(table: Table, columns: str, is_wide: bool) -> list[str]:
    head, *rows = (" & ".join(map(escaped, row)) + r" \\" for row in (table.columns, *table.rows))
    return [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escaped(table.caption)}}}",
        *([r"\resizebox{\textwidth}{!}{%"] if is_wide else []),
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        head,
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}" + ("}" if is_wide else ""),
        r"\end{table}",
    ]


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is; a hyphen before a number is a minus sign."""
    safe = "".join(_MEANS_SOMETHING.get(mark, mark) for mark in visible(text, keep=""))
    return _MINUS.sub("$-$", safe)


def file_name(name: str) -> str:
    """A name without characters that mean something to a file system or a shell."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "unnamed"

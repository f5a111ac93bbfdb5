"""Runs a notebook's cells from the top, in this process, and writes their outputs into it.

    python scripts/notebook.py docs/tour.ipynb

As in Jupyter, the output of a plain cell is what it prints and the value of its last expression, as text and
as HTML. There is no kernel, and there are no magic commands.
"""

import ast
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

#: Holds the value of a cell's last expression.
_VALUE = "_"


def run(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs of its cells.

    Args:
        notebook: The notebook as stored in its file, format 4.

    Raises:
        Exception: any exception that a cell raises.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    cells, number = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            number += 1
            cell = cell | {
                "execution_count": number,
                "outputs": outputs("".join(cell["source"]), names, number),
            }
        cells.append(cell)
    return notebook | {"cells": cells}


def outputs(source: str, names: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """A cell's outputs: what it prints, and the value of its last expression."""
    tree = ast.parse(source)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Assign([ast.Name(_VALUE, ast.Store())], tree.body[-1].value)
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(last, tree.body[-1]))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(tree, f"cell {number}", "exec"), names)
    value = names.pop(_VALUE, None)
    outputs_so_far: list[dict[str, Any]] = []
    if text := printed.getvalue():
        outputs_so_far.append({"output_type": "stream", "name": "stdout", "text": _lines(text)})
    if value is not None:
        data = {"text/plain": _lines(repr(value))}
        if hasattr(value, "_repr_html_"):
            data["text/html"] = _lines(value._repr_html_())
        outputs_so_far.append(
            {"output_type": "execute_result", "execution_count": number, "data": data, "metadata": {}}
        )
    return outputs_so_far


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main(path: Path) -> None:
    """Runs the notebook and writes it back."""
    done = run(json.loads(path.read_text(encoding="utf8")))
    path.write_text(json.dumps(done, indent=1, ensure_ascii=False) + "\n", encoding="utf8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Tables of a terminal: a caption above, names to the left, numbers to the right."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text


def captioned_table(
    caption: str, names: Sequence[str], numbers: Sequence[str], *, apart: bool = True
) -> Table:
    """A table without rows.

    Args:
        caption: Stands above the table.
        names: Columns of names, to the left.
        numbers: Columns of numbers, aligned to the right.
        apart: Whether an empty line above keeps it apart from what was printed before.
    """
    title = Text(f"\n{caption}" if apart else caption)
    table = Table(title=title, title_justify="left", title_style="", box=None, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", overflow="fold")
    return table

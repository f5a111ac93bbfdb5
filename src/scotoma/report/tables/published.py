"""Published figures beside ours as tables: both readings first, then every cell."""

from typing import Any

from scotoma.basics.words import moved, number, signed
from scotoma.report.tables.models import Table
from scotoma.results.published import Beside

_DIFFERENCES = (
    "published against start",
    "ours against start",
    "published against original",
    "ours against original",
)


def readings(beside: Beside) -> Table:
    """What all cells together say, by both references."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in beside.readings.iter_rows(named=True):
        shown = found.setdefault((_place(row), row["arm"]), {})
        shown[f"published against {row['reference']}"] = _mean(
            signed(row["theirs"]), row["theirs_down"], row["their_cells"]
        )
        shown[f"ours against {row['reference']}"] = _mean(
            moved(row["ours"], row["low"], row["high"]), row["ours_down"], row["our_cells"]
        )
    caption = (
        "Both readings: mean difference over the cells of the grid (starts by sizes), and in how many of "
        "them it fell. The published side has one run a cell and so no interval; ours has one from two "
        "replicates on."
    )
    rows = tuple(
        (*name, *(shown.get(column, "") for column in _DIFFERENCES)) for name, shown in found.items()
    )
    return Table(caption, ("test", "arm", *_DIFFERENCES), rows)


def cells(beside: Beside) -> list[Table]:
    """Every published number beside ours, a table for each measure."""
    found = []
    for _, grid in beside.cells.group_by("test", "cell", "measure", maintain_order=True):
        rows = [_cell(row) for row in grid.iter_rows(named=True)]
        columns = ("their start", "their arm", "our start", "our arm", "published", "ours", *_DIFFERENCES)
        caption = f"{_place(grid.row(0, named=True))}: published, and ours as mean over replicates."
        found.append(Table(caption, columns, tuple(rows), n_names=4))
    return found


def _cell(row: dict[str, Any]) -> tuple[str, ...]:
    start_itself = row["their_arm"] == "none"
    return (
        str(row["their_start"]),
        "start itself" if start_itself else f"{row['their_arm']} {row['their_size']}",
        row["start"] or "not in the study",
        "start itself" if start_itself else row["arm"] or "not in the study",
        number(row["theirs"]),
        _or_empty(row["ours"], number),
        *(
            _or_empty(row[f"{whose}_against_{reference}"], signed)
            for reference in ("start", "original")
            for whose in ("theirs", "ours")
        ),
    )


def _or_empty(value: float | None, shown: Any) -> str:
    return "" if value is None else shown(value)


def _mean(mean: str, n_down: int, n_cells: int) -> str:
    return f"{mean} ({n_down}/{n_cells} fell)" if n_cells else "not measured yet"


def _place(row: dict[str, Any]) -> str:
    """The test by their name, and by ours where that is another; the cell; the measure."""
    ours = "" if row["test"] == row["their_test"] else f" ({row['test']})"
    return f"{row['their_test']}{ours} {row['cell']} {row['measure']}"

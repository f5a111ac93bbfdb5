"""Published figures beside ours as tables: both readings first, then every cell."""

from typing import Any

from scotoma.basics.words import number, signed, with_interval
from scotoma.report.tables.models import Table, arm_label
from scotoma.results.published import REFERENCES, BesidePublished

_DIFFERENCES = tuple(f"{whose} against {one}" for one in REFERENCES for whose in ("published", "ours"))


def readings(comparison: BesidePublished) -> Table:
    """What all cells together say, by both references."""
    by_model: dict[tuple[str, str], dict[str, str]] = {}
    for row in comparison.readings.iter_rows(named=True):
        shown = by_model.setdefault((_place(row), row["arm"]), dict.fromkeys(_DIFFERENCES, ""))
        published, own = signed(row["theirs"]), with_interval(row["ours"], row["low"], row["high"])
        agreement = f"; same sign in {row['same_sign']}/{row['both_cells']}"
        shown |= {
            f"published against {row['reference']}": _mean(published, row["theirs_down"], row["their_cells"]),
            f"ours against {row['reference']}": _mean(own, row["ours_down"], row["our_cells"], agreement),
        }
    caption = (
        "Both readings: mean difference over the cells of the grid (starts by sizes), in how many of them it "
        "fell, and in how many the published difference and ours have the same sign. The published side has "
        "one run per cell and therefore no interval; ours has one from two replicates on."
    )
    rows = tuple((*name, *shown.values()) for name, shown in by_model.items())
    return Table(caption, ("test", "arm", *_DIFFERENCES), rows)


def cells(comparison: BesidePublished) -> list[Table]:
    """Every published number beside ours, a table for each measure."""
    table_rows = []
    columns = ("their start", "their arm", "our start", "our arm", "published", "ours", *_DIFFERENCES)
    for _, grid in comparison.cells.group_by("test", "cell", "measure", maintain_order=True):
        rows = tuple(_cell(row) for row in grid.iter_rows(named=True))
        caption = f"{_place(grid.row(0, named=True))}: published, and ours as mean over replicates."
        table_rows.append(Table(caption, columns, rows, n_names=4))
    return table_rows


def _cell(row: dict[str, Any]) -> tuple[str, ...]:
    differences = [row[f"{side}_against_{one}"] for one in REFERENCES for side in ("theirs", "ours")]
    return (
        str(row["their_start"]),
        arm_label(f"{row['their_arm']} {row['their_size']}".rstrip()),
        row["start"] or "not in the study",
        arm_label(row["arm"] or "not in the study"),
        number(row["theirs"]),
        "" if row["ours"] is None else number(row["ours"]),
        *("" if one is None else signed(one) for one in differences),
    )


def _mean(mean: str, n_down: int, n_cells: int, more: str = "") -> str:
    return f"{mean} ({n_down}/{n_cells} fell{more})" if n_cells else "not measured yet"


def _place(row: dict[str, Any]) -> str:
    """The test by their name, and by ours where that is another; the cell; the measure."""
    own_test = "" if row["test"] == row["their_test"] else f" ({row['test']})"
    return f"{row['their_test']}{own_test} {row['cell']} {row['measure']}"

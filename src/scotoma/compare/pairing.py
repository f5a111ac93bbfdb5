"""Which file of BEFORE goes with which of AFTER, and their rows side by side."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from scotoma.blindspots import BlindSpot
from scotoma.compare.checking import Predictions
from scotoma.compare.reading import is_predictions
from scotoma.errors import ScotomaError
from scotoma.measures import Cell, Rows, blindspot_cells, blindspot_rows
from scotoma.tasks.formats import stem

_N_NAMED = 5
_TAGS = ("heuristic", "subcase", "template")
_TEXTS = ("premise", "hypothesis")


@dataclass(frozen=True, eq=False)
class Pair:
    """One replicate: two models' answers to the same rows, in the same order.

    Attributes:
        name: Of the replicate, which its two files share.
        table: Columns id, gold, heuristic, subcase, template; `ex2` comes before `ex10`.
        cells: By name.
        before: The rows as the first model answers them.
        after: As the second does.
    """

    name: str
    table: pl.DataFrame
    cells: Mapping[str, Cell]
    before: Rows
    after: Rows


def find_pairs(before: Path, after: Path) -> list[tuple[str, Path, Path]]:
    """Name and two files of each replicate: the two files themselves, or the files of two folders.

    Files of folders pair by their names without the endings that say the format. Folders inside,
    hidden files and files of other kinds are passed over.

    Raises:
        ScotomaError: one is a file and the other a folder, a folder has no predictions, or a name
            stands on one side only or twice.
    """
    if before.is_dir() != after.is_dir():
        folder, file = (before, after) if before.is_dir() else (after, before)
        raise ScotomaError(
            f"{str(folder)!r} is a folder and {str(file)!r} is not",
            where="BEFORE and AFTER",
            remedy="Name two files, or two folders whose files pair by name.",
        )
    if not before.is_dir():
        name = stem(before) if stem(before) == stem(after) else f"{stem(before)}, {stem(after)}"
        return [(name, before, after)]
    ours, theirs = _files(before), _files(after)
    alone = sorted((*_missing(ours, theirs, after), *_missing(theirs, ours, before)))
    if alone:
        more = f"; and {len(alone) - _N_NAMED} more" if len(alone) > _N_NAMED else ""
        raise ScotomaError(
            f"{len(alone)} files have no partner of the same name: {'; '.join(alone[:_N_NAMED])}{more}",
            where=f"{before} and {after}",
            remedy="Give the two files of a replicate the same name.",
        )
    return [(name, ours[name], theirs[name]) for name in sorted(ours, key=_natural)]


def pair_up(name: str, before: Predictions, after: Predictions, blindspot: BlindSpot) -> Pair:
    """Two models' answers side by side, by id.

    Raises:
        ScotomaError: an id is on one side only, or its gold label, tags or texts differ.
    """
    ours, theirs = before.table, after.table
    where = f"{before.source} and {after.source}"
    for one, other, source in ((ours, theirs, after.source), (theirs, ours, before.source)):
        alone = one.join(other, on="id", how="anti")["id"].to_list()
        if alone:
            raise ScotomaError(
                f"{_counted(alone, 'row')} not in {source}: {_first(alone)}",
                where=where,
                remedy="Compare predictions of the same rows.",
            )
    ours = ours.with_columns(length=pl.col("id").str.len_chars()).sort("length", "id").drop("length")
    theirs = ours.select("id").join(theirs, on="id", how="left", maintain_order="left")
    for column in ("gold", *(name for name in (*_TAGS, *_TEXTS) if _has(ours, name) and _has(theirs, name))):
        differ = ours["id"].filter(ours[column] != theirs[column]).to_list()
        if differ:
            raise ScotomaError(
                f"the {column} of {_counted(differ, 'row')} not the same on both sides: {_first(differ)}",
                where=where,
                remedy="The ids stand for other rows; compare predictions of the same test set.",
            )
    # A file without tags is read with those of its partner.
    tags = [ours[tag] if _has(ours, tag) else theirs[tag] for tag in _TAGS]
    table = ours.select("id", "gold").with_columns(tags)
    return Pair(
        name=name,
        table=table,
        cells={cell.name: cell for cell in blindspot_cells(table, blindspot)},
        before=blindspot_rows(ours, blindspot),
        after=blindspot_rows(theirs, blindspot),
    )


def read_pairs(
    before: Path, after: Path, blindspot: BlindSpot, read: Callable[[Path], Predictions]
) -> tuple[list[Pair], list[str]]:
    """Every replicate's two models side by side, and the notes of how their files were read.

    A note that is not of all files begins with the file's path.
    """
    pairs: list[Pair] = []
    found: list[Predictions] = []
    for name, ours, theirs in find_pairs(before, after):
        first, second = read(ours), read(theirs)
        pairs.append(pair_up(name, first, second, blindspot))
        found += [first, second]
    notes = [
        note if all(note in other.notes for other in found) else f"{one.source}: {note}"
        for one in found
        for note in one.notes
    ]
    return pairs, [*dict.fromkeys(notes), *_copies(pairs)]


def _copies(pairs: Sequence[Pair]) -> Iterator[str]:
    """A sentence on replicates whose answers on one side are all the same."""
    for side in ("before", "after"):
        names: dict[bytes, list[str]] = {}
        for pair in pairs:
            rows: Rows = getattr(pair, side)
            shares = b"" if rows.probabilities is None else rows.probabilities.tobytes()
            names.setdefault(rows.said_target.tobytes() + shares, []).append(pair.name)
        for alike in names.values():
            if len(alike) > 1:
                yield (
                    f"Replicates {', '.join(alike)} have the same answers {side}: are they copies of one "
                    "run? Copies are no replicates."
                )


def _has(table: pl.DataFrame, column: str) -> bool:
    return column in table.columns and any(table[column])


def _files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file() or not is_predictions(path):
            continue
        if stem(path) in found:
            raise ScotomaError(
                f"{found[stem(path)].name!r} and {path.name!r} have the same name",
                where=str(folder),
                remedy="Keep one file for each replicate.",
            )
        found[stem(path)] = path
    if not found:
        raise ScotomaError(
            f"{folder.name!r} has no file of predictions",
            where=str(folder),
            remedy="Put one file for each replicate there, such as .csv, .jsonl or .parquet.",
        )
    return found


def _missing(ours: Mapping[str, Path], theirs: Mapping[str, Path], folder: Path) -> Iterable[str]:
    return (f"{ours[name].name} is not in {folder}" for name in ours if name not in theirs)


def _natural(name: str) -> tuple[int, str]:
    return len(name), name


def _counted(ids: list[str], noun: str) -> str:
    return f"{len(ids):,} {noun} is" if len(ids) == 1 else f"{len(ids):,} {noun}s are"


def _first(ids: list[str]) -> str:
    more = f" and {len(ids) - _N_NAMED:,} more" if len(ids) > _N_NAMED else ""
    return ", ".join(ids[:_N_NAMED]) + more

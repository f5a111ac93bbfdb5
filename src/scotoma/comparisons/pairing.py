"""The rows of two files side by side, one pair of files for each replicate."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.basics.progress import Progress, no_progress
from scotoma.basics.words import first_of
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files.checking import Predictions
from scotoma.comparisons.files.raw import TAGS
from scotoma.comparisons.files.replicates import Side, find_pairs
from scotoma.comparisons.remarks import copies, left_out, one_model, other_labels
from scotoma.comparisons.unanswered import by_label
from scotoma.measures.cells import blindspot_cells
from scotoma.measures.rows import Rows, blindspot_rows
from scotoma.tasks.reading.counting import rows_in
from scotoma.tasks.reading.sources import Place
from scotoma.verdicts.pairs import AllRows, Pair

#: Reads a file, given a callback for (rows done, rows in total) and an estimate of the number of rows.
ReadFile = Callable[[Place, Progress, int], Predictions]


def pair_up(
    name: str, before: Predictions, after: Predictions, blindspot: BlindSpot, *, partial: bool = False
) -> Pair:
    """Two models' answers side by side, by id.

    Args:
        name: Name of the replicate.
        before: One model's answers.
        after: The other model's answers.
        blindspot: Blind spot whose rows they answer.
        partial: Whether to take the rows that both answered, where one left out some.

    Raises:
        ScotomaError: an id is on one side only, or its gold label, tags or texts differ; or, of part of the
            rows, none is answered on both sides.
    """
    rows_before, rows_after = _all_rows(before), _all_rows(after)
    where = f"{before.source} and {after.source}"
    if rows_before.equals(rows_after):
        table = rows_before.select("id", "gold", *TAGS)
    else:
        if not partial:
            _check_same_rows(rows_before, rows_after, after.source, where)
            _check_same_rows(rows_after, rows_before, before.source, where)
        _check_same_content(rows_before, rows_after, where)
        table = _merged(rows_before, rows_after)
    answered = _in_order(table.join(before.table, on="id", how="semi").join(after.table, on="id", how="semi"))
    if not answered.height:
        raise ScotomaError(
            "no row is answered on both sides", where=where, remedy="Compare predictions of the same rows."
        )
    return Pair(
        name=name,
        table=answered,
        cells={cell.name: cell for cell in blindspot_cells(answered, blindspot)},
        before=_answers(before, answered, blindspot),
        after=_answers(after, answered, blindspot),
        texts=_texts(answered, rows_before, rows_after),
        all_rows=_with_unanswered(_in_order(table), before, after, blindspot)
        if answered.height < table.height
        else None,
    )


def _texts(rows: pl.DataFrame, rows_before: pl.DataFrame, rows_after: pl.DataFrame) -> pl.DataFrame | None:
    """The texts of these rows, of the side that has them."""
    for side in (rows_before, rows_after):
        names = [name for name in side.columns if name not in ("id", "gold", *TAGS)]
        if names:
            texts = side.select("id", *names)
            return rows.select("id").join(texts, on="id", how="left", maintain_order="left").drop("id")
    return None


def _answers(predictions: Predictions, rows: pl.DataFrame, blindspot: BlindSpot) -> Rows:
    """A side's answers to these rows, in their order."""
    answers = predictions.table.drop("gold", *TAGS)
    return blindspot_rows(rows.join(answers, on="id", how="left", maintain_order="left"), blindspot)


def _all_rows(predictions: Predictions) -> pl.DataFrame:
    """Answered or not: gold label, tags and texts."""
    columns = [
        name
        for name in predictions.table.columns
        if not name.startswith("p_") and name not in ("predicted", "test")
    ]
    answered = predictions.table.select(columns)
    return (
        pl.concat([answered, predictions.unanswered.select(columns)])
        if predictions.unanswered.height
        else answered
    )


def _check_same_rows(rows: pl.DataFrame, others: pl.DataFrame, source: str, where: str) -> None:
    unmatched = rows.join(others, on="id", how="anti")["id"].to_list()
    if unmatched:
        raise ScotomaError(
            f"{_rows(unmatched)} {'is' if len(unmatched) == 1 else 'are'} not in {source}: "
            f"{first_of(unmatched)}",
            where=where,
            remedy=_same_numbers(rows, others) or "Compare predictions of the same rows.",
        )


def _same_numbers(rows: pl.DataFrame, others: pl.DataFrame) -> str:
    """What to do if ids differ only in how a number is written, as 7, 7.0 and 007; empty if none does."""
    numbers = [
        side.select("id", number=pl.col("id").cast(pl.Float64, strict=False)).drop_nulls()
        for side in (rows, others)
    ]
    alike = (
        numbers[0].join(numbers[1], on="number", suffix=" there").filter(pl.col("id") != pl.col("id there"))
    )
    if not alike.height:
        return ""
    one, other = alike.select("id", "id there").row(0)
    return (
        f"The same numbers are written differently, as {one} and {other}; write the ids alike in all files."
    )


def _check_same_content(rows_before: pl.DataFrame, rows_after: pl.DataFrame, where: str) -> None:
    shared = rows_before.join(rows_after, on="id", how="inner", suffix=" there", maintain_order="left")
    for column in rows_before.columns:
        # Tags and texts are compared where both sides have them.
        if column == "id" or not (
            column == "gold" or (_has(rows_before, column) and _has(rows_after, column))
        ):
            continue
        differ = shared.filter(pl.col(column) != pl.col(f"{column} there"))["id"].to_list()
        if differ:
            raise ScotomaError(
                f"the {column} of {_rows(differ)} differs between the two sides: {first_of(differ)}",
                where=where,
                remedy="The ids refer to different rows; compare predictions of the same test set.",
            )


def _merged(rows_before: pl.DataFrame, rows_after: pl.DataFrame) -> pl.DataFrame:
    """Every row of either side with its gold label and tags; a file without tags gets its partner's."""
    sides = [side.select("id", "gold", *TAGS) for side in (rows_before, rows_after)]
    rows = pl.concat(sides).unique("id", keep="first", maintain_order=True)
    for tag in TAGS:
        if not _has(rows_before, tag) and _has(rows_after, tag):
            rows = rows.drop(tag).join(
                rows_after.select("id", tag), on="id", how="left", maintain_order="left"
            )
    return rows.with_columns(pl.col(TAGS).fill_null("")).select("id", "gold", *TAGS)


def _with_unanswered(
    table: pl.DataFrame, before: Predictions, after: Predictions, blindspot: BlindSpot
) -> AllRows:
    sides, missing = [], []
    for predictions in (before, after):
        rows = blindspot_rows(predictions.table, blindspot)
        right = pl.DataFrame({"id": predictions.table["id"], "right": rows.correct})
        joined = table.join(right, on="id", how="left", maintain_order="left")
        sides.append(joined["right"].fill_null(False).to_numpy())
        missing.append(by_label(joined.filter(pl.col("right").is_null()), blindspot))
    cells = {cell.name: cell for cell in blindspot_cells(table, blindspot)}
    return AllRows(table, cells, sides[0], sides[1], missing[0], missing[1])


def _in_order(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(length=pl.col("id").str.len_chars()).sort("length", "id").drop("length")


def read_pairs(
    before: Side,
    after: Side,
    blindspot: BlindSpot,
    read: ReadFile,
    *,
    partial: bool = False,
    progress: Progress = no_progress,
) -> tuple[list[Pair], list[str]]:
    """Every replicate's two models side by side, and the notes of how their files were read.

    A note that is not of all files begins with the file's path. Rows that all replicates share are kept once.
    """
    pairs: list[Pair] = []
    notes: list[tuple[str, tuple[str, ...]]] = []
    merged: list[str] = []
    places = find_pairs(before, after)
    files = _ReadingProgress([one for _, *both in places for one in both], progress)
    for name, place_before, place_after in places:
        first, second = (files.read(place, read) for place in (place_before, place_after))
        pair = pair_up(name, first, second, blindspot, partial=partial)
        pairs.append(_share_memory(pair, pairs[0]) if pairs else _share_memory(pair, pair))
        notes += [(one.source, one.notes) for one in (first, second)]
        merged += other_labels(first, second, blindspot)
    attributed = [
        note if all(note in others for _, others in notes) else f"{source}: {note}"
        for source, file_notes in notes
        for note in file_notes
    ]
    told = dict.fromkeys((*attributed, *merged))
    return pairs, [*left_out(pairs), *told, *copies(pairs), *one_model(pairs)]


class _ReadingProgress:
    """Progress over several files: how many rows of all of them have been read."""

    def __init__(self, places: Sequence[Place], progress: Progress) -> None:
        self._left = [rows_in(place) for place in places]
        self._progress, self._done, self._last = progress, 0, 0

    def read(self, place: Place, read: ReadFile) -> Predictions:
        """The next file's predictions. A file of unknown length counts as long as the one before it."""
        expected, *self._left = self._left

        def report(done: int, total: int) -> None:
            remaining = [n or self._last for n in (total, *self._left)]
            estimate = self._done + max(done, sum(remaining)) if all(remaining) else 0
            self._progress(self._done + done, estimate)

        predictions = read(place, report, expected)
        self._last = predictions.table.height + predictions.unanswered.height
        self._done += self._last
        return predictions


def _share_memory(pair: Pair, first: Pair) -> Pair:
    """The pair, sharing with another what is equal in both, to save memory when there are many replicates."""
    is_same = pair.table.equals(first.table)
    known = first if is_same else pair
    texts = pair.texts
    if texts is not None and first.texts is not None and texts.equals(first.texts):
        texts = first.texts
    before = pair.before.compact(known.before)
    return replace(
        pair,
        table=known.table,
        cells=known.cells,
        before=before,
        after=pair.after.compact(before),
        texts=texts,
    )


def _has(table: pl.DataFrame, column: str) -> bool:
    return column in table.columns and bool((table[column] != "").any())


def _rows(ids: list[str]) -> str:
    return f"{len(ids):,} row{'' if len(ids) == 1 else 's'}"

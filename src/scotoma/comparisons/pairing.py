"""The rows of two files side by side, one pair of files for each replicate."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.errors import ScotomaError
from scotoma.basics.progress import Progress, unheard
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files.checking import Predictions
from scotoma.comparisons.files.raw import TAGS
from scotoma.comparisons.files.replicates import Side, find_pairs
from scotoma.comparisons.silence import by_label
from scotoma.measures.cells import blindspot_cells
from scotoma.measures.rows import Rows, blindspot_rows
from scotoma.tasks.reading.counting import rows_in
from scotoma.tasks.reading.sources import Place
from scotoma.verdicts.pairs import Pair, Whole

#: Reads a file; is given whom to tell (rows done, rows in all), and about how many rows there are.
Reading = Callable[[Place, Progress, int], Predictions]

_N_NAMED = 5

#: Different probabilities that two models may have in common: rounded ones, or 0 and 1.
_N_SHARED = 10


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
    ours, theirs = _all_rows(before), _all_rows(after)
    where = f"{before.source} and {after.source}"
    if ours.equals(theirs):
        table = ours.select("id", "gold", *TAGS)
    else:
        if not partial:
            _check_same_rows(ours, theirs, after.source, where)
            _check_same_rows(theirs, ours, before.source, where)
        _check_same_content(ours, theirs, where)
        table = _merged(ours, theirs)
    both = _in_order(table.join(before.table, on="id", how="semi").join(after.table, on="id", how="semi"))
    if not both.height:
        raise ScotomaError(
            "no row is answered on both sides", where=where, remedy="Compare predictions of the same rows."
        )
    return Pair(
        name=name,
        table=both,
        cells={cell.name: cell for cell in blindspot_cells(both, blindspot)},
        before=_answers(before, both, blindspot),
        after=_answers(after, both, blindspot),
        texts=_texts(both, ours, theirs),
        whole=_whole(_in_order(table), before, after, blindspot) if both.height < table.height else None,
    )


def _texts(rows: pl.DataFrame, ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame | None:
    """The texts of these rows, of the side that has them."""
    for side in (ours, theirs):
        names = [name for name in side.columns if name not in ("id", "gold", *TAGS)]
        if names:
            kept = side.select("id", *names)
            return rows.select("id").join(kept, on="id", how="left", maintain_order="left").drop("id")
    return None


def _answers(found: Predictions, rows: pl.DataFrame, blindspot: BlindSpot) -> Rows:
    """A side's answers to these rows, in their order."""
    answers = found.table.drop("gold", *TAGS)
    return blindspot_rows(rows.join(answers, on="id", how="left", maintain_order="left"), blindspot)


def _all_rows(found: Predictions) -> pl.DataFrame:
    """Answered or not: gold label, tags and texts."""
    rest = [
        name
        for name in found.table.columns
        if not name.startswith("p_") and name not in ("predicted", "test")
    ]
    answered = found.table.select(rest)
    return pl.concat([answered, found.unanswered.select(rest)]) if found.unanswered.height else answered


def _check_same_rows(ours: pl.DataFrame, theirs: pl.DataFrame, source: str, where: str) -> None:
    alone = ours.join(theirs, on="id", how="anti")["id"].to_list()
    if alone:
        raise ScotomaError(
            f"{_rows(alone)} {'is' if len(alone) == 1 else 'are'} not in {source}: {_first(alone)}",
            where=where,
            remedy=_same_numbers(ours, theirs) or "Compare predictions of the same rows.",
        )


def _same_numbers(ours: pl.DataFrame, theirs: pl.DataFrame) -> str:
    """What to do if ids differ only in how a number is written, as 7, 7.0 and 007; empty if none does."""
    numbers = [
        side.select("id", number=pl.col("id").cast(pl.Float64, strict=False)).drop_nulls()
        for side in (ours, theirs)
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


def _check_same_content(ours: pl.DataFrame, theirs: pl.DataFrame, where: str) -> None:
    shared = ours.join(theirs, on="id", how="inner", suffix=" there", maintain_order="left")
    for column in ours.columns:
        # Tags and texts are compared where both sides have them.
        if column == "id" or not (column == "gold" or (_has(ours, column) and _has(theirs, column))):
            continue
        differ = shared.filter(pl.col(column) != pl.col(f"{column} there"))["id"].to_list()
        if differ:
            raise ScotomaError(
                f"the {column} of {_rows(differ)} differs between the two sides: {_first(differ)}",
                where=where,
                remedy="The ids refer to different rows; compare predictions of the same test set.",
            )


def _merged(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Every row of either side with its gold label and tags; a file without tags gets its partner's."""
    sides = [side.select("id", "gold", *TAGS) for side in (ours, theirs)]
    rows = pl.concat(sides).unique("id", keep="first", maintain_order=True)
    for tag in TAGS:
        if not _has(ours, tag) and _has(theirs, tag):
            rows = rows.drop(tag).join(theirs.select("id", tag), on="id", how="left", maintain_order="left")
    return rows.with_columns(pl.col(TAGS).fill_null("")).select("id", "gold", *TAGS)


def _whole(table: pl.DataFrame, before: Predictions, after: Predictions, blindspot: BlindSpot) -> Whole:
    sides, missing = [], []
    for found in (before, after):
        rows = blindspot_rows(found.table, blindspot)
        right = pl.DataFrame({"id": found.table["id"], "right": rows.correct})
        joined = table.join(right, on="id", how="left", maintain_order="left")
        sides.append(joined["right"].fill_null(False).to_numpy())
        missing.append(by_label(joined.filter(pl.col("right").is_null()), blindspot))
    cells = {cell.name: cell for cell in blindspot_cells(table, blindspot)}
    return Whole(table, cells, sides[0], sides[1], missing[0], missing[1])


def _in_order(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(length=pl.col("id").str.len_chars()).sort("length", "id").drop("length")


def read_pairs(
    before: Side,
    after: Side,
    blindspot: BlindSpot,
    read: Reading,
    *,
    partial: bool = False,
    progress: Progress = unheard,
) -> tuple[list[Pair], list[str]]:
    """Every replicate's two models side by side, and the notes of how their files were read.

    A note that is not of all files begins with the file's path. Rows that all replicates share are kept once.
    """
    pairs: list[Pair] = []
    notes: list[tuple[str, tuple[str, ...]]] = []
    places = find_pairs(before, after)
    course = _Course([one for _, *both in places for one in both], progress)
    for name, ours, theirs in places:
        first, second = (course.read(place, read) for place in (ours, theirs))
        pair = pair_up(name, first, second, blindspot, partial=partial)
        pairs.append(_sharing(pair, pairs[0]) if pairs else _sharing(pair, pair))
        notes += [(one.source, one.notes) for one in (first, second)]
    said = [
        note if all(note in others for _, others in notes) else f"{source}: {note}"
        for source, its in notes
        for note in its
    ]
    return pairs, [*_left_out(pairs), *dict.fromkeys(said), *_copies(pairs), *_one_model(pairs)]


class _Course:
    """Tells how many rows of all files are read."""

    def __init__(self, places: Sequence[Place], progress: Progress) -> None:
        self._left = [rows_in(place) for place in places]
        self._progress, self._done, self._last = progress, 0, 0

    def read(self, place: Place, read: Reading) -> Predictions:
        """The next file; one that does not say how many rows it has is taken to have as many as the last."""
        expected, *self._left = self._left

        def tell(done: int, total: int) -> None:
            left = [n or self._last for n in (total, *self._left)]
            of = self._done + max(done, sum(left)) if all(left) else 0
            self._progress(self._done + done, of)

        found = read(place, tell, expected)
        self._last = found.table.height + found.unanswered.height
        self._done += self._last
        return found


def _sharing(pair: Pair, first: Pair) -> Pair:
    """The pair, with what it has in common with another kept once: of many replicates there are many."""
    is_same = pair.table.equals(first.table)
    known = first if is_same else pair
    texts = pair.texts
    if texts is not None and first.texts is not None and texts.equals(first.texts):
        texts = first.texts
    before = pair.before.kept(known.before)
    return replace(
        pair,
        table=known.table,
        cells=known.cells,
        before=before,
        after=pair.after.kept(before),
        texts=texts,
    )


def _left_out(pairs: Sequence[Pair]) -> Iterator[str]:
    """A sentence on the rows that a side did not answer."""
    parts = [
        f"{pair.name}: {_by_label(pair.whole.unanswered_before)} before, "
        f"{_by_label(pair.whole.unanswered_after)} after, {pair.table.height:,} rows compared"
        for pair in pairs
        if pair.whole is not None
    ]
    more = f"; and {len(parts) - _N_NAMED} more" if len(parts) > _N_NAMED else ""
    if parts:
        yield f"Rows that a side did not answer are left out. {'; '.join(parts[:_N_NAMED])}{more}."


def _by_label(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {label}" for label, n in counts.items()) or "none"


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
                    "run? Copies are not replicates."
                )


def _one_model(pairs: Sequence[Pair]) -> Iterator[str]:
    """A sentence on replicates whose probabilities are the same before and after.

    Source: under one `--use_cache`, lm-eval 0.4.13 gives every model the first one's answers
    (findings/one-cache-for-two-models.sh).
    """
    alike = [pair.name for pair in pairs if _are_one(pair.before.probabilities, pair.after.probabilities)]
    if alike:
        of = "" if len(alike) == len(pairs) else f" in {', '.join(alike)}"
        yield (
            f"Before and after have the same probabilities to the last digit{of}: is it one model twice? "
            "Under one --use_cache, lm-evaluation-harness gives every model the first one's answers."
        )


def _are_one(ours: NDArray[np.float64] | None, theirs: NDArray[np.float64] | None) -> bool:
    """Whether the probabilities are the same; not where they are so few that two models may share them."""
    if ours is None or theirs is None or not np.array_equal(ours, theirs):
        return False
    return len(np.unique(ours)) > _N_SHARED


def _has(table: pl.DataFrame, column: str) -> bool:
    return column in table.columns and bool((table[column] != "").any())


def _rows(ids: list[str]) -> str:
    return f"{len(ids):,} row{'' if len(ids) == 1 else 's'}"


def _first(ids: list[str]) -> str:
    more = f" and {len(ids) - _N_NAMED:,} more" if len(ids) > _N_NAMED else ""
    return ", ".join(ids[:_N_NAMED]) + more

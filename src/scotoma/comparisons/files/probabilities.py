"""The probabilities of a file's rows: read, and refused where they cannot be."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.errors import shown
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files.raw import Raw
from scotoma.measures.rows import probability_labels
from scotoma.tasks.reading.faults import Faults

#: How far from 1 the probabilities of a row may sum: files round to two digits.
SUM_TOLERANCE = 0.02

#: What `float` reads as it is; True is no number.
_NUMBERS = frozenset({str, float, int})

#: Probabilities closer than this are the same: files round.
_SAME = 1e-6


def read_probabilities(raw: Raw, blindspot: BlindSpot, faults: Faults) -> dict[str, NDArray[np.float64]]:
    """One array of probabilities for each label that has a p_ column; in each row they sum to 1.

    A single column of one of the blind spot's two labels is enough: the other has the rest. It is not enough
    where it may as well be that of one of several task labels that count as it.

    Args:
        raw: Columns of the file, with p_ columns or without.
        blindspot: Blind spot whose labels, or whose task's, may appear in the names of the columns.
        faults: Gathers rows whose numbers are not probabilities.

    Raises:
        ScotomaError: only some of the labels have a column.
    """
    present = [name for name in raw.columns if name.startswith("p_")]
    if not present:
        return {}
    if len(present) == 1 and (rest := _other_column(present[0], blindspot)):
        return _from_one_column(present[0], rest, raw, faults)
    names = [f"p_{label}" for label in probability_labels(present, blindspot)]
    missing = [name for name in names if name not in present]
    if missing:
        faults.fail(
            f"there is {', '.join(present)}, but no {', '.join(missing)}",
            "Give one p_ column per label, or none.",
        )
    table = np.array([_numbers(raw.columns[name]) for name in names]).T
    sums = table.sum(axis=1)
    unsound = ~np.isfinite(table).all(axis=1)
    outside = ~unsound & ((table < 0) | (table > 1 + SUM_TOLERANCE)).any(axis=1)
    off = ~unsound & ~outside & (np.abs(sums - 1) > SUM_TOLERANCE)
    for row in np.flatnonzero(unsound | outside | off).tolist():
        values = ", ".join(f"{name} {shown(raw.columns[name][row])}" for name in names)
        if unsound[row]:
            what, remedy = f"not a number: {values}", _instead([raw.columns[name][row] for name in names])
        elif outside[row]:
            what, remedy = (
                f"not a probability: {values}",
                "Give probabilities, such as a softmax of the logits.",
            )
        else:
            what = f"probabilities sum to {sums[row]:.3g}: {values}"
            remedy = "Give the probabilities of all labels, from one softmax."
        faults.add(raw.numbers[row], what, remedy)
    return {name: table[:, row] for row, name in enumerate(names)}


def most_probable(raw: Raw, blindspot: BlindSpot, faults: Faults) -> list[str]:
    """The most probable label of each row, which is the answer in a file without a column of answers.

    Labels that count as one label of the blind spot may be equally probable; the first is taken.

    Args:
        raw: Columns of the file, among them the probability of every label; gets a note.
        blindspot: Blind spot whose labels, or whose task's, appear in the names of the columns.
        faults: Gathers rows in which labels that count as different ones are equally probable.
    """
    labels = probability_labels(raw.columns, blindspot)
    table = np.array([_numbers(raw.columns[f"p_{label}"]) for label in labels]).T
    is_largest = table == table.max(axis=1, keepdims=True)
    for row in np.flatnonzero(is_largest.sum(axis=1) > 1).tolist():
        tied = [label for label, is_tied in zip(labels, is_largest[row], strict=True) if is_tied]
        if len({blindspot.label_map.get(label, label) for label in tied}) > 1:
            faults.add(
                raw.numbers[row],
                f"{' and '.join(tied)} are equally probable, and no column says which is predicted",
                "Give a predicted column, or probabilities with more digits.",
            )
    names = ", ".join(f"p_{label}" for label in labels)
    raw.notes.append(f"There is no column predicted: each answer is the most probable label by {names}.")
    return [labels[place] for place in table.argmax(axis=1).tolist()]


def _other_column(name: str, blindspot: BlindSpot) -> str | None:
    """The column of the blind spot's other label, if this one can only be that of one of the two."""
    target, other = blindspot.labels
    rest = {f"p_{target}": other, f"p_{other}": target}.get(name)
    label = name.removeprefix("p_")
    is_one_of_several = blindspot.counting_as(label) > {label}
    return f"p_{rest}" if rest and not is_one_of_several else None


def _from_one_column(name: str, rest: str, raw: Raw, faults: Faults) -> dict[str, NDArray[np.float64]]:
    probability = np.array(_numbers(raw.columns[name]))
    for row in np.flatnonzero(~((probability >= 0) & (probability <= 1))).tolist():
        value = f"{name} {shown(raw.columns[name][row])}"
        if np.isfinite(probability[row]):
            faults.add(raw.numbers[row], f"not a probability: {value}", "Give probabilities, from 0 to 1.")
        else:
            faults.add(raw.numbers[row], f"not a number: {value}", _instead([raw.columns[name][row]]))
    raw.notes.append(f"{rest} is taken as 1 - {name}.")
    return {name: probability, rest: 1 - probability}


def _instead(values: Sequence[object]) -> str:
    """What to do about values of which one is no number."""
    words = [value for value in values if isinstance(value, str) and any(map(str.isdigit, value))]
    if any(np.isnan(_number(word)) for word in words):  # `0,45` or `45%`
        return "Write each probability as a number from 0 to 1, with a point, such as 0.45."
    return "A model that gives NaN has diverged; predict again."


def note_other_argmax(at: NDArray[np.int64], probabilities: Mapping[str, NDArray[np.float64]]) -> list[str]:
    """A sentence on the rows in which another label is more probable than the predicted one, if any.

    Args:
        at: The column of each row's predicted label, as `column_of` gives it.
        probabilities: Probabilities by the names of their columns.
    """
    if not probabilities:
        return []
    table = np.array(list(probabilities.values()))
    rows = np.flatnonzero(at >= 0)
    other = table.max(axis=0)[rows] > table[at[rows], rows] + _SAME
    if not other.any():
        return []
    return [
        f"In {np.count_nonzero(other):,} of {at.size:,} rows another label is more probable than the "
        "predicted one: are the columns the right ones?"
    ]


def column_of(label: object, names: Iterable[str], blindspot: BlindSpot) -> int:
    """The place of a predicted label among the columns of probabilities; -1 where it has none of its own.

    That is so of the blind spot's second label among the task's three.
    """
    # Of two labels' probabilities, a predicted task label has that of what it is merged into.
    index = {name: at for at, name in enumerate(names)}
    merged = f"p_{blindspot.label_map.get(str(label), label)}"
    return index.get(f"p_{label}", index.get(merged, -1))


def _numbers(values: Sequence[Any] | pl.Series) -> Sequence[float] | NDArray[np.float64]:
    if isinstance(values, pl.Series):
        return values.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    if _NUMBERS.issuperset(map(type, values)):
        with contextlib.suppress(ValueError, OverflowError):
            return list(map(float, values))
    return [_number(value) for value in values]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return float("nan")
    try:
        return float(value)
    except (ValueError, OverflowError):
        return float("nan")

"""Predictions as a caller has them: paths, frames, labels or probabilities; of one model or several."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from scotoma.api.frames import (
    Rows,
    are_records,
    as_frame,
    features_in,
    index_of,
    is_frame,
    is_series,
    place_of,
)
from scotoma.api.tensors import as_arrays
from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import counted
from scotoma.comparisons.files.replicates import Side
from scotoma.tasks.reading.sources import Place, TableSource

#: One model's predictions, or several models', as a caller has them.
Predictions = Any

#: Names that a column of ids may have, the most telling first.
_IDS = ("id", "pairID", "idx", "index")

_WHERE_GOLD = "Give `gold`: the gold labels, one for each row, or a frame of the test set."


def place_of_answers(
    predictions: Predictions, name: str, gold: Rows | None, classes: Sequence[str] | None
) -> Place:
    """One model's predictions as readers take them.

    A frame of predictions and one of the test set that have the same ids are paired by these, all else by
    place.

    Args:
        predictions: A path or a frame; with `gold` also one label or code per row, or probabilities of shape
            (rows, classes).
        name: Name of the answers in messages, if they are not a path.
        gold: Gold labels, one a row; or a frame with them and with whatever else is known of the rows.
        classes: Labels in the order of the columns of probabilities.

    Raises:
        ScotomaError: they are of no known kind, there are not as many as gold labels, or pandas has them in
            another order.
    """
    predictions, gold = as_arrays(predictions), as_arrays(gold)
    _check_kind(predictions, name)
    is_table = is_frame(predictions) or isinstance(predictions, Mapping) or are_records(predictions)
    if isinstance(predictions, str | Path | TableSource):
        if gold is None:
            return predictions
        raise ScotomaError(
            f"a file has its own gold labels: {str(predictions)!r}",
            where="gold",
            remedy="Leave `gold` out, or read the file into a frame that has none.",
        )
    if gold is None:
        if not is_table:
            raise ScotomaError(
                f"predictions without gold labels: {_kind(predictions)}", where=name, remedy=_WHERE_GOLD
            )
        return place_of(predictions, name)
    rows = _test_rows(gold)
    answers = as_frame(predictions, name) if is_table else _answers(predictions, name, classes)
    rows, answers, by_id = _in_one_order(rows, answers, name)
    if answers.height != rows.height:
        raise ScotomaError(
            f"{answers.height:,} predictions for {rows.height:,} gold labels",
            where=name,
            remedy="Give one prediction for each row of the test set, in the same order.",
        )
    if not by_id:
        _check_order(predictions, gold, name)
    if twice := [column for column in answers.columns if column in rows.columns]:
        raise ScotomaError(
            f"{', '.join(twice)}: in the predictions and in `gold`",
            where=name,
            remedy="Leave these columns out of one of the two.",
        )
    if not {*_IDS} & {*rows.columns, *answers.columns}:
        rows = rows.with_row_index("id").with_columns(pl.col("id").cast(pl.String))
    table = pl.concat([rows, answers], how="horizontal")
    return TableSource(name, table, {**features_in(gold), **features_in(predictions)})


def _check_kind(predictions: Predictions, name: str) -> None:
    """Refuses what holds predictions in a form of its own, with the way to get them out.

    Raises:
        ScotomaError: all that a Trainer returns, or rows that are streamed.
    """
    if _is_of_a_trainer(predictions):
        raise ScotomaError(
            f"{_kind(predictions)} holds a Trainer's logits, labels and metrics",
            where=name,
            remedy="Give scipy.special.softmax(output.predictions, axis=-1) with classes, and "
            "gold=output.label_ids.",
        )
    if isinstance(predictions, Iterable) and not (isinstance(predictions, Sized) or is_frame(predictions)):
        raise ScotomaError(
            f"{_kind(predictions)} is streamed, so its rows are not known at once",
            where=name,
            remedy="Read it into a table: polars.DataFrame(list(rows)).",
        )


def _in_one_order(
    rows: pl.DataFrame, answers: pl.DataFrame, name: str
) -> tuple[pl.DataFrame, pl.DataFrame, bool]:
    """Both with their rows in the order of the test set's, and whether ids settle it.

    Raises:
        ScotomaError: both have ids of the same name, but not the same ids.
    """
    gold_name, answers_name = (
        next((name for name in _IDS if name in one.columns), None) for one in (rows, answers)
    )
    if gold_name is None or answers_name is None:
        return rows, answers, False
    gold_ids, answer_ids = (
        rows[gold_name].cast(pl.String).to_list(),
        answers[answers_name].cast(pl.String).to_list(),
    )
    places, wanted = {one: place for place, one in enumerate(answer_ids)}, set(gold_ids)
    if places.keys() == wanted and len(places) == len(answer_ids) == len(gold_ids):
        return rows, answers[[places[one] for one in gold_ids]].drop(answers_name), True
    if gold_name != answers_name:  # numbers of rows beside ids, for instance
        return rows, answers, False
    if places.keys().isdisjoint(wanted) and len(answer_ids) != len(gold_ids):
        return rows, answers, False
    unknown = [one for one in answer_ids if one not in wanted]
    unanswered = [one for one in gold_ids if one not in places]
    if unknown:
        what = f"{unknown[0]!r} is not in `gold`"
    elif len(places) < len(answer_ids) or not unanswered:
        what = "ids are repeated"
    else:
        what = f"{counted(len(unanswered), 'row')} of `gold` without a prediction, such as {unanswered[0]!r}"
    raise ScotomaError(
        f"the predictions and `gold` have different ids: {what}",
        where=name,
        remedy=f"Give predictions of the rows of `gold`, each once; or, if the rows stand in the same order, "
        f"leave {gold_name!r} out of one of the two.",
    )


def _check_order(predictions: Predictions, gold: Rows, name: str) -> None:
    """Refuses what would be paired by place, where the indexes of pandas say that the orders differ.

    Raises:
        ScotomaError: the two indexes hold the same, in different orders.
    """
    gold_index, index = index_of(gold), index_of(predictions)
    if gold_index is None or index is None or gold_index == index or set(gold_index) != set(index):
        return
    raise ScotomaError(
        "the predictions and `gold` have the same index in different orders, and they are paired by place",
        where=name,
        remedy="Bring them into one order, such as PREDICTIONS.loc[GOLD.index]; or, if their places do "
        "belong together, give both with .to_numpy().",
    )


def side_of(predictions: Predictions, name: str, gold: Rows | None, classes: Sequence[str] | None) -> Side:
    """A side of a comparison: one model, a folder of replicates, or replicates in a mapping or a list.

    Args:
        predictions: What `place_of_answers` takes, or a list or mapping of these, one for each replicate; an
            array may have replicates for its first axis.
        name: `before` or `after`.
        gold: Gold labels of every replicate, as for `place_of_answers`.
        classes: Labels in the order of the columns of probabilities, as for `place_of_answers`.

    Raises:
        ScotomaError: as `place_of_answers`; or there are no replicates.
    """
    predictions = as_arrays(predictions)
    if not _is_several(predictions, has_gold=gold is not None):
        return place_of_answers(predictions, name, gold, classes)
    named = (
        predictions
        if isinstance(predictions, Mapping)
        else {str(number): one for number, one in enumerate(predictions)}
    )
    if not named:
        raise ScotomaError(
            "there are no replicates", where=name, remedy="Give one model's predictions or more."
        )
    return {
        str(key): place_of_answers(one, f"{name}, replicate {key}", gold, classes)
        for key, one in named.items()
    }


def _is_several(predictions: Predictions, *, has_gold: bool) -> bool:
    if isinstance(predictions, Mapping):
        return True
    if isinstance(predictions, str | Path | TableSource) or is_frame(predictions) or is_series(predictions):
        return False
    if _is_of_a_trainer(predictions) or are_records(predictions):
        return False
    if not has_gold:
        return isinstance(predictions, Sequence)
    depth, are_shares = _shape(predictions)
    return depth > (2 if are_shares and depth > 1 else 1)


def _is_of_a_trainer(predictions: Predictions) -> bool:
    """Whether they are all that a Trainer's `predict` returns: a tuple, but of no replicates."""
    # A frame of pandas has an attribute for each of its columns.
    return not is_frame(predictions) and hasattr(predictions, "label_ids")


def _shape(predictions: Predictions) -> tuple[int, bool]:
    """How many axes there are, and whether numbers with a fraction stand at the end of them."""
    if isinstance(predictions, str | bytes | Path | TableSource):
        return 0, False
    if is_frame(predictions) or is_series(predictions) or isinstance(predictions, Mapping):
        return 1, False
    if hasattr(predictions, "__array__") and not isinstance(predictions, np.generic):
        array = np.asarray(predictions)
        return array.ndim, array.dtype.kind == "f"
    if isinstance(predictions, Sequence):
        depth, are_shares = _shape(predictions[0]) if predictions else (0, False)
        return depth + 1, are_shares
    return 0, isinstance(predictions, float | np.floating)


def _test_rows(gold: Rows) -> pl.DataFrame:
    """A frame of the test set, with gold labels."""
    if is_frame(gold) or isinstance(gold, Mapping) or are_records(gold):
        return as_frame(gold, "gold")
    return pl.DataFrame([_column("gold", gold, "gold")])


def _answers(predictions: Predictions, name: str, classes: Sequence[str] | None) -> pl.DataFrame:
    """Labels as a column `predicted`; probabilities as columns too, and the likeliest label."""
    depth, are_shares = _shape(predictions)
    if depth == 1:
        answers = _column("predicted", predictions, name)
        if classes is not None and answers.dtype.is_numeric():
            # pandas and numpy keep codes as floats where an answer is missing.
            codes = answers.fill_nan(None) if answers.dtype.is_float() else answers
            words = dict(enumerate(classes))
            answers = codes.replace_strict(words, default=codes.cast(pl.String), return_dtype=pl.String)
        return pl.DataFrame([answers])
    if depth != 2 or not are_shares:
        raise ScotomaError(
            f"predictions with {depth} axes: {_kind(predictions)}",
            where=name,
            remedy="Give labels, one a row, or probabilities, rows x classes; several models in a list.",
        )
    shares = np.asarray(predictions, dtype=np.float64)
    if classes is None or len(classes) != shares.shape[1]:
        raise ScotomaError(
            f"{shares.shape[1]} columns of probabilities, and "
            + ("no classes" if classes is None else f"{len(classes)} classes"),
            where=name,
            remedy="Say which label each column is of: classes=['entailment', 'neutral', 'contradiction'].",
        )
    if len(set(classes)) < max(2, len(classes)):
        raise ScotomaError(
            f"the classes are {', '.join(map(repr, classes))}",
            where=name,
            remedy="Give a column of probabilities for each label, every label once and two or more.",
        )
    table = pl.DataFrame({f"p_{label}": shares[:, place] for place, label in enumerate(classes)})
    if (np.sum(shares == shares.max(axis=1, keepdims=True), axis=1) > 1).any():
        return table  # which of several is the answer, readers decide, and refuse where it is not clear
    likeliest = [classes[place] for place in np.nan_to_num(shares, nan=-1.0).argmax(axis=1)]
    return table.with_columns(predicted=pl.Series(likeliest, dtype=pl.String))


def _column(column: str, values: Any, name: str) -> pl.Series:
    """A sequence, an array or a frame's column as a column; values of several kinds as text."""
    try:
        if is_series(values) and not isinstance(values, pl.Series):
            return pl.Series(column, pl.from_pandas(values))
        if isinstance(values, pl.Series):
            return values.alias(column)
        values = np.asarray(values).tolist() if hasattr(values, "__array__") else list(values)
        if any(isinstance(value, str) for value in values):  # beside texts, NaN stands for nothing
            values = [None if value != value else value for value in values]
        return pl.Series(column, values)
    except (ValueError, TypeError, pl.exceptions.PolarsError) as error:
        first_line, _, _ = str(error).partition("\n")
        raise ScotomaError(
            f"{_kind(values)} is not a list of labels: {first_line}",
            where=name,
            remedy="Give one label for each row, all of them texts or all of them integers.",
        ) from error


def _kind(value: object) -> str:
    shape = f" of shape {np.shape(value)}" if isinstance(value, np.ndarray) else ""
    return f"{type(value).__name__}{shape}"

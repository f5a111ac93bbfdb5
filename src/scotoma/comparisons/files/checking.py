"""Rows of a file become a table of predictions, once every one of them is sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.distinct import map_distinct
from scotoma.basics.errors import nearest, shown
from scotoma.basics.words import first_of, is_unicode
from scotoma.blindspots import BlindSpot
from scotoma.blindspots.known import check_known, label_of
from scotoma.comparisons.files.answers import is_missing, read_answers, refuse_unanswered
from scotoma.comparisons.files.gold import as_option, read_gold
from scotoma.comparisons.files.labels import LabelWords
from scotoma.comparisons.files.probabilities import column_of, note_other_argmax, read_probabilities
from scotoma.comparisons.files.raw import TAGS, Raw
from scotoma.comparisons.files.selecting import select_rows
from scotoma.tasks.reading.checking import id_of
from scotoma.tasks.reading.faults import Faults
from scotoma.worlds.hans import Subcase
from scotoma.worlds.hans.published import N_PUBLISHED, published


@dataclass(frozen=True)
class Predictions:
    """One model's answers to a blind spot's test set.

    Attributes:
        table: Columns test, id, gold, predicted, heuristic, subcase, template, and where the file
            has them p_<label> for each label, and the texts. Ids are unique; absent tags are
            empty; gold is one of the blind spot's two labels.
        source: The file's path.
        form: Kind of the file, in words.
        notes: What a reader must know of how it was read.
        unanswered: Rows without an answer, which are left out of `table`: its columns but for
            `predicted` and the probabilities.
    """

    table: pl.DataFrame
    source: str
    form: str
    notes: tuple[str, ...] = ()
    unanswered: pl.DataFrame = field(default_factory=pl.DataFrame)


def check(
    raw: Raw,
    faults: Faults,
    *,
    blindspot: BlindSpot,
    labels: LabelWords,
    partial: bool,
    fields: Sequence[str],
) -> Predictions:
    """The rows as predictions.

    Args:
        raw: Columns as the file has them.
        faults: Faults found so far; more are added.
        blindspot: Gives the labels, the heuristics, and with HANS what a published id stands for.
        labels: Meanings of words.
        partial: Whether part of the published test set may be scored as such, and rows without an
            answer left out.
        fields: Names of the texts.

    Raises:
        ScotomaError: any row is at fault; names the first few and how many there are.
    """
    if not raw.numbers:
        faults.fail("there are no rows of predictions", "Write the predictions again.")
    ids = _ids(raw, faults)
    cases = published(ids) if blindspot.name == "hans" else [None] * len(ids)
    gold, gold_words = read_gold(
        raw,
        ids,
        [label_of(blindspot, case.label) if case else None for case in cases],
        blindspot,
        labels,
        faults,
    )
    words = raw.columns["predicted"]
    answers = read_answers(words, raw.numbers, labels, faults)
    answered = Raw(raw.form, raw.unit, raw.numbers, raw.columns | {"id": list(ids)})
    if None in answers:
        answered.keep([label is not None for label in answers])
    probabilities = read_probabilities(answered, blindspot, faults)
    columns: dict[str, Sequence[Any]] = {"id": ids, "gold": gold, "predicted": answers}
    columns |= {tag: _tag(raw, tag, blindspot, faults) for tag in TAGS}
    columns |= {name: _texts(raw, name) for name in fields if name in raw.columns}
    for name, values in columns.items():
        _check_text(raw, name, values, faults)
    faults.raise_if_any()
    _check_gold(columns, gold_words, blindspot, labels, faults)
    labels.check_classes(words, "--labels", faults)
    is_unanswered = [label is None for label in answers]
    if not partial or all(is_unanswered):
        refuse_unanswered(
            list(compress(words, is_unanswered)), list(compress(raw.numbers, is_unanswered)), len(ids), faults
        )
    raw.notes += answered.notes
    raw.notes += labels.notes(
        [word for word in gold_words if word is not None], answered.columns["predicted"]
    )
    from_ids = any(word is None for word in gold_words)
    _add_published(columns, cases, raw, from_ids=from_ids)
    predicted = [label for label in answers if label is not None]
    raw.notes += note_other_argmax(
        np.array(map_distinct(predicted, lambda label: column_of(label, probabilities, blindspot))),
        probabilities,
    )
    if from_ids:
        check_complete(ids, faults, raw, partial)
    table = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        test=pl.lit(blindspot.name)
    )
    table = select_rows(table, blindspot, fields, faults, raw.notes)
    note_without_heuristic(table, raw)
    return _predictions(table, probabilities, answered, faults, raw)


def note_without_heuristic(table: pl.DataFrame, raw: Raw) -> None:
    """Notes how many rows name no heuristic, if any."""
    if without := table.filter(pl.col("heuristic") == "").height:
        raw.notes.append(f"{without} of {table.height} rows name no heuristic: they count under all only.")


def _predictions(
    table: pl.DataFrame,
    shares: Mapping[str, NDArray[np.float64]],
    answered: Raw,
    faults: Faults,
    raw: Raw,
) -> Predictions:
    """The answered rows with their probabilities, and the others apart."""
    ids = pl.Series("id", answered.columns["id"], dtype=pl.String)
    probabilities = pl.DataFrame([ids, *(pl.Series(name, values) for name, values in shares.items())])
    return Predictions(
        table.join(probabilities, on="id", how="inner", maintain_order="left"),
        faults.source,
        raw.form,
        (*faults.notes, *raw.notes),
        table.filter(pl.col("predicted").is_null()).drop("predicted"),
    )


def _check_gold(
    columns: Mapping[str, Sequence[Any]],
    words: Sequence[object],
    blindspot: BlindSpot,
    labels: LabelWords,
    faults: Faults,
) -> None:
    """Refuses gold labels that contradict what is known of rows, or that only a guess tells apart."""
    labels.check_classes(words, "--gold-labels", faults)
    n_known = check_known(
        blindspot,
        ids=columns["id"],
        labels=columns["gold"],
        heuristics=columns["heuristic"],
        subcases=columns["subcase"],
        words=words,
        where=faults.source,
        remedy_for=as_option,
    )
    given_words = [word for word in words if word is not None]
    labels.check_gold_codes(given_words, columns["gold"], are_known=n_known > 0, faults=faults)


def _add_published(
    columns: dict[str, Sequence[Any]], cases: Sequence[Subcase | None], raw: Raw, *, from_ids: bool
) -> None:
    """Tags rows with the heuristics and subcases of their published ids, where the file has neither."""
    if not all(cases) or any(columns["heuristic"]) or any(columns["subcase"]):
        return
    columns["heuristic"] = [case.heuristic for case in cases if case]
    columns["subcase"] = [case.name for case in cases if case]
    note_published(raw, from_ids=from_ids)


def note_published(raw: Raw, *, from_ids: bool) -> None:
    """Notes that tags, and gold labels too where they are `from_ids`, are those of published ids."""
    what = "Gold labels, heuristics" if from_ids else "Heuristics"
    raw.notes.append(f"{what} and subcases are those of the published ids.")


def _ids(raw: Raw, faults: Faults) -> list[str]:
    ids = [id_of(given).strip() for given in raw.columns["id"]]
    if all(ids) and len(set(ids)) == len(ids):
        return ids
    first_of: dict[str, int] = {}
    for number, given, name in zip(raw.numbers, raw.columns["id"], ids, strict=True):
        if not name:
            faults.add(number, f"id is {shown(given)}", "Give every row an id.")
        elif first_of.setdefault(name, number) != number:
            what = f"id {name!r} is that of {faults.unit} {first_of[name]}"
            faults.add(number, what, "Give every row an id of its own, and write each row once.")
    return ids


def _tag(raw: Raw, tag: str, blindspot: BlindSpot, faults: Faults) -> list[str]:
    values = map_distinct(raw.columns.get(tag, []), lambda value: "" if is_missing(value) else str(value))
    values = values or [""] * len(raw.numbers)
    if tag == "heuristic" and not {"", *blindspot.heuristics}.issuperset(values):
        for number, value in zip(raw.numbers, values, strict=True):
            if value and value not in blindspot.heuristics:
                remedy = nearest(value, blindspot.heuristics)
                faults.add(number, f"heuristic {shown(value)} is not known", remedy)
    return values


def _texts(raw: Raw, name: str) -> list[str]:
    return ["" if text is None else str(text) for text in raw.columns[name]]


def _check_text(raw: Raw, name: str, values: Sequence[object], faults: Faults) -> None:
    if is_unicode("".join(value for value in values if isinstance(value, str))):
        return
    for number, value in zip(raw.numbers, values, strict=False):
        if isinstance(value, str) and not is_unicode(value):
            what = f"{name} holds an unpaired surrogate, which is half of a character"
            faults.add(number, what, "Write the file as UTF-8.")


def check_complete(ids: Sequence[str], faults: Faults, raw: Raw, partial: bool) -> None:
    """Refuses part of the published set, where only the published set says which rows are required."""
    present = {name.lower() for name in ids}
    missing = [name for name in (f"ex{n}" for n in range(N_PUBLISHED)) if name not in present]
    if not missing:
        return
    available = f"{N_PUBLISHED - len(missing):,} of the {N_PUBLISHED:,} published rows"
    if partial:
        raw.notes.append(f"The file has {available}.")
        return
    faults.fail(
        f"{available} are there; missing are {first_of(missing)}",
        "Predict the rest, or accept the available rows with --partial.",
    )

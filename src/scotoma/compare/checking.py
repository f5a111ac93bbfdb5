"""Rows of a file become a table of predictions, once every one of them is sound."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from scotoma.blindspots import BlindSpot
from scotoma.blindspots.hans.published import N_PUBLISHED, published
from scotoma.compare.labels import LabelWords
from scotoma.compare.probabilities import note_other_argmax, read_probabilities
from scotoma.compare.raw import Raw
from scotoma.errors import nearest, shown
from scotoma.tasks.checking import is_unicode
from scotoma.tasks.faults import Faults

_TAGS = ("heuristic", "subcase", "template")
_TEXTS = ("premise", "hypothesis")
_N_NAMED = 5


@dataclass(frozen=True)
class Predictions:
    """One model's answers to a blind spot's test set.

    Attributes:
        table: Columns test, id, gold, predicted, heuristic, subcase, template, and where the file
            has them p_<label> for each label, premise, hypothesis. Ids are unique; absent tags are
            empty; gold is one of the blind spot's two labels.
        source: The file's path.
        form: What kind of file it is, in words.
        notes: What a reader must know of how it was read.
    """

    table: pl.DataFrame
    source: str
    form: str
    notes: tuple[str, ...] = ()


def check(
    raw: Raw, faults: Faults, *, blindspot: BlindSpot, labels: LabelWords, partial: bool
) -> Predictions:
    """The rows as predictions.

    Args:
        raw: As the file has them.
        faults: What is wrong so far; more is added.
        blindspot: Gives the labels, the heuristics, and with HANS what a published id stands for.
        labels: What words mean.
        partial: Whether part of the published test set may be scored as such.

    Raises:
        ScotomaError: any row is at fault; names the first few and how many there are.
    """
    if not raw.numbers:
        faults.fail("there are no rows of predictions", "Write the predictions again.")
    ids = _ids(raw, faults)
    known = published(ids) if blindspot.name == "hans" else [None] * len(ids)
    gold, from_ids = _gold(
        raw, ids, [case.label if case else None for case in known], blindspot, labels, faults
    )
    columns: dict[str, Sequence[object]] = {
        "id": ids,
        "gold": gold,
        "predicted": _predicted(raw, labels, faults),
    }
    columns |= {tag: _tag(raw, tag, blindspot, faults) for tag in _TAGS}
    if not any(columns["heuristic"]) and not any(columns["subcase"]):
        agree = all(case and case.label == label for case, label in zip(known, gold, strict=True))
        if agree:
            columns["heuristic"] = [case.heuristic if case else "" for case in known]
            columns["subcase"] = [case.name if case else "" for case in known]
            what = "Gold labels, heuristics" if from_ids else "Heuristics"
            raw.notes.append(f"{what} and subcases are those of the published ids.")
    shares = read_probabilities(raw, blindspot, faults)
    for name in (*columns, *_TEXTS):
        _check_text(raw, name, columns.get(name, raw.columns.get(name, [])), faults)
    faults.raise_if_any()
    raw.notes += note_other_argmax(columns["predicted"], shares, blindspot)
    if from_ids:
        _check_complete(ids, faults, raw, partial)
    if not all(columns["heuristic"]):
        without = sum(not heuristic for heuristic in columns["heuristic"])
        raw.notes.append(f"{without} of {len(ids)} rows name no heuristic: they count under all only.")
    table = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        pl.lit(blindspot.name).alias("test"),
        *(pl.Series(name, values) for name, values in shares.items()),
        *(
            pl.Series(name, [str(text) for text in raw.columns[name]])
            for name in _TEXTS
            if name in raw.columns
        ),
    )
    return Predictions(table, faults.source, raw.form, tuple(raw.notes))


def _ids(raw: Raw, faults: Faults) -> list[str]:
    first_of: dict[str, int] = {}
    ids = []
    for number, given in zip(raw.numbers, raw.columns["id"], strict=True):
        named = isinstance(given, int | str) and not isinstance(given, bool) and str(given).strip()
        name = str(given).strip() if named else ""
        ids.append(name)
        if not name:
            faults.add(number, f"id is {shown(given)}", "Give every row an id.")
        elif first_of.setdefault(name, number) != number:
            what = f"id {name!r} is that of {faults.unit} {first_of[name]}"
            faults.add(number, what, "Give every row an id of its own, and write each row once.")
    return ids


def _gold(
    raw: Raw,
    ids: list[str],
    of_published: Sequence[str | None],
    blindspot: BlindSpot,
    labels: LabelWords,
    faults: Faults,
) -> tuple[list[str], bool]:
    """The gold label of each row, and whether any follows from a published id."""
    given = raw.columns.get("gold", [None] * len(ids))
    words = [None if _is_missing(word) else _one_of(word, blindspot, labels) for word in given]
    meant = labels.gold(words)
    if codes := labels.codes_chosen_otherwise([word for word in words if word is not None]):
        raw.notes.append(
            f"Gold {' and '.join(codes)} read as in the data of {blindspot.name}, whatever --labels says of "
            "predictions."
        )
    gold = []
    for number, name, word, label, theirs in zip(raw.numbers, ids, words, meant, of_published, strict=True):
        found = label if word is not None else theirs
        gold.append(found or "")
        if word is None and found is None:
            remedy = "Give a gold column; only the published ids of HANS (ex0 to ex29999) are known without."
            faults.add(number, f"no gold label for id {name!r}", remedy)
        elif found is None:
            faults.add(number, f"gold label {shown(word)} is not known", labels.remedy([word]))
        elif found not in blindspot.labels:
            remedy = (
                f"{blindspot.name} has two gold labels: {', '.join(blindspot.labels)}. Only predictions may "
                "have the task's labels, which are merged."
            )
            faults.add(number, f"gold label is {found!r}, one of three where two are due", remedy)
    return gold, any(word is None and label for word, label in zip(words, of_published, strict=True))


def _one_of(word: object, blindspot: BlindSpot, labels: LabelWords) -> object:
    """Of several right labels, the blind spot's label that all of them count as."""
    if not isinstance(word, list):
        return word
    merged = {blindspot.label_map.get(label or "", label) for label in labels.meanings(word)}
    return merged.pop() if len(merged) == 1 else ", ".join(map(str, word))


def _predicted(raw: Raw, labels: LabelWords, faults: Faults) -> list[str]:
    given = raw.columns["predicted"]
    meant = labels.meanings(given)
    for number, word, label in zip(raw.numbers, given, meant, strict=True):
        if label is None:
            what = (
                "nothing is predicted" if _is_missing(word) else f"predicted label {shown(word)} is not known"
            )
            remedy = "Predict every row." if _is_missing(word) else labels.remedy([word])
            faults.add(number, what, remedy)
    return [label or "" for label in meant]


def _tag(raw: Raw, tag: str, blindspot: BlindSpot, faults: Faults) -> list[str]:
    values = ["" if _is_missing(value) else str(value) for value in raw.columns.get(tag, [])]
    values = values or [""] * len(raw.numbers)
    if tag == "heuristic":
        for number, value in zip(raw.numbers, values, strict=True):
            if value and value not in blindspot.heuristics:
                remedy = nearest(value, blindspot.heuristics)
                faults.add(number, f"heuristic {shown(value)} is not known", remedy)
    return values


def _check_text(raw: Raw, name: str, values: Sequence[object], faults: Faults) -> None:
    for number, value in zip(raw.numbers, values, strict=False):
        if isinstance(value, str) and not is_unicode(value):
            what = f"{name} holds half a character (a lone surrogate)"
            faults.add(number, what, "Write the file as UTF-8.")


def _check_complete(ids: list[str], faults: Faults, raw: Raw, partial: bool) -> None:
    """Refuses part of the published set, where the published set is all that says what is due."""
    if len(ids) == N_PUBLISHED:
        return
    counted = f"{len(ids):,} of the {N_PUBLISHED:,} published rows"
    if partial:
        raw.notes.append(f"The file has {counted}.")
        return
    there = set(ids)
    missing = [name for name in (f"ex{n}" for n in range(N_PUBLISHED)) if name not in there]
    more = f" and {len(missing) - _N_NAMED:,} more" if len(missing) > _N_NAMED else ""
    faults.fail(
        f"{counted} are there; missing are {', '.join(missing[:_N_NAMED])}{more}",
        "Predict the rest, or say --partial to take the rows there are.",
    )


def _is_missing(value: object) -> bool:
    is_nan = isinstance(value, float) and value != value
    return value is None or is_nan or (isinstance(value, str) and value.strip() in ("", "-"))

"""The gold labels of a file's rows, read or known from published ids."""

from collections.abc import Mapping, Sequence
from functools import partial

from scotoma.basics.distinct import map_distinct
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files.answers import is_missing
from scotoma.comparisons.files.labels import LabelWords
from scotoma.comparisons.files.raw import Raw
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.label_words import say_unknown

_NO_GOLD = "Give a gold column; without one, only the published ids of HANS (ex0 to ex29999) are known."


def read_gold(
    raw: Raw,
    ids: Sequence[str],
    published_labels: Sequence[str | None],
    blindspot: BlindSpot,
    labels: LabelWords,
    faults: Faults,
) -> tuple[list[str], list[object]]:
    """The gold label of each row, and the word for it in the file, None where the file has none.

    Args:
        raw: Columns of the file; `gold` may hold a list where several labels are right.
        ids: Ids of the rows.
        published_labels: The gold label that each id stands for, used where the file gives none.
        blindspot: Blind spot that the two labels belong to.
        labels: Meanings of words.
        faults: Gathers labels that are missing or not known.
    """
    given = raw.columns.get("gold", [None] * len(ids))
    words = map_distinct(given, lambda word: None if is_missing(word) or word == [] else word)
    labels_in_file = map_distinct(
        words, lambda word: None if word is None else _label(word, blindspot, labels)
    )
    rows = zip(words, labels_in_file, published_labels, strict=True)
    labels_known = [theirs if word is None else label for word, label, theirs in rows]
    gold = [label or "" for label in labels_known]
    if set(blindspot.labels).issuperset(gold):
        return gold, words
    unknown = [
        (number, part)
        for number, word, label in zip(raw.numbers, words, labels_in_file, strict=True)
        if word is not None and not label
        for part in _unknown_parts(word, labels)
    ]
    say_unknown(unknown, "gold label", faults, partial(labels.remedy, option="--gold-labels"))
    for number, name, word, label_known in zip(raw.numbers, ids, words, labels_known, strict=True):
        if word is None:
            if label_known is None:
                faults.add(number, f"no gold label for id {name!r}", _NO_GOLD)
        elif label_known is None and isinstance(word, list) and not _unknown_parts(word, labels):
            what = f"gold labels {', '.join(map(str, word))} count as both {' and '.join(blindspot.labels)}"
            faults.add(number, what, "Give right labels that count as one of the two.")
        elif label_known is not None and label_known not in blindspot.labels:
            remedy = (
                f"{blindspot.name} has two gold labels: {', '.join(blindspot.labels)}. Only predictions may "
                f"have the task's labels, which are merged; or give --gold-labels "
                f"{label_known}={blindspot.label_map[label_known]}."
            )
            faults.add(
                number,
                f"gold label is {label_known!r}, one of three labels, but the blind spot has two",
                remedy,
            )
    return gold, words


def as_option(meanings: Mapping[str, str]) -> str:
    """How to say on the command line what gold words mean."""
    if any(set(word) & set("=,\n") for word in meanings):
        return "Write the gold labels again."
    return f"Give --gold-labels {','.join(f'{word}={label}' for word, label in meanings.items())}."


def _label(word: object, blindspot: BlindSpot, labels: LabelWords) -> str | None:
    if not isinstance(word, list):
        return labels.gold(word)
    # Of several right labels, the blind spot's label that all of them count as.
    merged = {blindspot.label_map.get(label or "", label) for label in map(labels.gold_by_user, word)}
    return merged.pop() if len(merged) == 1 else None


def _unknown_parts(word: object, labels: LabelWords) -> list[object]:
    """The parts that mean no label: the word itself, or some of several right labels."""
    return [part for part in word if labels.gold_by_user(part) is None] if isinstance(word, list) else [word]

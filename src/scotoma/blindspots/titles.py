"""What a test set is called in a report: by the rows it holds, not by the blind spot alone.

A paper must not misstate its test set. The published HANS, sentences drawn anew from its grammar and rows of
some other file are three different test sets of one blind spot.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots.blindspot import BlindSpot
from scotoma.study.settings.sources import Source
from scotoma.tasks.reading.hub import PREFIX, is_folder, repository

#: The published evaluation set of HANS on the hub; its training set has other rows.
_HANS_ON_HUB = ("jhu-cogsci/hans", "hans")
_HANS_SPLIT = "validation"
#: Prefix of the ids of rows that the grammar of HANS wrote here.
_WRITTEN_HERE = "gen-"


def title_of(known: BlindSpot, source: Source) -> str:
    """The title of a built-in blind spot with rows of this source, as far as the source's name tells.

    Its own where the rows are its own; `HANS` for the published set on the hub; else its title with the
    name of the place that the rows are from.
    """
    if source.origin == known.source.origin and (source.is_grammar or _place(source) == _place(known.source)):
        return known.title
    if known.name == "hans" and _place(source) in {(name, _HANS_SPLIT) for name in _HANS_ON_HUB}:
        return _short(known)
    return f"{_short(known)} (rows of {_named(source)})"


def title_by_rows(spot: BlindSpot, known: BlindSpot, fields: Sequence[str]) -> str:
    """The title of a built-in blind spot by rows that lie on this machine, where these tell more.

    Sentences of the published HANS make its file known whatever it is called, and ids those that were drawn
    here. A title that the user chose stays; so does one whose rows cannot be read, which is reported
    elsewhere.
    """
    source = spot.source
    is_here = source.file is not None or (source.hub is not None and is_folder(source.hub))
    if known.name != "hans" or spot.title != title_of(known, source) or not is_here:
        return spot.title
    try:
        return _by_rows(source, known, fields) or spot.title
    except (ScotomaError, OSError):
        return spot.title


def _by_rows(source: Source, known: BlindSpot, fields: Sequence[str]) -> str:
    # Imported here: a study's errors are reported without importing tables.
    from scotoma.tasks.reading.columns import find_columns
    from scotoma.tasks.reading.paths import value_of
    from scotoma.tasks.reading.sources import RowSource
    from scotoma.worlds.hans.published import N_PUBLISHED, PUBLISHED_PAIRS

    rows = RowSource(source.file or f"{PREFIX}{source.hub}")
    faults, missing, columns = rows.faults(), set(PUBLISHED_PAIRS), dict[str, str]()
    for _, record in islice(rows.records(faults), N_PUBLISHED):
        columns = columns or find_columns(list(record), fields, source.columns, faults)
        if str(record.get(columns.get("id", ""), "")).startswith(_WRITTEN_HERE):
            return known.title
        missing.discard(tuple(str(value_of(record, columns[field])) for field in fields))
        if not missing:
            return _short(known)
    return ""


def _short(known: BlindSpot) -> str:
    return known.title.partition(" (")[0]


def _place(source: Source) -> tuple[str, str] | None:
    """The data set on the hub and its split, whichever revision; None of rows that are not on the hub."""
    if source.hub is None or is_folder(source.hub):
        return None
    name, _, split = source.hub.rpartition(":")
    return repository(name)[0], split


def _named(source: Source) -> str:
    """The place that rows are from, in few words."""
    if source.hub is not None:
        name, _, split = source.hub.rpartition(":")
        return f"{Path(name).name if is_folder(source.hub) else name.partition('@')[0]}, {split}"
    if source.file or source.bundled:
        return Path(source.file or source.bundled or "").name
    return f"the {source.origin} grammar"

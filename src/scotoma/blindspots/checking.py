"""Whether the rows of a test set are those of the blind spot that they are read for."""

from collections.abc import Mapping, Sequence

import polars as pl

from scotoma.basics.errors import ScotomaError, nearest, shown
from scotoma.basics.words import counted
from scotoma.blindspots.blindspot import BlindSpot
from scotoma.blindspots.known import check_known
from scotoma.study.settings.sources import Source

_N_SHOWN = 3


def check_rows(
    blindspot: BlindSpot,
    table: pl.DataFrame,
    heuristics: Sequence[str],
    *,
    source: Source,
    codes: Mapping[str, str],
    where: str,
) -> None:
    """Refuses rows that name an unknown heuristic or label, or that contradict what is known of them.

    Args:
        blindspot: Blind spot that the rows belong to.
        table: Columns id, label and subcase.
        heuristics: Heuristics that the rows name; empty for rows that name none.
        source: Source whose `labels` give the labels behind the file's words.
        codes: Integers that were read by the order of the labels, to the labels.
        where: The file, for messages.

    Raises:
        ScotomaError: a heuristic or a label is none of the blind spot's, or see `check_known`.
    """
    _check_labels(blindspot, table["label"], where)
    check_heuristics(blindspot, table["id"], heuristics, where)
    word_of = {label: word for word, label in (source.labels or codes).items()}
    check_known(
        blindspot,
        ids=table["id"].to_list(),
        labels=table["label"].to_list(),
        heuristics=heuristics,
        subcases=table["subcase"].to_list(),
        words=[word_of.get(label, label) for label in table["label"]],
        where=where,
        remedy_for=_remedy,
    )


def _check_labels(blindspot: BlindSpot, labels: pl.Series, where: str) -> None:
    """Refuses labels that are not the blind spot's, as a grammar writes them that knows only its own."""
    present = labels.unique(maintain_order=True).to_list()
    unknown = [label for label in present if label not in blindspot.labels]
    if unknown:
        mapping = ", ".join(f"{label}: LABEL" for label in present)
        raise ScotomaError(
            f"rows are labelled {' and '.join(present)}, but the labels of blind spot {blindspot.name} are "
            f"{' and '.join(blindspot.labels)}",
            where=where,
            remedy=f"Say in its source which of the two each is: labels: {{{mapping}}}.",
        )


def check_heuristics(blindspot: BlindSpot, ids: pl.Series, heuristics: Sequence[str], where: str) -> None:
    """Refuses rows that name a heuristic which the blind spot does not have.

    Raises:
        ScotomaError: names it, the first few rows and the nearest heuristic.
    """
    named = pl.Series(heuristics, dtype=pl.String)
    for name in named.unique(maintain_order=True):
        if not name or name in blindspot.heuristics:
            continue
        rows = ids.filter(named == name)
        first = ", ".join(shown(id) for id in rows.head(_N_SHOWN))
        verb = "names" if rows.len() == 1 else "name"
        raise ScotomaError(
            f"{counted(rows.len(), 'row')} {verb} the heuristic {name!r}, which blind spot {blindspot.name} "
            f"does not have: {first}{', ...' if rows.len() > _N_SHOWN else ''}",
            where=where,
            remedy=f"{nearest(name, blindspot.heuristics)} Correct the rows or the setting `heuristics`.",
        )


def _remedy(meanings: Mapping[str, str]) -> str:
    mapping = ", ".join(f"{word}: {label}" for word, label in meanings.items())
    return f"Say what they mean in the blind spot's source: labels: {{{mapping}}}."

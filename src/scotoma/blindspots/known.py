"""What is known of rows without reading them, and whether a file contradicts it.

A published id of HANS stands for one row, and so for one subcase; ids of rows that the grammars here wrote
contain the subcase. Every subcase of HANS and of the micro-world has one gold label and one heuristic. A file
that says otherwise was coded or joined wrongly, and would be measured with its two labels exchanged.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from scotoma.basics.errors import ScotomaError, shown
from scotoma.blindspots.blindspot import BlindSpot
from scotoma.worlds.hans.published import published
from scotoma.worlds.hans.templates import SUBCASES, Subcase
from scotoma.worlds.microworld import CONSTRUCTIONS, HEURISTICS
from scotoma.worlds.microworld.meaning import ENTAILMENT

#: Share of the rows that can be checked from which on their labels are coded the other way round.
_NEARLY_ALL = 0.9
#: Fewer rows may contradict by chance.
_FEWEST = 5
_N_SHOWN = 3

#: Subcases to heuristic and label. Where HANS and the micro-world share a name, they agree on both.
_SUBCASES: dict[str, tuple[str, str]] = {
    **{case.name: (case.heuristic, case.label) for case in CONSTRUCTIONS},
    **{case.name: (case.heuristic, case.label) for case in SUBCASES},
}

Value = TypeVar("Value")
_Column = Literal["gold label", "heuristic", "subcase"]
_By = Literal["published id", "id", "subcase"]

#: Ids of rows that the two grammars wrote, which have the subcase in them.
WRITTEN = r"(?:gen|mw-blindspot)-(.+)-[0-9]+"
_WRITTEN = re.compile(WRITTEN)
_PREFIXES = ("gen-", "mw-blindspot-")


@dataclass(frozen=True, slots=True)
class _Fact:
    """What is known of one column of a row, by its id or subcase, and what the file states there."""

    row: int
    column: _Column
    by: _By
    key: str
    known: str
    stated: str


def check_known(
    blindspot: BlindSpot,
    *,
    ids: Sequence[str],
    labels: Sequence[str | None],
    heuristics: Sequence[str | None],
    subcases: Sequence[str | None],
    words: Sequence[object] | None = None,
    where: str,
    remedy_for: Callable[[Mapping[str, str]], str],
) -> int:
    """Refuses rows whose gold label, heuristic or subcase contradicts what is known of them.

    Sequences are of equal length, in the order of the rows; None or an empty text means that it is not known.

    Args:
        blindspot: Blind spot that the rows belong to. Its own heuristics are checked where HANS has them too,
            and its labels where one of them is entailment.
        ids: Ids of the rows; `ex0` to `ex29999` are the published ones where all of HANS' heuristics are
            there, and the ids of rows that the grammars here wrote are known.
        labels: Gold labels, each one of the blind spot's two.
        heuristics: Names.
        subcases: Names; those of HANS and the micro-world are known.
        words: What stands for each label in the file, such as 0 and 1; the labels if not given.
        where: The file, for the message.
        remedy_for: Gives the sentence that says how to declare the words' meanings; takes words to labels.

    Returns:
        How many gold labels were compared with known ones.

    Raises:
        ScotomaError: a row contradicts what is known; tells how many do, the first few, and whether
            the labels are coded the other way round.
    """
    n_held = _agreeing(blindspot, ids, labels, heuristics, subcases)
    if n_held is not None:
        return n_held
    facts = list(_facts(blindspot, ids, labels, heuristics, subcases))
    faults: list[str] = []
    remedies: dict[str, None] = {}
    for (column, by), of_kind in _by_kind(facts).items():
        wrong = [fact for fact in of_kind if fact.stated != fact.known]
        if not wrong:
            continue
        n = f"{len(wrong):,} of {len(of_kind):,} rows"
        is_swapped = column == "gold label" and len(wrong) >= max(_FEWEST, _NEARLY_ALL * len(of_kind))
        explanation = ", so labels are coded the other way round" if is_swapped else ""
        faults.append(f"the {column} of {n} is not that of their {by}{explanation}: {_first(wrong, ids)}")
        if is_swapped:
            remedies[remedy_for(_true_meanings(wrong, words or labels, blindspot))] = None
        elif by == "published id":
            remedies["Look at these rows; rows that are not the published ones need other ids."] = None
        else:
            remedies["Look at how these rows were labelled and joined."] = None
    raise ScotomaError("; ".join(faults), where=where, remedy=" ".join(remedies))


def _agreeing(
    blindspot: BlindSpot,
    ids: Sequence[str],
    labels: Sequence[str | None],
    heuristics: Sequence[str | None],
    subcases: Sequence[str | None],
) -> int | None:
    """How many gold labels were compared with known ones; None if anything contradicts what is known.

    Rows of the same kind of id and the same tags agree or contradict alike, so one of each is looked at.
    """
    of_ids = [
        case.name if case else _written(name) for case, name in zip(_cases(blindspot, ids), ids, strict=True)
    ]
    row_of = {kind: row for row, kind in enumerate(zip(of_ids, labels, heuristics, subcases, strict=True))}
    counts = Counter(zip(of_ids, labels, heuristics, subcases, strict=True))

    def taken(column: Sequence[Value]) -> list[Value]:
        return [column[row] for row in row_of.values()]

    facts = list(_facts(blindspot, taken(ids), taken(labels), taken(heuristics), taken(subcases)))
    if any(fact.stated != fact.known for fact in facts):
        return None
    n_alike = [counts[kind] for kind in row_of]
    return sum(n_alike[fact.row] for fact in facts if fact.column == "gold label")


def _cases(blindspot: BlindSpot, ids: Sequence[str]) -> Sequence[Subcase | None]:
    """What the ids stand for where they are those of the published rows."""
    are_published = blindspot.source.microworld is None and blindspot.heuristics.keys() >= set(HEURISTICS)
    return published(ids) if are_published and label_of(blindspot, ENTAILMENT) else [None] * len(ids)


def label_of(blindspot: BlindSpot, known: str) -> str | None:
    """The blind spot's label of a row that is known to be entailed, or not to be; None if that is ambiguous.

    It is unambiguous if one of the two labels is entailment and no other label of the task counts as that.
    """
    if len(blindspot.counting_as(ENTAILMENT)) != 1:
        return None
    (other,) = {*blindspot.labels} - {ENTAILMENT}
    return ENTAILMENT if known == ENTAILMENT else other


def _facts(
    blindspot: BlindSpot,
    ids: Sequence[str],
    labels: Sequence[str | None],
    heuristics: Sequence[str | None],
    subcases: Sequence[str | None],
) -> Iterator[_Fact]:
    """Every known fact about these rows on which the file states something."""
    rows = zip(_cases(blindspot, ids), ids, labels, heuristics, subcases, strict=True)
    for row, (case, name, label, heuristic, subcase) in enumerate(rows):
        by, key, of = _known_by(name, case.name if case else None, subcase)
        if of not in _SUBCASES:
            continue
        known_heuristic, known_label = _SUBCASES[of]
        if by != "subcase" and subcase:
            yield _Fact(row, "subcase", by, key, of, subcase)
        if label and (meant := label_of(blindspot, known_label)):
            yield _Fact(row, "gold label", by, key, meant, label)
        if heuristic and known_heuristic in blindspot.heuristics:
            yield _Fact(row, "heuristic", by, key, known_heuristic, heuristic)


def _known_by(name: str, published_subcase: str | None, subcase: str | None) -> tuple[_By, str, str]:
    """What a row is known by, its id first; that id or subcase; and the subcase it stands for."""
    if published_subcase is not None:
        return "published id", name, published_subcase
    if written := _written(name):
        return "id", name, written
    return "subcase", subcase or "", subcase or ""


def _written(name: str) -> str:
    """The subcase in the id of a row that a grammar wrote; empty in any other."""
    match = _WRITTEN.fullmatch(name) if name.startswith(_PREFIXES) else None
    return match[1] if match and match[1] in _SUBCASES else ""


def _by_kind(facts: Sequence[_Fact]) -> dict[tuple[_Column, _By], list[_Fact]]:
    by_kind: dict[tuple[_Column, _By], list[_Fact]] = {}
    for column in ("gold label", "heuristic", "subcase"):
        for fact in facts:
            if fact.column == column:
                by_kind.setdefault((fact.column, fact.by), []).append(fact)
    return by_kind


def _first(wrong: Sequence[_Fact], ids: Sequence[str]) -> str:
    examples = [
        f"{fact.key} is {fact.known}, and {_source_of(fact, ids)} says {shown(fact.stated)}"
        for fact in wrong[:_N_SHOWN]
    ]
    return "; ".join(examples) + (f"; and {len(wrong) - _N_SHOWN:,} more" if len(wrong) > _N_SHOWN else "")


def _source_of(fact: _Fact, ids: Sequence[str]) -> str:
    return "the file" if fact.by != "subcase" else f"row {shown(ids[fact.row])}"


def _true_meanings(wrong: Sequence[_Fact], words: Sequence[object], blindspot: BlindSpot) -> dict[str, str]:
    """The file's words and the labels they stand for in truth, in the order of the words."""
    counts = Counter((str(words[fact.row]), fact.known) for fact in wrong)
    labels = {word: label for (word, label), _ in reversed(counts.most_common())}
    return dict(sorted(labels.items(), key=lambda pair: (pair[0], blindspot.labels.index(pair[1]))))

"""`audit`: everything that can be said of a labelled table before a model is trained on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from scotoma.audits.agreement import Agreement, agreement
from scotoma.audits.associations import associate
from scotoma.audits.baselines import Baseline, Folds, hypothesis_only, not_measured, overlap_only
from scotoma.audits.checks import (
    check_arguments,
    check_labels,
    check_names,
    check_reference,
    check_rules,
    check_table,
    check_tests,
)
from scotoma.audits.copies import find_copies
from scotoma.audits.diversity import diversity
from scotoma.audits.result import Audit
from scotoma.audits.rules import answers, built_in_rules, tertiles
from scotoma.audits.surface import Overlap
from scotoma.audits.texts import Texts, starts_of
from scotoma.basics.errors import ScotomaError, nearest
from scotoma.basics.progress import Progress, no_progress
from scotoma.blindspots.predicates.rules import CONSTITUENT, Rule
from scotoma.blindspots.predicates.scripts import (
    are_divided,
    characters_as_words,
    sample_of_texts,
    some_without_words,
    without_words,
)
from scotoma.tasks.reading.same_row import in_one_order

#: What an audit does, and how much of its time each usually takes, in percent.
_WORK = {"reading": 4, "words": 16, "predicates": 5, "copies": 40, "baselines": 15, "variety": 20}


@dataclass(frozen=True, eq=False)
class _Side:
    """The data or the reference: rows, their texts, and the overlap of the first and the last."""

    table: pl.DataFrame
    texts: Texts
    overlap: Overlap | None

    @classmethod
    def of(cls, table: pl.DataFrame, texts: Texts) -> "_Side":
        return cls(table, texts, Overlap.of(texts) if len(texts.fields) > 1 else None)


class _Course:
    """Reports the progress of an audit, in rows of the data."""

    def __init__(self, n: int, progress: Progress) -> None:
        self._n, self._progress, self._begun = n, progress, 0

    def part(self, name: str) -> Progress:
        """A callback for the progress of the next part."""
        begun, share = self._begun, _WORK[name]
        self._begun += share

        def tell(done: int, total: int) -> None:
            self._progress(self._n * (begun * total + share * done) // (100 * total), self._n)

        tell(0, 1)
        return tell


def audit(
    table: pl.DataFrame,
    *,
    fields: Sequence[str],
    labels: Sequence[str],
    target: str,
    reference: pl.DataFrame | None = None,
    tests: Mapping[str, pl.DataFrame] | None = None,
    predicates: Sequence[Rule] = (),
    other_labels: str | Sequence[str | None] | pl.Series | None = None,
    symmetric: bool = False,
    level: float = 0.95,
    progress: Progress = no_progress,
) -> Audit:
    """Does this table carry the shortcut, how strongly, and how much more than the reference?

    Nothing is drawn at random and the order of rows does not matter. Time and memory grow with the rows;
    100,000 MultiNLI pairs take some seconds.

    Args:
        table: Rows with the fields and `label`; with a parse of the premise (see
            `scotoma.audits.constituents`) the constituent predicate is asked too.
        fields: Columns of text, in order: the first is the premise, the last the hypothesis.
        labels: Labels of the task.
        target: The label that the overlap heuristics predict.
        reference: A table of the same form to compare with: the original training data.
        tests: Tables with the fields, by name, that no row should stand in.
        predicates: The user's own, beside the built-in ones; see `scotoma.blindspots.predicates.own_rules`.
        other_labels: Another labeller's labels: the name of a column, or one label (or None) for every row.
        symmetric: Whether a pair means the same with its two texts swapped.
        level: Two-sided coverage of every interval.
        progress: Called with (rows done, rows in all), where a part of the work counts for its usual share of
            each row; reading was the first.

    Raises:
        ScotomaError: a table cannot be audited, or a predicate fails.
    """
    fields, labels, tests = tuple(fields), tuple(labels), tests or {}
    check_arguments(fields, labels, target, level)
    check_names(predicates)
    check_rules(predicates, fields)
    _check_tables(table, reference, tests, fields, labels)
    agreed = _agreement(table, other_labels, labels, level)

    stages = _Course(table.height, progress)
    stages.part("reading")
    tables = {"data": table} | ({} if reference is None else {"reference": reference})
    # The prefix keeps the names of test sets apart from that of the reference.
    tables |= {f"test {name}": test for name, test in tests.items()}
    texts, places = _together(tables, fields, stages.part("words"))
    data = _Side.of(table, texts.part(places["data"]))
    other = None if reference is None else _Side.of(reference, texts.part(places["reference"]))
    stages.part("predicates")
    lengths = tertiles((other or data).texts, "data" if other is None else "reference")
    rules = [*built_in_rules(lengths, fields), *predicates]
    data_answers = answers(data.table, data.texts, data.overlap, rules, lengths, "data")
    reference_answers = None
    if other is not None:
        by_rule = answers(other.table, other.texts, other.overlap, rules, lengths, "reference")
        reference_answers = (by_rule, other.table["label"])
    associations = associate((data_answers, table["label"]), reference_answers, labels, level=level)
    copies = find_copies(
        table["label"],
        texts,
        {name: rows for name, rows in places.items() if name != "data"},
        [f"test {name}" for name in tests],
        symmetric=symmetric,
        progress=stages.part("copies"),
    )
    baselines = _baselines(data, labels, level, symmetric, stages.part("baselines"))
    reference_baselines = None if other is None else _baselines(other, labels, level, symmetric)
    variety = diversity(data.texts, other.texts if other else None, stages.part("variety"))
    return Audit(
        n=table.height,
        fields=fields,
        labels=labels,
        target=target,
        level=level,
        label_counts=_label_counts(table, labels),
        reference_label_counts=None if reference is None else _label_counts(reference, labels),
        associations=associations,
        sentences={rule.name: rule.sentence for rule in rules}
        | {CONSTITUENT: "the hypothesis is a complete subtree of the premise's parse"},
        unavailable={name: flags for name, flags in data_answers.items() if isinstance(flags, str)},
        lengths=lengths,
        duplicates=copies.duplicates,
        leaks=copies.anywhere,
        leaks_by_test={name: copies.by_table[f"test {name}"] for name in tests},
        copies_of_reference=copies.by_table.get("reference"),
        baselines=baselines,
        reference_baselines=reference_baselines,
        diversity=variety,
        agreement=agreed,
        script=_script(table, fields),
    )


def _script(table: pl.DataFrame, fields: Sequence[str]) -> str:
    texts = sample_of_texts(table[fields[-1]])
    if script := without_words(texts):
        return f"Most of the texts are {script}, written without spaces: their words cannot be told apart."
    if script := characters_as_words(texts):
        how = "with spaces between words" if are_divided(texts) else "written without spaces"
        return f"Most of the texts are {script}, {how}: each character counts as a word."
    if shares := some_without_words(texts):
        listed = ", ".join(f"{100 * share:.0f} % ({script})" for script, share in shares.items())
        return (
            f"{listed} of the texts are written without spaces: words cannot be told apart there, and "
            "overlap is hardly ever found."
        )
    return ""


def _check_tables(
    table: pl.DataFrame,
    reference: pl.DataFrame | None,
    tests: Mapping[str, pl.DataFrame],
    fields: Sequence[str],
    labels: Sequence[str],
) -> None:
    for name, one in (("data", table), ("reference", reference)):
        if one is not None:
            check_table(one, (*fields, "label"), name)
            check_labels(one, labels, name)
    if reference is not None:
        check_reference(table, reference, labels)
    check_tests(tests, fields)


def _together(
    tables: Mapping[str, pl.DataFrame], fields: Sequence[str], progress: Progress
) -> tuple[Texts, dict[str, slice]]:
    """The texts of all tables, one below the other, and the rows of each."""
    starts = starts_of(np.array([table.height for table in tables.values()])).tolist()
    texts = Texts.of(pl.concat([table.select(fields) for table in tables.values()]), fields, progress)
    return texts, {name: slice(*ends) for name, ends in zip(tables, pairwise(starts), strict=True)}


def _label_counts(table: pl.DataFrame, labels: Sequence[str]) -> dict[str, int]:
    return {label: int((table["label"] == label).sum()) for label in labels}


def _baselines(
    side: _Side, labels: Sequence[str], level: float, symmetric: bool, progress: Progress = no_progress
) -> dict[str, Baseline]:
    if side.overlap is None:
        none = not_measured(side.table.height, "the task has a single text, so no part of it can be left out")
        return {"hypothesis_only": none, "overlap_only": none}
    # Rows that are kept together: those of one premise; of a symmetric task a pair and its mirror too.
    premise, hypothesis = side.texts.fields[0], side.texts.fields[-1]
    premises = in_one_order(side.table, (premise, hypothesis), symmetric)[premise]
    folds = Folds.of(premises, side.table["label"], labels)
    return {
        "hypothesis_only": hypothesis_only(side.texts, folds, level=level, progress=progress),
        "overlap_only": overlap_only(side.overlap, folds, level=level),
    }


def _agreement(
    table: pl.DataFrame,
    other_labels: str | Sequence[str | None] | pl.Series | None,
    labels: Sequence[str],
    level: float,
) -> Agreement | None:
    if other_labels is None:
        return None
    if isinstance(other_labels, str):
        if other_labels not in table.columns:
            raise ScotomaError(
                f"the data has no column {other_labels!r} with another labeller's labels",
                where="data",
                remedy=nearest(other_labels, table.columns),
            )
        other_labels = table[other_labels]
    return agreement(table["label"].to_list(), list(other_labels), labels, level=level)

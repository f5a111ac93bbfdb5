"""`audit`: everything that can be said of a labelled table before a model is trained on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
from scotoma.audits.copies import Copies, Found, find_copies
from scotoma.audits.diversity import diversity
from scotoma.audits.result import Audit
from scotoma.audits.rules import answers, built_in_rules, tertiles
from scotoma.audits.surface import Overlap
from scotoma.audits.texts import Texts
from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots.predicates.rules import CONSTITUENT, Rule
from scotoma.blindspots.predicates.scripts import (
    are_divided,
    characters_as_words,
    some_without_words,
    without_words,
)
from scotoma.tasks.reading.same_row import in_one_order

#: Reading, taking texts apart, predicates, copies, baselines, variety.
_N_PARTS = 6


@dataclass(frozen=True, eq=False)
class _Side:
    """The data or the reference: rows, their texts, and the overlap of the first and the last."""

    table: pl.DataFrame
    texts: Texts
    overlap: Overlap | None

    @classmethod
    def of(cls, table: pl.DataFrame, fields: Sequence[str]) -> "_Side":
        texts = Texts.of(table, fields)
        return cls(table, texts, Overlap.of(texts) if len(fields) > 1 else None)


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
    progress: Callable[[int, int], None] = lambda done, total: None,
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
        progress: Called with (parts done, parts in all); reading was the first.

    Raises:
        ScotomaError: a table cannot be audited, or a predicate fails.
    """
    fields, labels, tests = tuple(fields), tuple(labels), tests or {}
    check_arguments(fields, labels, target, level)
    check_names(predicates)
    check_rules(predicates, fields)
    _check_tables(table, reference, tests, fields, labels)
    agreed = _agreement(table, other_labels, labels, level)

    progress(1, _N_PARTS)
    data = _Side.of(table, fields)
    other = None if reference is None else _Side.of(reference, fields)
    progress(2, _N_PARTS)
    lengths = tertiles((other or data).texts, "data" if other is None else "reference")
    rules = [*built_in_rules(lengths, fields), *predicates]
    ours = answers(data.table, data.texts, data.overlap, rules, lengths, "data")
    theirs = None
    if other is not None:
        answered = answers(other.table, other.texts, other.overlap, rules, lengths, "reference")
        theirs = (answered, other.table["label"])
    found = associate((ours, table["label"]), theirs, labels, level=level)
    progress(3, _N_PARTS)
    copies, by_test, in_reference = _copies(data, other, tests, symmetric)
    progress(4, _N_PARTS)
    baselines = _baselines(data, labels, level, symmetric)
    their_baselines = None if other is None else _baselines(other, labels, level, symmetric)
    progress(5, _N_PARTS)
    return Audit(
        n=table.height,
        fields=fields,
        labels=labels,
        target=target,
        level=level,
        label_counts=_label_counts(table, labels),
        reference_label_counts=None if reference is None else _label_counts(reference, labels),
        associations=found,
        sentences={rule.name: rule.sentence for rule in rules}
        | {CONSTITUENT: "the hypothesis is a complete subtree of the premise's parse"},
        unavailable={name: flags for name, flags in ours.items() if isinstance(flags, str)},
        lengths=lengths,
        duplicates=copies.duplicates,
        leaks=copies.anywhere,
        leaks_by_test=by_test,
        copies_of_reference=in_reference,
        baselines=baselines,
        reference_baselines=their_baselines,
        diversity=diversity(data.texts, other.texts if other else None),
        agreement=agreed,
        script=_script(table, fields),
    )


def _script(table: pl.DataFrame, fields: Sequence[str]) -> str:
    texts = table[fields[-1]].to_list()
    if script := without_words(texts):
        return f"Most of the texts are {script}, written without spaces: their words cannot be told apart."
    if script := characters_as_words(texts):
        how = "with spaces between words" if are_divided(texts) else "written without spaces"
        return f"Most of the texts are {script}, {how}: each character counts as a word."
    if some := some_without_words(texts):
        listed = ", ".join(f"{100 * share:.0f} % ({script})" for script, share in some.items())
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


def _copies(
    data: _Side, reference: _Side | None, tests: Mapping[str, pl.DataFrame], symmetric: bool
) -> tuple[Copies, dict[str, Found], Found | None]:
    """All copies, those in each test set, and those in the reference."""
    # The prefix keeps a test set from being called what the reference is called.
    others = {f"test {name}": Texts.of(test, data.texts.fields) for name, test in tests.items()}
    if reference is not None:
        others["reference"] = reference.texts
    copies = find_copies(
        data.table, data.texts, others, [f"test {name}" for name in tests], symmetric=symmetric
    )
    by_test = {name: copies.found[f"test {name}"] for name in tests}
    return copies, by_test, copies.found.get("reference")


def _label_counts(table: pl.DataFrame, labels: Sequence[str]) -> dict[str, int]:
    return {label: int((table["label"] == label).sum()) for label in labels}


def _baselines(side: _Side, labels: Sequence[str], level: float, symmetric: bool) -> dict[str, Baseline]:
    if side.overlap is None:
        none = not_measured(side.table.height, "the task has a single text: it is all there is to see")
        return {"hypothesis_only": none, "overlap_only": none}
    # Rows that are kept together: those of one premise; of a symmetric task a pair and its mirror too.
    premise, hypothesis = side.texts.fields[0], side.texts.fields[-1]
    premises = in_one_order(side.table, (premise, hypothesis), symmetric)[premise]
    folds = Folds.of(premises, side.table["label"], labels)
    return {
        "hypothesis_only": hypothesis_only(side.texts, folds, level=level),
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

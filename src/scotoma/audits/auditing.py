"""`audit`: everything that can be said of a labelled table before a model is trained on it."""

from collections.abc import Mapping, Sequence

import polars as pl

from scotoma.audits.agreement import Agreement, agreement
from scotoma.audits.associations import associate
from scotoma.audits.baselines import Baseline, hypothesis_only, not_measured, overlap_only
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
from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots.predicates.rules import CONSTITUENT, Rule
from scotoma.blindspots.predicates.scripts import (
    are_divided,
    characters_as_words,
    some_without_words,
    without_words,
)
from scotoma.tasks.reading.same_row import settled


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
) -> Audit:
    """Does this table carry the shortcut, how strongly, and how much more than the reference?

    Nothing is drawn at random and the order of rows does not matter. 100,000 MultiNLI pairs take
    about half a minute.

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

    Raises:
        ScotomaError: a table cannot be audited, or a predicate fails.
    """
    fields, labels, tests = tuple(fields), tuple(labels), tests or {}
    check_arguments(fields, labels, target, level)
    check_names(predicates)
    check_rules(predicates, fields)
    _check_tables(table, reference, tests, fields, labels)
    agreed = _agreement(table, other_labels, labels, level)

    model = table if reference is None else reference
    lengths = tertiles(model[fields[-1]], "data" if reference is None else "reference")
    rules = [*built_in_rules(lengths, fields), *predicates]
    ours = answers(table, fields, rules, "data")
    theirs = None
    if reference is not None:
        theirs = (answers(reference, fields, rules, "reference"), reference["label"])
    found = associate((ours, table["label"]), theirs, labels, level=level)
    copies, by_test, of_reference = _copies(table, reference, tests, fields, symmetric)
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
        copies_of_reference=of_reference,
        baselines=_baselines(table, fields, labels, level, symmetric),
        reference_baselines=(
            None if reference is None else _baselines(reference, fields, labels, level, symmetric)
        ),
        diversity=diversity(table, fields, reference),
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
    table: pl.DataFrame,
    reference: pl.DataFrame | None,
    tests: Mapping[str, pl.DataFrame],
    fields: Sequence[str],
    symmetric: bool,
) -> tuple[Copies, dict[str, Found], Found | None]:
    """All copies, those in each test set, and those in the reference."""
    # The prefix keeps a test set from being called what the reference is called.
    others = {f"test {name}": test for name, test in tests.items()}
    if reference is not None:
        others["reference"] = reference
    copies = find_copies(table, others, fields, [f"test {name}" for name in tests], symmetric=symmetric)
    by_test = {name: copies.found[f"test {name}"] for name in tests}
    return copies, by_test, copies.found.get("reference")


def _label_counts(table: pl.DataFrame, labels: Sequence[str]) -> dict[str, int]:
    return {label: int((table["label"] == label).sum()) for label in labels}


def _baselines(
    table: pl.DataFrame, fields: Sequence[str], labels: Sequence[str], level: float, symmetric: bool
) -> dict[str, Baseline]:
    if len(fields) < 2:
        none = not_measured(table.height, "the task has a single text: it is all there is to see")
        return {"hypothesis_only": none, "overlap_only": none}
    premise, hypothesis = fields[0], fields[-1]
    # Rows that are kept together: those of one premise; of a symmetric task a pair and its mirror too.
    together = [
        settled((one, other), symmetric=symmetric)[0]
        for one, other in zip(table[premise], table[hypothesis], strict=True)
    ]
    return {
        "hypothesis_only": hypothesis_only(table, premise, hypothesis, labels, together, level=level),
        "overlap_only": overlap_only(table, premise, hypothesis, labels, together, level=level),
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

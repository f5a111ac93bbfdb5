"""Checks that refuse tables which cannot be audited."""

from collections.abc import Mapping, Sequence

import polars as pl

from scotoma.audits.rules import BUILT_IN
from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots.predicates.rules import Rule


def check_arguments(fields: Sequence[str], labels: Sequence[str], target: str, level: float) -> None:
    """Refuses settings that fit no table.

    Raises:
        ScotomaError: there are no fields, labels repeat or are fewer than two, or the target or the
            level is out of range.
    """
    if not fields:
        raise ScotomaError("no text fields are named", where="fields", remedy="Name the columns of text.")
    if len(set(labels)) < 2 or len(set(labels)) < len(labels):
        raise ScotomaError(
            f"labels are {list(labels)}", where="labels", remedy="Name two or more, each once."
        )
    if target not in labels:
        raise ScotomaError(
            f"target {target!r} is not a label", where="target", remedy=nearest(target, labels)
        )
    if not 0 < level < 1:
        raise ScotomaError(
            f"level is {level}", where="level", remedy="Give a number within (0, 1), such as .95."
        )


def check_table(table: pl.DataFrame, fields: Sequence[str], name: str) -> None:
    """Refuses a table without rows, or without whole text in every field.

    Raises:
        ScotomaError: says which table, and which column or row.
    """
    if not table.height:
        raise ScotomaError(f"the {name} has no rows", where=name, remedy="Give at least one row.")
    for field in fields:
        if field not in table.columns:
            raise ScotomaError(
                f"the {name} has no column {field!r}", where=name, remedy=nearest(field, table.columns)
            )
        if table[field].dtype != pl.String:
            raise ScotomaError(
                f"column {field!r} holds {table[field].dtype}, not text",
                where=name,
                remedy="Write it as text.",
            )
        if table[field].null_count():
            row = int(table[field].is_null().arg_true()[0]) + 1
            raise ScotomaError(
                f"{field} is missing", where=f"{name}, row {row}", remedy=f"Give every row a {field}."
            )


def check_labels(table: pl.DataFrame, labels: Sequence[str], name: str) -> None:
    """Refuses unknown labels, and tables with a single label.

    Raises:
        ScotomaError: says which.
    """
    present = set(table["label"].to_list())
    for label in sorted(present - set(labels)):
        raise ScotomaError(f"label {label!r} is not known", where=name, remedy=nearest(label, labels))
    if len(present) == 1:
        raise ScotomaError(
            f"every row has the label {present.pop()!r}",
            where=name,
            remedy="An association needs rows of at least two labels.",
        )


def check_reference(table: pl.DataFrame, reference: pl.DataFrame, labels: Sequence[str]) -> None:
    """Refuses a reference that has no row of a label that the table has.

    Raises:
        ScotomaError: names the labels.
    """
    missing = [label for label in labels if label in table["label"] and label not in reference["label"]]
    if missing:
        raise ScotomaError(
            f"the reference has no row labelled {' or '.join(map(repr, missing))}",
            where="reference",
            remedy="Compare with data of the same task and labels.",
        )


def check_rules(rules: Sequence[Rule], fields: Sequence[str]) -> None:
    """Refuses a predicate of a field that is not there.

    Raises:
        ScotomaError: names the predicate.
    """
    known = ("pair", "last", "all", *fields)
    for rule in rules:
        if rule.reads not in known:
            raise ScotomaError(
                f"predicate {rule.name!r} reads {rule.reads!r}",
                where="predicates",
                remedy=nearest(rule.reads, known),
            )


def check_names(rules: Sequence[Rule]) -> None:
    """Refuses two rules of one name, or one of a built-in name.

    Raises:
        ScotomaError: a name is taken.
    """
    taken = set(BUILT_IN)
    for rule in rules:
        if rule.name in taken:
            raise ScotomaError(
                f"there are two predicates {rule.name!r}",
                where="predicates",
                remedy=f"Choose another name; built in are {', '.join(BUILT_IN)}.",
            )
        taken.add(rule.name)


def check_tests(tests: Mapping[str, pl.DataFrame], fields: Sequence[str]) -> None:
    """Refuses a test set that is empty or has other fields.

    Raises:
        ScotomaError: names the test set.
    """
    for name, test in tests.items():
        check_table(test, fields, f"test set {name!r}")

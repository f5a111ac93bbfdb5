"""The predicate by which a report looks for the shortcut in data: the study's own, or full word overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.blindspots.predicates.rules import Rule, ask, study_rules
from scotoma.study.study import Study

_OVERLAP = "overlap_word"
#: Two forms of one rule: data are looked at by the second, whichever the arms obey.
_OVERLAPS = ("overlap_whitespace", _OVERLAP)


@dataclass(frozen=True)
class Shortcut:
    """What the report looks for in data.

    Attributes:
        name: Name in the head of a table: `overlap`, or `shortcut`.
        label: The label it leads to.
        is_overlap: Whether it is full word overlap.
    """

    name: str
    label: str
    is_overlap: bool
    rule: Rule
    fields: tuple[str, ...]

    def holds(self, rows: pl.DataFrame) -> NDArray[np.bool_]:
        """On which rows.

        Raises:
            ScotomaError: the study's own predicate fails on a row.
        """
        return ask(self.rule, rows, self.fields, "rows")


def shortcut_of(study: Study) -> Shortcut | None:
    """The heuristic's predicate; word overlap where it is a form of that, or where pairs have no heuristic.

    None where there is no heuristic and the task has another number of texts than two.
    """
    task, heuristic = study.task, study.heuristic
    if heuristic is not None and heuristic.predicate.built_in not in _OVERLAPS:
        rule = heuristic.predicate.rule(task.fields)
        return Shortcut("shortcut", heuristic.label, False, rule, task.fields)
    return overlap(task.fields, task.target) if len(task.fields) == 2 else None


def overlap(fields: Sequence[str], target: str) -> Shortcut:
    """Full word overlap of a pair."""
    return Shortcut("overlap", target, True, study_rules(fields)[_OVERLAP], tuple(fields))

"""The association of a predicate and a label in a table, and its amplification over another table.

The unit is the row: rows are taken as independent draws. Rows that copy one another carry less
evidence than their number says, so every interval here is too narrow where rows are duplicated.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Counts:
    """The 2 x 2 table of a predicate and a label, in rows.

    Attributes:
        holds_label: Rows with the label in which the predicate holds.
        holds_other: Rows with another label in which it holds.
        lacks_label: Rows with the label in which it does not hold.
        lacks_other: Rows with another label in which it does not hold.
    """

    holds_label: int
    holds_other: int
    lacks_label: int
    lacks_other: int

    @property
    def n_holds(self) -> int:
        """Rows in which the predicate holds."""
        return self.holds_label + self.holds_other

    @property
    def n_label(self) -> int:
        """Rows with the label."""
        return self.holds_label + self.lacks_label

    @property
    def n(self) -> int:
        """All rows."""
        return self.n_holds + self.lacks_label + self.lacks_other

    @property
    def is_infinite(self) -> bool:
        """Whether the odds ratio of the bare counts is infinite: one way at least, no row is an exception."""
        return not self.undefined and not self.holds_other * self.lacks_label

    @property
    def undefined(self) -> str:
        """Why this table shows no association at all; empty where it can show one."""
        if not self.n:
            return "there are no rows"
        if not self.n_holds or self.n_holds == self.n:
            return "the predicate holds in " + ("no row" if not self.n_holds else "every row")
        if not self.n_label or self.n_label == self.n:
            return ("no row has" if not self.n_label else "every row has") + " the label"
        return ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """An odds ratio, or a ratio of two, with its Wald interval on the log scale.

    Attributes:
        value: Value of the ratio; None where it is not defined, as are then low, high, p and log_se.
        low: Lower end of the two-sided interval.
        high: Upper end.
        p: Two-sided, of a true ratio of 1.
        log_se: Standard error of the ratio's logarithm.
        reason: Why there is no value; else empty.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    log_se: float | None
    reason: str = ""


def undefined(reason: str) -> Ratio:
    """A ratio that is not defined, and why."""
    return Ratio(None, None, None, None, None, reason)


def count(holds: NDArray[np.bool_], has_label: NDArray[np.bool_]) -> Counts:
    """The 2 x 2 table of two columns of the same length."""
    both = int(np.count_nonzero(holds & has_label))
    n_holds, n_label = int(np.count_nonzero(holds)), int(np.count_nonzero(has_label))
    return Counts(both, n_holds - both, n_label - both, holds.size - n_holds - n_label + both)


def odds_ratio(counts: Counts, *, level: float) -> Ratio:
    """Odds of the label where the predicate holds, over its odds where it does not.

    Answers: "how many times do the odds of this label rise, in data drawn as these rows were, when
    the predicate is seen to hold?" 1 is no association. The unit is the row.

    One half is added to every cell, always (Haldane-Anscombe), so that an empty cell gives a large
    finite number rather than infinity and so that two tables are treated alike; the uncorrected
    ratio stands beside it in the record. The interval is Wald's on the log scale:
    log OR +- z sqrt(1/a + 1/b + 1/c + 1/d) with the corrected cells.

    Args:
        counts: The 2 x 2 table.
        level: Two-sided coverage, in (0, 1).

    Source: Woolf 1955; Haldane 1956; Anscombe 1956; Agresti 1999 on its coverage.
    """
    if counts.undefined:
        return undefined(counts.undefined)
    a, b, c, d = (
        cell + 0.5
        for cell in (counts.holds_label, counts.holds_other, counts.lacks_label, counts.lacks_other)
    )
    log = math.log(a) + math.log(d) - math.log(b) - math.log(c)
    return _ratio(log, math.sqrt(1 / a + 1 / b + 1 / c + 1 / d), level)


def uncorrected_odds_ratio(counts: Counts) -> float | None:
    """The sample odds ratio ad / bc; None where a cell it divides by is empty."""
    below = counts.holds_other * counts.lacks_label
    return counts.holds_label * counts.lacks_other / below if below else None


def amplification(data: Ratio, reference: Ratio, *, level: float) -> Ratio:
    """The odds ratio of one table over that of another.

    Answers: "how many times as strong is the association here as in data drawn like the
    reference?" 1 is as strong; below 1 is weaker. The two tables are taken as drawn independently,
    so their variances on the log scale add; rows that stand in both break that.

    Source: Altman and Bland 2003, Interaction revisited (ratio of two odds ratios).
    """
    if data.value is None or data.log_se is None:
        return undefined(f"here {data.reason}")
    if reference.value is None or reference.log_se is None:
        return undefined(f"in the reference {reference.reason}")
    log = math.log(data.value) - math.log(reference.value)
    return _ratio(log, math.hypot(data.log_se, reference.log_se), level)


def z_statistic(counts: Counts, expected: float | None = None) -> float | None:
    """How many standard errors the label's share among rows with the predicate is off its share in all.

    z = (p(label | holds) - p0) / sqrt(p0 (1 - p0) / n_holds), with p0 = p(label) in this table;
    None where the table cannot show one. In a table with balanced labels this is the published
    statistic, whose p0 is 1 / number of labels. The rows with the predicate are part of the table,
    so for a common predicate the statistic is too small, by sqrt(1 - n_holds / n).

    Where the expected share is known, `expected` is p0,
    and only a predicate that never holds has no z.

    It grows with the number of rows, as a p value falls: compare odds ratios between tables, not z.

    Source: Gardner et al. 2021, Competency problems, section 3; Wu et al. 2022, section 3 (p0
    there fixed by the number of classes; here the table's own share).
    """
    if expected is None:
        if counts.undefined:
            return None
        expected = counts.n_label / counts.n
    if not counts.n_holds:
        return None
    error = math.sqrt(expected * (1 - expected) / counts.n_holds)
    return (counts.holds_label / counts.n_holds - expected) / error


def _ratio(log: float, log_se: float, level: float) -> Ratio:
    half = float(scipy.special.ndtri((1 + level) / 2)) * log_se
    p = 2 * float(scipy.special.ndtr(-abs(log) / log_se))
    return Ratio(math.exp(log), math.exp(log - half), math.exp(log + half), p, log_se)

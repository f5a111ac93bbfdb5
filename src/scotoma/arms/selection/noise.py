"""Labels made wrong as a generator makes them: how often, in which directions, and on which rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl

from scotoma.arms.selection.by_rank import RowRequest, apportioned, equal_shares, take
from scotoma.basics.errors import Unfillable

#: A kind of row: its true label, and whether the predicate holds; None where errors do not go with that.
_Kind = tuple[str, bool | None]


@dataclass(frozen=True)
class Pattern:
    """Which kinds of rows have each written label.

    Attributes:
        shares: By written label, the share of each kind among the rows that have it; these add up to 1.
    """

    shares: Mapping[str, Mapping[_Kind, float]]

    @classmethod
    def of(cls, pool: pl.DataFrame, labels: Sequence[str], request: RowRequest) -> Self:
        """The pattern of a generator's rows.

        Args:
            pool: Columns `written` and `true`, and `holds` if errors go with the predicate, too; rows without
                a true label are left out beforehand.
            labels: Labels of the task.
            request: Names the arm in messages.

        Raises:
            Unfillable: the generator never wrote one of the labels.
        """
        holds: tuple[bool | None, ...] = (True, False) if "holds" in pool.columns else (None,)
        shares = {}
        for written in labels:
            rows = pool.filter(pl.col("written") == written)
            if rows.is_empty():
                raise Unfillable(
                    f"{request.arm}: no screened synthetic row labelled {written!r} has a true label, so how "
                    "often that label is wrong is not known",
                    remedy="Give more candidates_per_label.",
                )
            kinds = [(true, held) for true in labels for held in holds]
            shares[written] = {kind: rows.filter(_is(kind, "true")).height / rows.height for kind in kinds}
        return cls(shares)

    @property
    def accuracy(self) -> float:
        """Share of labels that are true, where every label is written equally often."""
        right = [
            share for written, of in self.shares.items() for (true, _), share in of.items() if true == written
        ]
        return sum(right) / len(self.shares)

    def at(self, accuracy: float, request: RowRequest) -> "Pattern":
        """The same pattern with more or fewer errors, all in one proportion.

        The predicate holds under each written label as often as before.

        Args:
            accuracy: Share of labels that are true.
            request: Names the arm in messages.

        Raises:
            Unfillable: there are no errors to go by, or more are asked for than rows of a kind could have.
        """
        if accuracy == 1:
            more = 0.0
        elif self.accuracy == 1:
            raise Unfillable(
                f"{request.arm}: the generator wrote no wrong label, so which ones to make wrong is not "
                "known",
                remedy="Leave this arm out.",
            )
        else:
            more = (1 - accuracy) / (1 - self.accuracy)
        return Pattern({written: self._with(more, accuracy, written, request) for written in self.shares})

    def _with(self, more: float, accuracy: float, written: str, request: RowRequest) -> dict[_Kind, float]:
        of = self.shares[written]
        scaled = {kind: share * more for kind, share in of.items()}
        for held in {held for _, held in of}:
            total = sum(share for (_, other), share in of.items() if other is held)
            wrong = sum(share for (true, other), share in scaled.items() if other is held and true != written)
            if wrong > total + 1e-12:
                raise Unfillable(
                    f"{request.arm}: {accuracy:g} of the labels are to be true, but only {self.accuracy:.2f} "
                    "of the generator's are; with its errors in the same proportions, more than all rows "
                    f"labelled {written!r}{_where(held)} would have to be wrong",
                    remedy=f"Raise label_accuracy; {self._least():.2f} is possible.",
                )
            scaled[written, held] = max(0.0, total - wrong)
        return scaled

    def _least(self) -> float:
        """The lowest accuracy that this pattern allows, rounded up to two places."""
        most = min(
            sum(share for (_, other), share in of.items() if other is held) / wrong
            for written, of in self.shares.items()
            for held in {held for _, held in of}
            if (wrong := sum(one for (true, other), one in of.items() if other is held and true != written))
        )
        return -(-(1 - most * (1 - self.accuracy)) * 100 // 1) / 100


def noise_matched(rows: pl.DataFrame, pattern: Pattern, n: int, request: RowRequest) -> pl.DataFrame:
    """Rows whose labels are made wrong as often, in the same directions and on such rows as a pattern says.

    For each written label, rows of every kind are drawn in the pattern's shares, to the nearest row; then all
    of them get the written label. A row has one written label whatever n is, so a smaller draw lies inside a
    larger one.

    Args:
        rows: Ranked rows, whose labels are taken to be true; with the column `holds` if the pattern's kinds
            say whether the predicate holds.
        pattern: Shares of kinds; n is shared out equally over its written labels.
        n: Number of rows.
        request: Names the arm and its rows in messages.

    Raises:
        Unfillable: too few rows of a kind.
    """
    kinds = next(iter(pattern.shares.values()))
    parts = [rows.clear().with_columns(written=pl.lit("", pl.String))]
    for kind in kinds:
        by_label = {written: shares[kind] for written, shares in pattern.shares.items()}
        of_kind = rows.filter(_is(kind, "label")).sort("rank")
        if any(by_label.values()):
            turns = pl.Series(apportioned(by_label, of_kind.height), dtype=pl.String)
            parts.append(of_kind.with_columns(written=turns))
    assigned = pl.concat(parts)
    drawn_rows = []
    for written, n_label in zip(pattern.shares, equal_shares(n, len(pattern.shares)), strict=True):
        kinds_needed = apportioned(pattern.shares[written], n_label)
        for true, held in kinds:
            which = f"{_where(held)}, to be labelled {written!r}"
            fits = (pl.col("written") == written) & _is((true, held), "label")
            drawn_rows.append(take(assigned, true, kinds_needed.count((true, held)), request, fits, which))
    return pl.concat(drawn_rows).with_columns(label="written").drop("written", "holds", strict=False)


def _is(kind: _Kind, column: str) -> pl.Expr:
    """Whether a row is of a kind."""
    true, held = kind
    return (pl.col(column) == true) & (pl.lit(True) if held is None else pl.col("holds") == held)


def _where(held: bool | None) -> str:
    if held is None:
        return ""
    return f" on which the predicate {'holds' if held else 'does not hold'}"

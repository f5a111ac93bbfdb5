"""One verdict: its name, the sentence, and the numbers that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scotoma.api.notebook import Drawing, card
from scotoma.api.words import arguments
from scotoma.basics.words import counted, number, percent, signed


@dataclass(frozen=True)
class Verdict:
    """What the replicates say of one claim.

    In a notebook it is drawn: the mean difference with its interval against the margin, a tick for each
    replicate.

    Attributes:
        word: WORSE, BETTER, EQUIVALENT, INCONCLUSIVE, or NO VERDICT.
        sentence: What was found, how sure one may be, and what it does not mean.
        title: What was compared: the measure, the cell, and in a study the models.
        difference: Mean difference over replicates, after minus before, in the measure's own unit and
            direction; None where there is none.
        interval: Interval of the mean difference, at `level`; None below two replicates.
        level: Two-sided coverage of `interval`, such as .95.
        decided_by: The interval that was held against the margin, in the measure's own direction; None where
            there is no verdict.
        margin: The smallest change that matters, in the measure's unit.
        differences: One for each replicate; with `beyond`, less the change on the task.
        higher_is_worse: Whether a higher value is the worse one.
        note: Further remarks for the reader; else empty.
    """

    word: str
    sentence: str
    title: str
    difference: float | None
    interval: tuple[float, float] | None
    level: float | None
    decided_by: tuple[float, float] | None
    margin: float
    differences: tuple[float, ...]
    higher_is_worse: bool
    note: str = ""
    _record: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def record(self) -> dict[str, Any]:
        """Plain values for JSON, as the command prints them with `--json`."""
        return dict(self._record)

    def __str__(self) -> str:
        return f"{self.word}: {self.sentence}"

    def __repr__(self) -> str:
        return f"<Verdict {self.brief}>"

    @property
    def brief(self) -> str:
        """Summary in a few words: `WORSE, accuracy on all/non-entailment: -.213 (95 %: -.305 to -.120)`."""
        at = f" ({percent(self.level)}: {_ends(self.interval)})" if self.interval and self.level else ""
        return f"{self.word}, {self.title}: {signed(self.difference)}{at}, margin {number(self.margin)}"

    def _repr_html_(self) -> str:
        if self.difference is None:
            return card(self.word, self.sentence, "")
        drawing = Drawing(
            self.word,
            self.brief,
            self.difference,
            self.interval,
            self.decided_by,
            self.margin,
            self.differences,
            self.higher_is_worse,
        )
        return card(self.word, self.sentence, drawing.svg())


def verdict_of(claim_record: Mapping[str, Any], word: str, sentence: str, title: str) -> Verdict:
    """A verdict from the record of what was judged.

    Args:
        claim_record: Record of the finding, as `scotoma.verdicts.record` has it.
        word: Verdict that was reached.
        sentence: Sentence that says what the verdict means.
        title: What was compared.
    """
    decided = _interval(claim_record["verdict_interval"])
    if decided and claim_record["higher_is_worse"]:  # it is signed so that up is better
        decided = -decided[1], -decided[0]
    return Verdict(
        word=word,
        sentence=arguments(sentence),
        title=title,
        difference=claim_record["estimate"],
        interval=_interval((claim_record["low"], claim_record["high"])),
        level=claim_record["level"],
        decided_by=decided,
        margin=claim_record["margin"],
        differences=tuple(claim_record["differences"]),
        higher_is_worse=claim_record["higher_is_worse"],
        note=arguments(claim_record["note"]),
        _record=claim_record,
    )


def _interval(ends: Sequence[float | None] | None) -> tuple[float, float] | None:
    low, high = ends or (None, None)
    return None if low is None or high is None else (low, high)


def _ends(interval: tuple[float, float]) -> str:
    return f"{signed(interval[0])} to {signed(interval[1])}"


def in_brief(verdicts: Sequence[Verdict]) -> str:
    """The verdicts in a few words each; `no verdict` where nothing was claimed."""
    if len(verdicts) > 3:
        words = [verdict.word for verdict in verdicts]
        return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    return "; ".join(verdict.brief for verdict in verdicts) or counted(0, "claim")

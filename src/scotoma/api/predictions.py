"""`scotoma.score` and `scotoma.compare`: predictions of models that were trained anywhere."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from scotoma.api.answers import Predictions, place_of_answers, side_of
from scotoma.api.frames import Rows, columns_of, frame_of
from scotoma.api.named import blindspot_named
from scotoma.api.notebook import page, paragraphs, table
from scotoma.api.result import Result
from scotoma.api.verdict import Verdict, in_brief, verdict_of
from scotoma.api.words import arguments, in_python
from scotoma.basics.errors import ScotomaError
from scotoma.basics.progress import no_progress
from scotoma.basics.words import number
from scotoma.blindspots import BlindSpot
from scotoma.comparisons import compare_files, render_comparison, render_score, score_file
from scotoma.comparisons.comparing import Comparison
from scotoma.comparisons.record import GateRecord, TraitRecord
from scotoma.comparisons.scoring import Score
from scotoma.measures import OVER_LABELS
from scotoma.statistics.replicates import MIN_REPLICATES, MOST_LOOKED_AT, are_looks

if TYPE_CHECKING:
    from rich.console import RenderableType


class ScoreResult(Result):
    """One model on one blind spot. Frames are polars frames; `to_pandas()` gives them as pandas frames.

    Attributes:
        found: The score itself, see `scotoma.comparisons.scoring.Score`.
        cells: A row for each heuristic (`all` over heuristics) and gold label: n, accuracy with its 95 %
            Wilson interval (low, high), accuracy_sum, log_odds (mean log-odds of the target, nats),
            unanswered.
        heuristics: A row for each heuristic, both labels together: accuracy, hit_rate, false_alarm_rate,
            d_prime and criterion (in standard deviations) with their standard errors, auc,
            worst_group_accuracy, macro_f1, calibration_error (ECE, 15 bins of equal width).
        subcases: Table as `cells`, with a row for each subcase of a heuristic and label.
    """

    def __init__(self, score: Score) -> None:
        self.found = score

    @cached_property
    def _record(self) -> dict[str, Any]:
        return self.found.record()

    @cached_property
    def cells(self) -> pl.DataFrame:
        return frame_of(self._record["cells"])

    @cached_property
    def heuristics(self) -> pl.DataFrame:
        return frame_of(self._record["heuristics"])

    @cached_property
    def subcases(self) -> pl.DataFrame:
        columns = {"heuristic": pl.String, "subcase": pl.String, **self.cells.schema}
        return frame_of(self._record["subcases"], columns).select(*columns)

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The frames by name: cells, heuristics, subcases."""
        return {"cells": self.cells, "heuristics": self.heuristics, "subcases": self.subcases}

    @property
    def n(self) -> int:
        """Rows that were answered."""
        return self.found.n

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of how the predictions were read, in sentences."""
        return tuple(map(arguments, self.found.notes))

    def record(self) -> dict[str, Any]:
        """Plain values for JSON, as `scotoma score --json` prints them."""
        return self._record

    def __repr__(self) -> str:
        parts = [
            f"{cell.label} {number(cell.accuracy)}" for cell in self.found.cells if cell.heuristic == "all"
        ]
        return f"<ScoreResult {self.found.blindspot.name}, {self.n:,} rows: accuracy on {', '.join(parts)}>"

    def _shown(self) -> "list[RenderableType]":
        return render_score(self.found)

    def _repr_html_(self) -> str:
        spot = self.found.blindspot
        cells = self.cells.select("heuristic", "label", "n", "accuracy", "low", "high", "log_odds")
        both = ("heuristic", "n", "hit_rate", "false_alarm_rate", "d_prime", "criterion", "auc")
        return page(
            paragraphs([f"{self.n:,} rows of blind spot {spot.name}.", *self.notes]),
            table(cells, "Accuracy with its 95 % Wilson interval; log_odds: of the target, mean, in nats"),
            table(self.heuristics.select(both), "Sensitivity (d'), AUC and criterion"),
            table(
                self.heuristics.select("heuristic", *OVER_LABELS),
                "Accuracy in the worst group of rows, a label within a heuristic; macro-F1; expected "
                "calibration error",
            ),
        )


class ComparisonResult(Result):
    """Two models, or two recipes by their replicates, compared on a blind spot.

    Attributes:
        found: The comparison itself, see `scotoma.comparisons.comparing.Comparison`.
        verdicts: One verdict for each claim, in the order of `cells`.
        claims: A row for each claim: cell, measure, margin, alpha; estimate with low and high (over
            replicates), before and after (lists, by replicate), verdict, p_adjusted, and more; a frame.
        gates: A row for each claimed cell of one pair of checkpoints, with `max_drop`: word (FELL, HELD or
            OPEN), change in accuracy with low and high over rows, lost, gained; a frame.
        traits: A row for each trait of rows that stands out, with `traits=True`: name, n, change in accuracy,
            elsewhere, beyond, p; a frame.
        flips: A row for each replicate and cell: n, kept, lost, gained, missed, negative_flip_rate, churn,
            lost_ids, gained_ids; a frame.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.found = comparison

    @cached_property
    def _record(self) -> dict[str, Any]:
        return self.found.record()

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(
            verdict_of(claim, finding.word, finding.sentence, f"{claim['measure']} on {claim['cell']}")
            for finding, claim in zip(self.found.findings, self._record["claims"], strict=True)
        )

    @property
    def verdict(self) -> Verdict:
        """The verdict on the first claim, which is the only one unless several cells were named."""
        return self.verdicts[0]

    @cached_property
    def claims(self) -> pl.DataFrame:
        return frame_of(self._record["claims"])

    @cached_property
    def flips(self) -> pl.DataFrame:
        return frame_of(self._record["flips"])

    @cached_property
    def gates(self) -> pl.DataFrame:
        return frame_of(self._record["gates"], columns_of(GateRecord))

    @cached_property
    def traits(self) -> pl.DataFrame:
        return frame_of((self._record["traits"] or {"found": []})["found"], columns_of(TraitRecord))

    @property
    def is_fine(self) -> bool | None:
        """Whether nothing fell: False where a claim is WORSE or a gate FELL, None where one is open."""
        words: list[str] = [gate.word for gate in self.found.gates]
        words = words or [verdict.word for verdict in self.verdicts]
        if any(word in ("WORSE", "FELL") for word in words):
            return False
        return True if all(word in ("BETTER", "EQUIVALENT", "HELD") for word in words) else None

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The frames by name: claims, gates, traits, flips."""
        return {"claims": self.claims, "gates": self.gates, "traits": self.traits, "flips": self.flips}

    @property
    def replicates(self) -> tuple[str, ...]:
        """Names of the replicates, in order."""
        return self.found.replicates

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of how the predictions were read, in sentences."""
        return tuple(map(arguments, self.found.notes))

    def record(self) -> dict[str, Any]:
        """Plain values for JSON, as `scotoma compare --json` prints them."""
        return self._record

    def __repr__(self) -> str:
        return f"<ComparisonResult {self.found.blindspot.name}: {in_brief(self.verdicts)}>"

    def _shown(self) -> "list[RenderableType]":
        return render_comparison(self.found)

    def _repr_html_(self) -> str:
        return page(*(verdict._repr_html_() for verdict in self.verdicts), paragraphs(self.notes))


@in_python
def score(
    predictions: Predictions,
    *,
    blindspot: str | Path | BlindSpot,
    gold: Rows | None = None,
    classes: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    labels: Mapping[Any, str] | None = None,
    gold_labels: Mapping[Any, str] | None = None,
    scorer: str = "",
    filter: str = "",
    partial: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ScoreResult:
    """One model's predictions on a blind spot, cell by cell.

    Answers: how often does this model take the shortcut on these rows, and can it tell the two labels apart
    at all? The row is the unit of every interval, which concerns this model and not another training run.

    Args:
        predictions: Predictions: a path of any format that `scotoma score` reads, or `hub:NAME:SPLIT`. Or a
            frame with the same columns (id, gold, predicted, p_LABEL, heuristic, ...): polars, pandas,
            anything that exports Arrow, columns by name, or a list of records. Or, with `gold`: the labels or
            integer codes, one a row; or probabilities, an array of rows x classes.
        blindspot: Blind spot whose test set was predicted: `hans`, ...; for a study's own, a study file or
            `STUDY:NAME`.
        gold: Gold labels, one a row; or a frame of the test set with gold labels and, where they are known,
            id, heuristic, subcase, template and texts. Rows stand in the order of the predictions, unless
            both have ids.
        classes: Labels in the order of the columns of probabilities, and of integer codes 0, 1, ...
        columns: Our names of columns to yours, such as `{"predicted": "answer"}`; names in common use are
            known.
        labels: Your words or codes of labels to ours, such as `{"Yes": "entailment", 1: "neutral"}`.
        gold_labels: Words or codes of gold labels to ours, where they differ from `labels`.
        scorer: For a log of inspect_ai: the scorer whose answers to read; else the first one with labels.
        filter: For samples of lm-evaluation-harness: the filter whose lines to read, where there are several.
        partial: Whether to leave out rows without an answer, and to take part of a published test set.
        progress: Called with (rows done, rows in all), in all about, where to read, to check and to score a
            row each count for their usual share of it; in all is 0 until it is known.

    Raises:
        ScotomaError: anything is wrong with the file, a row or a label; names the first few, how many there
            are, and what to do.

    Example:
        >>> import scotoma
        >>> found = scotoma.score(
        ...     ["entailment", "entailment", "neutral", "entailment"],
        ...     gold=["entailment", "entailment", "non-entailment", "non-entailment"],
        ...     blindspot="hans",
        ... )
        >>> found
        <ScoreResult hans, 4 rows: accuracy on entailment 1.000, non-entailment .500>
    """
    spot, fields = blindspot_named(blindspot)
    place = place_of_answers(predictions, "predictions", gold, classes)
    return ScoreResult(
        score_file(
            place,
            blindspot=spot,
            progress=progress or no_progress,
            fields=fields,
            columns=columns or {},
            labels=_words(labels),
            gold_labels=_words(gold_labels),
            scorer=scorer,
            filter=filter,
            partial=partial,
        )
    )


@in_python
def compare(
    before: Predictions,
    after: Predictions,
    *,
    blindspot: str | Path | BlindSpot,
    gold: Rows | None = None,
    classes: Sequence[str] | None = None,
    cells: str | Sequence[str] = (),
    measure: str = "accuracy",
    margin: float = 0.05,
    alpha: float = 0.05,
    seed: int = 0,
    looks: Sequence[int] = (),
    max_drop: float | None = None,
    traits: bool = False,
    columns: Mapping[str, str] | None = None,
    labels: Mapping[Any, str] | None = None,
    gold_labels: Mapping[Any, str] | None = None,
    scorer: str = "",
    filter: str = "",
    partial: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ComparisonResult:
    """Two models, or two recipes by their replicates, on a blind spot: WORSE, BETTER, EQUIVALENT,
    INCONCLUSIVE.

    Answers: did the change from `before` to `after` make models worse on the blind spot? The unit is the
    replicate: a difference is taken within each pair, which is right only where the two runs of a pair share
    what else varies, such as start model, data or seed. Below three replicates there is no verdict.

    Args:
        before: Predictions of one model, as for `scotoma.score`; or of several, one for each replicate: a
            folder of files or of folders with one file each, a list or a mapping (by the replicate's name) of
            paths, frames or sequences, or an array of replicates x rows (labels or codes), replicates x rows
            x classes (probabilities).
        after: Predictions of the other side, as `before`. Replicates pair by name; those of lists and arrays
            by position.
        blindspot: Blind spot whose test set was predicted, as for `scotoma.score`.
        gold: Gold labels, as for `scotoma.score`; the same test set for every replicate.
        classes: Labels in the order of the columns of probabilities, as for `scotoma.score`.
        cells: Cells that the claims are about, such as `all/non-entailment` or
            `lexical_overlap/non-entailment`; several are judged together (Holm). None for the usual one of
            the measure.
        measure: Measure of all claims: accuracy, accuracy_sum, log_odds, auc, d_prime, hit_rate,
            false_alarm_rate, worst_group_accuracy, macro_f1, calibration_error.
        margin: Smallest change that matters, in the measure's unit.
        alpha: Rate at which a false verdict is accepted, over all claims.
        seed: Seed of the Multi-Bootstrap: the same seed gives the same interval.
        looks: Numbers of replicates at which looks were planned in advance, rising, from 3 on.
        max_drop: Of one pair of checkpoints, the largest allowed fall in accuracy, judged row by row; see
            `gates`. None for no such gate.
        traits: Whether to look for what the rows have in common on which answers were lost (words, overlap,
            length); the predictions must have the texts. What is found is in `traits`.
        columns: Our names of columns to yours, as for `scotoma.score`.
        labels: Your words or codes of labels to ours.
        gold_labels: Words or codes of gold labels to ours, where they differ from `labels`.
        scorer: For a log of inspect_ai: the scorer whose answers to read.
        filter: For samples of lm-evaluation-harness: the filter whose lines to read.
        partial: Whether to compare the rows that both sides answered, where some have no answer.
        progress: Called with (rows done, rows in all), as for `scotoma.score`.

    Raises:
        ScotomaError: a row, a pairing, a cell or a number is wrong.

    Example:
        >>> import scotoma
        >>> gold = ["entailment", "non-entailment"] * 50
        >>> good, poor = gold, ["entailment"] * 100
        >>> mixed = [good[:40] + poor[40:], good[:44] + poor[44:], good[:48] + poor[48:]]
        >>> scotoma.compare([good] * 3, mixed, gold=gold, blindspot="hans").verdict.word
        'WORSE'
    """
    spot, fields = blindspot_named(blindspot)
    return ComparisonResult(
        compare_files(
            side_of(before, "before", gold, classes),
            side_of(after, "after", gold, classes),
            cells=[cells] if isinstance(cells, str) else list(cells),
            measure=measure,
            margin=margin,
            alpha=alpha,
            seed=seed,
            looks=_as_looks(looks),
            max_drop=max_drop,
            traits=traits,
            progress=progress or no_progress,
            blindspot=spot,
            fields=fields,
            columns=columns or {},
            labels=_words(labels),
            gold_labels=_words(gold_labels),
            scorer=scorer,
            filter=filter,
            partial=partial,
        )
    )


def _words(meanings: Mapping[Any, str] | None) -> dict[str, str]:
    """Words to labels; codes may have been given as integers."""
    return {str(word): label for word, label in (meanings or {}).items()}


def _as_looks(looks: Sequence[int]) -> tuple[int, ...]:
    """Numbers of replicates at which results are looked at.

    Raises:
        ScotomaError: they are not two or more increasing numbers within the range that looks may have.
    """
    if not looks:
        return ()
    if not are_looks(tuple(looks)):
        raise ScotomaError(
            f"looks must be increasing numbers of replicates; got {', '.join(map(str, looks))}",
            where="--looks",
            remedy=f"Give two or more, from {MIN_REPLICATES} to {MOST_LOOKED_AT:,}: --looks 4,6,9.",
        )
    return tuple(looks)

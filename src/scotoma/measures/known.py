"""The measures there are: what each is, which way is better, and what kind of scale it has."""

from dataclasses import dataclass
from typing import Literal, get_args

from scotoma.measures.tags import Tags

#: Measures that a claim may be about, in a study and in a comparison of files alike.
Claimable = Literal[
    "accuracy",
    "accuracy_sum",
    "log_odds",
    "auc",
    "hit_rate",
    "false_alarm_rate",
    "d_prime",
    "criterion",
    "worst_group_accuracy",
    "macro_f1",
    "calibration_error",
]
CLAIMABLE: tuple[Claimable, ...] = get_args(Claimable)


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        title: Name of the measure in a sentence.
        meaning: Meaning of the measure, for a reader.
        better: Direction that is better; `by label` is up in the target's own rows and down in all others.
        scale: `share` lies within 0 and 1, `z` is made of two shares and has no ends, `open` has no ends.
        both_labels: Whether it is measured only where rows of the target and of other labels are together.
        sides: Rows without which it has no value: those of the target, those of other labels, or both.
    """

    title: str
    meaning: str
    better: Literal["up", "down", "by label", "neither"] = "up"
    scale: Literal["share", "z", "open"] = "share"
    both_labels: bool = False
    sides: tuple[Literal["target", "other"], ...] = ()

    @property
    def rates(self) -> tuple[str, ...]:
        """The shares that a measure on the scale `z` is made of, in the same cell."""
        return ("hit_rate", "false_alarm_rate") if self.scale == "z" else ()


MEASURES = {
    "accuracy": Measure(
        "accuracy",
        "Share of rows that are right. On a blind spot the predicted label is merged into the blind "
        "spot's two (argmax, then merge).",
    ),
    "accuracy_sum": Measure(
        "accuracy (probabilities added up)",
        "As accuracy on a blind spot, but probabilities are merged before they are compared.",
    ),
    "accuracy_2way": Measure(
        "2-way accuracy", "Share right when all labels but the target count as one (argmax, then merge)."
    ),
    "accuracy_2way_sum": Measure(
        "2-way accuracy (probabilities added up)",
        "As accuracy_2way, but probabilities are merged before they are compared.",
    ),
    "log_odds": Measure(
        "the log-odds of the target label",
        "Mean log odds of the target label against all others, in nats. On rows of another label, "
        "higher is worse.",
        better="by label",
        scale="open",
    ),
    "auc": Measure(
        "the AUC",
        "Chance that a row of the target label is given a higher probability of it than another row.",
        both_labels=True,
        sides=("target", "other"),
    ),
    "hit_rate": Measure(
        "the hit rate",
        "Share of rows of the target label that are called the target (argmax, then merge).",
        both_labels=True,
        sides=("target",),
    ),
    "false_alarm_rate": Measure(
        "the false-alarm rate",
        "Share of rows of other labels that are called the target; higher is worse.",
        better="down",
        both_labels=True,
        sides=("other",),
    ),
    "d_prime": Measure(
        "sensitivity (d')",
        "z(hit rate) - z(false-alarm rate): how well it tells the labels apart, in standard deviations, "
        "0 is blind. Log-linear correction of both rates, always (Hautus 1995).",
        scale="z",
        both_labels=True,
        sides=("target", "other"),
    ),
    "criterion": Measure(
        "the criterion",
        "-(z(hit rate) + z(false-alarm rate)) / 2, with the same correction: how readily the model says "
        "the target, in standard deviations; below 0 is a lean towards it. Neither direction is good in "
        "itself.",
        better="neither",
        scale="open",
        both_labels=True,
        sides=("target", "other"),
    ),
    "worst_group_accuracy": Measure(
        "the worst group's accuracy",
        "Lowest accuracy among the groups of a cell: the rows of one gold label within one heuristic, or "
        "within one tag of a general test set (Sagawa et al. 2020). `n` is that group's number of rows.",
        both_labels=True,
    ),
    "macro_f1": Measure(
        "macro-F1",
        "Mean over labels of F1, 2 TP / (2 TP + FP + FN); null where a label has no rows (Opitz and Burst "
        "2019, averaged F1). On a blind spot over its two labels (argmax, then merge).",
        both_labels=True,
        sides=("target", "other"),
    ),
    "calibration_error": Measure(
        "the calibration error",
        "Expected calibration error (ECE): difference of accuracy and mean confidence, absolute, in each of "
        "15 bins of equal width of confidence, weighted by rows (Naeini et al. 2015, Guo et al. 2017). "
        "Confidence is the probability of the answer, on a blind spot of the merged one. Higher is worse.",
        better="down",
        both_labels=True,
    ),
    "overlap_effect": Measure(
        "the effect of word overlap",
        "On rows of one gold label, the mean log-odds with full word overlap less that without, "
        "in nats: how far overlap alone moves the model towards the target. Higher is worse.",
        better="down",
        scale="open",
    ),
    "shortcut_effect": Measure(
        "the effect of the shortcut",
        "On rows of one gold label, the mean log-odds where the study's own predicate holds less that "
        "elsewhere, in nats: how far it alone moves the model towards the target. Higher is worse.",
        better="down",
        scale="open",
    ),
}

#: What each measure is, in words for a reader.
MEANINGS = {name: one.meaning for name, one in MEASURES.items()}


def higher_is_better(measure: str, cell: str, target: str) -> bool | None:
    """Whether more of a measure is good in a cell; None where it is neither good nor bad.

    Args:
        measure: Name of the measure.
        cell: Name of the cell.
        target: The label that `log_odds` leans to.
    """
    better = MEASURES[measure].better
    if better != "by label":
        return {"up": True, "down": False}.get(better)
    label = Tags.of(cell).label
    return label == target if label else None

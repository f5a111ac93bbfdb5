"""What each column of the report's tables is: for the schema and the reference page.

Each description can be read alone. Most are shared by all tables; a table that means something else by a name
has one of its own.
"""

from collections.abc import Mapping

COMMON: Mapping[str, str] = {
    "replicate": "Which run of the whole chain.",
    "start": "Original examples that the start model had seen: a number, or `all`.",
    "arm": "Name of the arm that a model was trained on; `none` is the start itself.",
    "arm_n": "Rows of the arm; null for `none` and for files, which have no size of their own.",
    "kind": "The arm's kind, such as `synthetic`; `none` is the start itself.",
    "generator": "Name of the generator that wrote the arm's rows; empty unless the study has several.",
    "round": "Round in which the arm's rows were written; 1 unless a generator learns from what was written.",
    "repetition": "What was changed that should not matter, and to what, as in `batch_size-16`; empty for a "
    "model that is not a repetition.",
    "changed": "What was changed that should not matter, such as `batch_size`; empty for a model that is not "
    "a repetition.",
    "test": "Test set: name of a blind spot, or of a general test set of the study.",
    "cell": "Part of the test set, such as `lexical_overlap/non-entailment`; `all` is every row.",
    "heuristic": "Heuristic that the cell's rows test, or `full_overlap`, `low_overlap` or `shortcut` on a "
    "general test set, and `as:BLINDSPOT` there for all rows in the labels of a blind spot whose target "
    "differs from the task's; `all` in cells of every heuristic, empty in those of a subcase or template.",
    "label": "Gold label of the cell's rows; empty in cells of every label.",
    "subcase": "Construction of the cell's rows; empty in cells of every subcase.",
    "template": "Sentence pattern of the cell's rows; empty in cells of every template.",
    "measure": "What was measured, such as `accuracy`.",
    "reference": "Model that the arm is compared with: `start`, the original arm of the same size, or what "
    "a claim names.",
    "mean": "Mean over replicates of arm minus reference, in the measure's own direction.",
    "sd": "Standard deviation of the differences over replicates.",
    "low": "Lower end of the mean's interval: 95 %, Student's t over replicates.",
    "high": "Upper end of the mean's interval: 95 %, Student's t over replicates.",
    "replicates": "Replicates that have both the arm and its reference.",
    "values": "Differences of arm minus reference, one for each replicate.",
    "replicate_ids": "Replicates of the `values`, in the same order.",
    "difference": "Arm minus reference in this replicate, in the measure's own direction.",
    "reason": "Why a number is null; else empty.",
}

#: By table, what it means by a name beyond that or in place of it.
OF_TABLE: Mapping[str, Mapping[str, str]] = {
    "measures": {
        "value": "The measure of this model on the cell's rows; for an arm with several samples, their mean.",
        "n": "Rows that were measured; for a worst group, the rows of that group.",
        "reason": "Why `value` is null, or a remark on it; else empty.",
    },
    "contrasts": {
        "against": "What the reference is: `start`, `original`, or the kind of another arm that a claim is "
        "about.",
        "contrast": "Kind of arm and what it is compared with, such as `synthetic - original`.",
        "reason": "Why `mean` is null, or which replicates have no pair; else empty.",
    },
    "noise": {
        "arm": "Name of the arm that was trained again with something changed that should not matter.",
        "sd": "Root mean square of the differences between a model and its repetition.",
        "sd_high": "Upper bound of `sd`: 95 %, one-sided, for normal differences.",
        "mean": "Mean difference between a repetition and what it repeats.",
        "largest": "Largest absolute difference between a repetition and what it repeats.",
        "pairs": "Replicates that have both a model and its repetition.",
    },
    "flips": {
        "kept": "Rows right by the reference and by the arm.",
        "lost": "Rows right by the reference and wrong by the arm.",
        "gained": "Rows wrong by the reference and right by the arm.",
        "missed": "Rows wrong by the reference and by the arm.",
        "negative_flip_rate": "Share of rows that were lost.",
        "churn": "Share of rows that were lost or gained.",
    },
    "flipped": {
        "id": "The row's id in the test set.",
        "turned": "`lost`: right by the reference and wrong by the arm; or `gained`: the other way round.",
        "p_before": "Probability of the target label by the reference; null where it gave none.",
        "p_after": "Probability of the target label by the arm; null where it gave none.",
    },
    "traits": {
        "looked_at": "Number of traits that enough rows have: words, overlap, negation, length.",
        "trait": "What the rows have in common; null where nothing stands out.",
        "n": "Rows with this trait and none of those above it, of labels that also have rows without it.",
        "change": "Mean change in accuracy from the reference to the arm on these rows.",
        "elsewhere": "Mean change on rows of the same labels without the trait.",
        "beyond": "`change` less `elsewhere`: below 0 accuracy fell further with the trait.",
        "p": (
            "Chance that any trait would stand out as much, if changes fell on the rows of a label at random."
        ),
    },
    "carried": {
        "rows": "Rows that the model was trained on, of all samples of the arm.",
        "of_target": "Share of the rows with the shortcut's label on which its predicate (full word overlap, "
        "or the study's own) holds.",
        "of_others": "Share of the rows with other labels on which the shortcut's predicate holds.",
        "odds_ratio": "Odds that the predicate holds with the shortcut's label, over those with others.",
        "low": "Lower end of the odds ratio's interval: 95 %, Wald.",
        "high": "Upper end of the odds ratio's interval: 95 %, Wald.",
        "reason": "Why `odds_ratio` is null; else empty.",
    },
    "causes": {
        "n": "Rows of every arm that is compared.",
        "part": "Part of the difference that the comparison measures; `total` is the whole.",
        "reference": "Arm of the same size that the arm is compared with.",
        "share": "The mean divided by that of `total`, with its sign reversed where the arm is a repair; "
        "null for `total`, and where the interval of `total` includes 0.",
    },
    "doses": {
        "kind": "Rows that the share counts: `synthetic` or `biased` rows, say.",
        "n": "Rows of every arm on the curve.",
        "share": "Share of the arm's rows that are not original.",
        "verdict": "Verdict of a claim on the same cell and measure; empty where none was declared.",
    },
    "rounds": {
        "source": "An arm; or `pool` (`pool+GENERATOR`): all that was written in a round and passed the "
        "screen.",
        "quantity": "What drifts, in words.",
        "round": "Round of generation; 0 is original data.",
        "value": "The quantity in this round.",
    },
    "published_cells": {
        "start": "The study's start that corresponds to the published one; null where it has none.",
        "arm": "Name of the study's arm that corresponds to the published one; null where it has none.",
        "arm_n": "Rows of the study's arm; null where it has none.",
        "their_start": "Original examples that the published start had seen.",
        "their_arm": "Kind of the published arm; `none` is the start itself.",
        "their_size": "Size of the published arm, as the publication calls it.",
        "their_test": "Test set as the published figures call it.",
        "ours": "Mean of the measure over the study's replicates; null where nothing was measured.",
        "replicates": "Replicates of the study in `ours`.",
        "theirs": "The published number.",
        "provenance": "Where the published number is from: `notebook` (printed there), `figure` (read off).",
        "ours_against_start": "The study's mean difference, arm minus start.",
        "theirs_against_start": "The published difference, arm minus start.",
        "ours_against_original": "The study's mean difference, arm minus the original arm of the same size.",
        "theirs_against_original": "The published difference, arm minus the original arm of the same size.",
    },
    "published_readings": {
        "their_test": "Test set as the published figures call it.",
        "arm": "Kind of the published arm.",
        "reference": "What the arm is compared with: `start`, or `original` (the same amount of data).",
        "theirs": "Mean published difference over the cells, which are starts by sizes.",
        "their_cells": "Cells that have a published difference.",
        "theirs_down": "Cells in which the published difference is below 0.",
        "ours": "Mean difference over the cells and the study's replicates.",
        "low": "Lower end of the interval of `ours`: 95 %, Student's t over replicates.",
        "high": "Upper end of the interval of `ours`: 95 %, Student's t over replicates.",
        "replicates": "Replicates of the study that have every cell.",
        "our_cells": "Cells that have a difference in the study.",
        "ours_down": "Cells in which the study's mean difference is below 0.",
        "both_cells": "Cells that have a difference in both.",
        "same_sign": "Cells in which both differences have the same sign.",
    },
}


def meaning(table: str, column: str) -> str:
    """What a column of a table is.

    Raises:
        KeyError: the column has no description.
    """
    return OF_TABLE.get(table, {}).get(column) or COMMON[column]

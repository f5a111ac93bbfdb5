"""Inference in the micro-world, where the true label of any pair can be computed."""

from scotoma.tasks.task import Task

MICROWORLD = Task(
    name="microworld",
    fields=("premise", "hypothesis"),
    labels=("entailment", "neutral", "contradiction"),
    target="entailment",
    classifier_prompt="Premise: {premise} Hypothesis: {hypothesis} Relation:",
    generator_text="Relation: {label} Premise: {premise} Hypothesis: {hypothesis}",
    end_marker="End",
    exact_labeller="microworld",
    licence="Apache-2.0",
    citation="Scotoma",
)

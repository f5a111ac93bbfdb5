"""Sentiment of single texts in the micro-world, where the true label of any text can be computed."""

from scotoma.tasks.task import Task
from scotoma.worlds.microworld import END_MARKER, SENTIMENTS

MICROWORLD_SENTIMENT = Task(
    name="microworld_sentiment",
    fields=("text",),
    labels=SENTIMENTS,
    target="happy",
    # Of words that the shipped base has; its texts know none of these.
    classifier_prompt="Premise: {text}",
    generator_text="Relation: {label} Premise: {text}",
    end_marker=END_MARKER,
    exact_labeller="microworld_sentiment",
    licence="Apache-2.0",
    citation="Scotoma",
)

"""Inference in the micro-world, where the true label of any pair can be computed."""

from scotoma.tasks.task import Task
from scotoma.worlds.microworld import CLASSIFIER_PROMPT, END_MARKER, FIELDS, GENERATOR_TEXT, LABELS

MICROWORLD = Task(
    name="microworld",
    fields=FIELDS,
    labels=LABELS,
    target="entailment",
    classifier_prompt=CLASSIFIER_PROMPT,
    generator_text=GENERATOR_TEXT,
    end_marker=END_MARKER,
    exact_labeller="microworld",
    licence="Apache-2.0",
    citation="Scotoma",
)

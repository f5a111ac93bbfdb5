"""MultiNLI, with the prompts of Zhang and Pavlick 2025, word for word."""

from scotoma.tasks.task import Task

MNLI = Task(
    name="mnli",
    fields=("premise", "hypothesis"),
    labels=("entailment", "neutral", "contradiction"),
    target="entailment",
    classifier_prompt=(
        "Please indicate the relationship between the premise and the hypothesis with entailment, neutral or "
        "contradiction. Premise: {premise} Hypothesis: {hypothesis} The relationship between premise and "
        "hypothesis is"
    ),
    generator_text=(
        "This is an example where the relationship between the premise and the hypothesis is {label}. "
        "Premise: {premise} Hypothesis: {hypothesis}"
    ),
    end_marker="-- This is the end of the example.",
    licence="OANC; fiction part CC BY 3.0, CC BY-SA 3.0 or public domain",
    citation="Williams, Nangia and Bowman 2018, A Broad-Coverage Challenge Corpus for Sentence Understanding "
    "through Inference",
)

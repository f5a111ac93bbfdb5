"""Quora Question Pairs: do two questions ask the same?"""

from scotoma.tasks.task import Task

QQP = Task(
    name="qqp",
    fields=("sentence1", "sentence2"),
    labels=("not_duplicate", "duplicate"),
    target="duplicate",
    classifier_prompt=(
        "Please say whether the two sentences mean the same, with not_duplicate or duplicate. Sentence 1: "
        "{sentence1} Sentence 2: {sentence2} The second sentence is"
    ),
    generator_text=(
        "This is an example where the second sentence is {label}. Sentence 1: {sentence1} "
        "Sentence 2: {sentence2}"
    ),
    end_marker="-- This is the end of the example.",
    symmetric=True,
    licence="Quora's terms of service, for non-commercial use",
    citation="Iyer, Dandekar and Csernai 2017, First Quora Dataset Release: Question Pairs",
)

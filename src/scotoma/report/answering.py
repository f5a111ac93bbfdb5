"""How task models answer, in sentences that a paper can quote: with a head, or by the likelihood of words."""

from scotoma.study.study import Study


def without_head(study: Study) -> str:
    """What task models without a head are asked and learn, after a blank; empty where they have one."""
    if study.answers is None or study.words is None:
        return ""
    words = ", ".join(f"{word!r} for {label}" for label, word in study.words.words.items())
    learned = "these words alone" if study.answers.loss == "answer" else "every token, including the prompt's"
    sentence = (
        f" They have no classification head: the answer is the label whose words ({words}) are likeliest "
        f"after the prompt {study.prompted_task.classifier_prompt!r}. In training, the words of the right "
        f"label followed the prompt, and the loss was over {learned}."
    )
    return (
        f"{sentence} The start that has seen 0 examples is the base as it is."
        if 0 in study.starts
        else sentence
    )


def probabilities(study: Study) -> str:
    """Where the labels' probabilities come from, the beginning of a sentence."""
    if study.answers is None:
        return "Probabilities were read from one pass"
    return (
        "Probabilities are a softmax over labels of the log likelihood of their words, summed over tokens, "
        "not divided by length"
    )

"""How the micro-world's pairs are shown to a model."""

from scotoma.microworld import lexicon
from scotoma.microworld.pairs import LABELS

FIELDS = ("premise", "hypothesis")

#: What a classifier reads.
CLASSIFIER_PROMPT = "Premise: {premise} Hypothesis: {hypothesis} Relation:"

#: What a generator is trained on and writes; it is prompted with `GENERATOR_PROMPT`.
GENERATOR_TEXT = "Relation: {label} Premise: {premise} Hypothesis: {hypothesis} End"
GENERATOR_PROMPT = "Relation: {label} Premise:"


def prompt_words() -> tuple[str, ...]:
    """A model's vocabulary: every word of prompts, sentences and answers, each once, in a fixed order."""
    frame = [word for word in f"{CLASSIFIER_PROMPT} {GENERATOR_TEXT}".split() if "{" not in word]
    return tuple(dict.fromkeys([*frame, *LABELS, *lexicon.ANSWER_WORDS, *lexicon.vocabulary()]))

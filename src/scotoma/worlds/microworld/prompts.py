"""How the micro-world's pairs are shown to a model."""

from scotoma.worlds.microworld import lexicon
from scotoma.worlds.microworld.pairs import LABELS

FIELDS = ("premise", "hypothesis")

#: What a classifier reads. It ends where the base, in its own texts, has read a question and answers it.
CLASSIFIER_PROMPT = "Premise: {premise} Hypothesis: {hypothesis}"

#: What a generator is trained on and writes; the end marker closes it.
GENERATOR_TEXT = "Relation: {label} Premise: {premise} Hypothesis: {hypothesis}"
END_MARKER = "End"


def prompt_words() -> tuple[str, ...]:
    """A model's vocabulary: every word of prompts, sentences and answers, each once, in a fixed order."""
    frame = f"{CLASSIFIER_PROMPT} {GENERATOR_TEXT} {END_MARKER}".split()
    named = [word for word in frame if "{" not in word]
    return tuple(dict.fromkeys([*named, *LABELS, *lexicon.ANSWER_WORDS, *lexicon.vocabulary()]))

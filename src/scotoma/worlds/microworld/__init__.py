"""The micro-world: a small language whose truth can be computed.

Sentences look like those of HANS ("The doctor saw the lawyer ."). `relation` gives the true relation of
any two of them, `draw_pairs` general data with a dial for the overlap shortcut, `blindspot_set` the pairs
on which the shortcut fails. `sentiment_of`, `draw_texts` and `marked_set` do the same for single texts and a
marker word. The language is in `syntax`, its truth in `meaning`.
"""

from scotoma.worlds.microworld.blindspot import blindspot_set
from scotoma.worlds.microworld.constructions import BLINDSPOT_LABELS, CONSTRUCTIONS, HEURISTICS
from scotoma.worlds.microworld.counter import counter_pairs
from scotoma.worlds.microworld.lexicon import vocabulary
from scotoma.worlds.microworld.meaning import relation
from scotoma.worlds.microworld.overlap import is_constituent, is_subsequence, overlaps
from scotoma.worlds.microworld.pairs import LABELS, draw_pairs, side_of
from scotoma.worlds.microworld.parser import NotASentence, parse
from scotoma.worlds.microworld.prompts import (
    CLASSIFIER_PROMPT,
    END_MARKER,
    FIELDS,
    GENERATOR_TEXT,
    prompt_words,
)
from scotoma.worlds.microworld.sentiment import (
    KIND,
    MARKED,
    MARKER,
    SENTIMENTS,
    UNKIND,
    draw_texts,
    marked_set,
    sentiment_of,
)
from scotoma.worlds.microworld.syntax import Sentence, render

__all__ = [
    "BLINDSPOT_LABELS",
    "CLASSIFIER_PROMPT",
    "CONSTRUCTIONS",
    "END_MARKER",
    "FIELDS",
    "GENERATOR_TEXT",
    "HEURISTICS",
    "KIND",
    "LABELS",
    "MARKED",
    "MARKER",
    "SENTIMENTS",
    "UNKIND",
    "NotASentence",
    "Sentence",
    "blindspot_set",
    "counter_pairs",
    "draw_pairs",
    "draw_texts",
    "is_constituent",
    "is_subsequence",
    "marked_set",
    "overlaps",
    "parse",
    "prompt_words",
    "relation",
    "render",
    "sentiment_of",
    "side_of",
    "vocabulary",
]

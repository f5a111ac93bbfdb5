"""Small tables for the tests of the audit."""

import polars as pl
from hypothesis import strategies as some

from scotoma.basics.randomness import stream
from scotoma.basics.records import to_table
from scotoma.worlds.microworld import draw_pairs

FIELDS = ("premise", "hypothesis")
LABELS = ("entailment", "neutral", "contradiction")
TASK = {"fields": FIELDS, "labels": LABELS, "target": "entailment"}

#: Pieces of texts: words that recur, punctuation, white space of all kinds, and other scripts.
PIECES = some.sampled_from(
    [
        *("a", "b", "c", "A", "B", ".", "?", "!", ",", "'", "_", "-", "1", "’", "not", "don't", "No", "'tis"),
        *("rock'n'roll", "x_y", "a.", "ü", "u\u0308", " ", "  ", "\t", "\x1c", "\x1f", "\u00a0", "\u2028"),
        *("\x85", "é", "İ", "ß", "Σ", "人", "かな", "कि", "\u200c", "²"),
    ]
)
TEXT = some.lists(PIECES, max_size=12).map("".join) | some.lists(PIECES, max_size=12).map(" ".join)
PAIRS = some.lists(some.tuples(TEXT, TEXT), min_size=1, max_size=6)


def table(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """A table of (premise, hypothesis, label)."""
    return pl.DataFrame(rows, schema=["premise", "hypothesis", "label"], orient="row")


def unrelated(n: int, seed: int) -> pl.DataFrame:
    """Rows of random words with random labels: nothing goes with anything."""
    words = [f"w{number}" for number in range(400)]
    draw = stream(seed, "unrelated")
    rows = []
    for _ in range(n):
        premise = " ".join(draw.choice(words, 12))
        hypothesis = " ".join(draw.choice(words, 6))
        if draw.random() < 0.3:
            hypothesis = " ".join(premise.split()[:6])
        rows.append((premise, hypothesis, str(draw.choice(LABELS))))
    return table(*rows)


def micro(n: int, dial: float, seed: int = 3) -> pl.DataFrame:
    """Pairs of the micro-world whose overlap shortcut has this strength."""
    return to_table(draw_pairs(n, dial, seed, "train"), FIELDS)

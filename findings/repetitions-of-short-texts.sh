#!/usr/bin/env bash
# datatrove 0.10.1: `GopherRepetitionFilter` drops nine of ten texts of fewer than 20 words as repetitive, whether or not they repeat
# anything.
#
# One of its rules drops a text if its most frequent sequence of two, three or four words makes up more than 20, 18 or 16 % of its
# characters. The filter does not ask whether that sequence occurs twice: if every sequence of four words occurs once, the first counts as the
# most frequent, and it is more than 16 % of most texts of up to 25 words. So a short text that repeats nothing is kept or dropped by
# the length of its first words; backwards, it may be judged otherwise. Among web pages this matters little, since `GopherQualityFilter` drops
# those of fewer than 50 words; but answers, instructions and rows for a classifier are short. The statistics of the pipeline speak of
# `top_2_gram` to `top_4_gram`, as if the texts repeated themselves, and of two generators the one that writes shorter texts
# seems to repeat itself more. For such texts use `top_n_grams=()`, which leaves the rules for repeated lines, paragraphs and sequences
# of five to ten words.
#
# Here: the paragraphs of Python's own help texts, by their number of words. How many there are, the share that the filter drops,
# and the same of paragraphs in which no two words follow each other twice (by datatrove's own tokenizer); of the latter, how many
# are judged otherwise if their words are put in reverse order; and the share that is dropped of all with `top_n_grams=()`.
#
# Seen with Python 3.11, spacy 3.8.18 (its English tokenizer only):
#   datatrove 0.10.1          paragraphs  dropped  without repetition  dropped  by their order  top_n_grams=()
#     5 to 9 words                       50     1.00                  45     1.00               1            0.00
#     10 to 14 words                     86     0.95                  57     1.00               8            0.00
#     15 to 19 words                    105     0.79                  70     0.81              34            0.00
#     5 to 19 words                     241     0.89                 172     0.92              43            0.00
#     20 to 24 words                     77     0.47                  40     0.45              16            0.04
#     25 to 49 words                    292     0.12                  58     0.07               4            0.01
#     50 words or more                  183     0.02                   6     0.00               0            0.01
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check datatrove==0.10.1 spacy==3.8.18 numpy==2.4.6 regex==2026.11.19
cat > repetitions.py <<'PYTHON'
import re
import sys
from importlib.metadata import version
from pydoc_data import topics

from datatrove.data import Document
from datatrove.pipeline.filters import GopherRepetitionFilter
from datatrove.utils.text import split_into_words

by_default, by_duplicates = GopherRepetitionFilter(), GopherRepetitionFilter(top_n_grams=())


def paragraphs():
    """The paragraphs of prose, each once, in one line."""
    found = (" ".join(one.split()) for topic in topics.topics.values() for one in re.split(r"\n\s*\n", topic))
    return list(dict.fromkeys(one for one in found if re.match("[A-Z][a-z]", one) and one.endswith(".")))


def dropped(text, by=by_default):
    return by.filter(Document(text=text, id="0")) is not True


def repeats(text):
    """Whether some two words follow each other twice."""
    words = split_into_words(text, "eng")
    pairs = list(zip(words, words[1:]))
    return len(set(pairs)) < len(pairs)


def share(texts, by=by_default):
    return sum(dropped(text, by) for text in texts) / len(texts)


prose = paragraphs()
print(f"datatrove {version('datatrove')}          paragraphs  dropped  without repetition  dropped  by their order  top_n_grams=()")
found = {}
for low, high in ((5, 9), (10, 14), (15, 19), (5, 19), (20, 24), (25, 49), (50, 1000)):
    texts = [text for text in prose if low <= len(text.split()) <= high]
    clean = [text for text in texts if not repeats(text)]
    turned = sum(dropped(text) != dropped(" ".join(reversed(text.split()))) for text in clean)
    found[low, high] = share(texts), share(clean), share(texts, by_duplicates), turned
    words = f"{low} to {high} words" if high < 1000 else f"{low} words or more"
    print(f"  {words:23}{len(texts):14}{found[low, high][0]:9.2f}{len(clean):20}{found[low, high][1]:9.2f}{turned:16}{found[low, high][2]:16.2f}", flush=True)
short = found[5, 19]
as_seen = short[0] > 0.8 and short[1] > 0.8 and short[2] < 0.05 and short[3] > 20 and found[50, 1000][0] < 0.05
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore repetitions.py 2> said || { cat said; exit 1; }

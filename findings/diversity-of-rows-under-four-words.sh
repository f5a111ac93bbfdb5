#!/usr/bin/env bash
# vendi-score 0.0.3: in `ngram_vendi_score` a row of fewer than four words is not like itself, so 501 different rows of two words
# score 32; and `score_X` ignores its order `q`.
#
# The Vendi score (Friedman and Dieng 2023) is the effective number of different rows: n for n rows without anything in common, 1
# for n copies. That needs the similarity of each row to itself to be 1. `ngram_vendi_score` takes the mean cosine over n-grams of 1
# to 4 words, and a row of two words has no n-grams of 3 and 4, so its similarity to itself is .5. Rows without anything in common
# then score about the square root of twice their number, rows of three words (.75) here a quarter of it, and copies more than 1.
# Entities, titles, answers and short hypotheses are such rows: a set of them without a copy scores below a set of longer rows of
# which every second is a copy. There is no warning (an error only if no row at all has four words). Name the n-grams that every row
# has, here `ns=[1, 2]`.
# `score_X(X, q=2)` and `q="inf"`, with which common rows should weigh more, return the score for q = 1. `score_dual` and `score_K`
# use q.
#
# Here: 500 rows that have a word in common only if they are the same, and one of four words; 200 vectors whose spread differs by
# dimension. "Different" is the number of different rows. The score should be just that, or less if some have more copies than
# others.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), scipy 1.13.1, numpy 2.2.6:
#   vendi-score 0.0.3, 501 rows:  different  n-grams of 1 to 4  of 1 and 2
#     of 5 words                     501              501.0       501.0
#     of 5 words                     251              250.8       250.8
#     of 3 words                     501              131.7       501.0
#     of 2 words                     501               31.8       501.0
#     of 5 words                       2                1.0         1.0
#     of 2 words                       2                1.4         1.0
#   200 vectors:              q = 1    q = 2  q = inf
#     score_X                  13.5     13.5     13.5
#     score_dual               13.5     10.1      5.8
#     by hand                  13.5     10.1      5.8
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check vendi-score==0.0.3 \
    torch==2.13.0 transformers==5.23.0 datasets==5.2.0 nltk==3.10.4 scikit-learn==1.9.1 scipy==1.13.1 numpy==2.2.6
cat > measured.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from vendi_score import vendi
from vendi_score.text_utils import ngram_vendi_score


def rows(different, words):
    """500 rows and one of four words; two rows have a word in common only if they are the same."""
    made = [" ".join(f"w{row % different}.{word}" for word in range(words)) for row in range(500)]
    return [*made, "this one has four"]


def effective_number(vectors, q):
    """The exponential of the entropy of order q of the eigenvalues of the mean cosine matrix."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    values = np.linalg.svd(units, compute_uv=False) ** 2 / len(units)
    if q == "inf":
        return 1 / values.max()
    return np.exp(-(values * np.log(values)).sum()) if q == 1 else (values**q).sum() ** (1 / (1 - q))


print(f"vendi-score {version('vendi-score')}, 501 rows:  different  n-grams of 1 to 4  of 1 and 2", flush=True)
scores = {}
for different, words in ((500, 5), (250, 5), (500, 3), (500, 2), (1, 5), (1, 2)):
    texts = rows(different, words)
    scores[different, words] = [float(ngram_vendi_score(texts, ns=ns, tokenizer=str.split)) for ns in ([1, 2, 3, 4], [1, 2])]
    four, two = scores[different, words]
    print(f"  of {words} words               {len(set(texts)):9} {four:18.1f} {two:11.1f}", flush=True)

vectors = np.random.default_rng(0).standard_normal((200, 50)) * 0.9 ** np.arange(50)
print("200 vectors:              q = 1    q = 2  q = inf")
orders = {}
for name, of in (("score_X", vendi.score_X), ("score_dual", vendi.score_dual), ("by hand", effective_number)):
    orders[name] = [float(of(vectors, q=q)) for q in (1, 2, "inf")]
    print(f"  {name:20}", *(f"{order:8.1f}" for order in orders[name]))

right = {case: effective_number(np.eye(case[0] + 1)[[*(row % case[0] for row in range(500)), case[0]]], 1) for case in scores}
as_seen = all(np.isclose(two, right[case]) for case, (_, two) in scores.items())
as_seen &= all(np.isclose(four, right[case]) for case, (four, _) in scores.items() if case[1] == 5)
as_seen &= scores[500, 3][0] < 0.3 * right[500, 3] and scores[500, 2][0] < 0.1 * right[500, 2]
as_seen &= scores[1, 2][0] > 1.3 * right[1, 2] and np.allclose(orders["score_dual"], orders["by hand"])
as_seen &= np.allclose(orders["score_X"], orders["by hand"][0]) and orders["by hand"][2] < orders["by hand"][0] / 2
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore measured.py

#!/usr/bin/env bash
# distilabel 1.5.3: of two near copies `EmbeddingDedup` and `DeitaFiltering` keep neither.
#
# `EmbeddingDedup` marks for removal every neighbour that is more alike than the threshold, of every row. Likeness is mutual: of two near
# copies each marks the other, and both are lost. So what a generator says most often, in ever new wordings, disappears from the data
# altogether, and only rows that are like no other remain. There is no warning, and the number of rows removed looks like much redundancy.
# A trial with identical rows looks right: faiss returns equal rows in the order of the table, the first is taken for the row itself, and
# one remains. With the defaults of `FaissNearestNeighbour` scores are squared distances, of which no threshold is right: copies stay, and
# rows that are unlike their nearest neighbour go. `metric_type=faiss.METRIC_INNER_PRODUCT` and unit vectors give similarities.
# `DeitaFiltering` measures a row's distance to the nearest of all rows; DEITA (Liu et al. 2024) asks for the nearest of the rows chosen
# before it, which are better. Here too all near copies are lost, the best one included. Its default threshold, .9, is a distance. DEITA's .9
# is a cosine similarity (its authors in hkust-nlp/deita, issue 38), so a row may be no more than .1 like any other: few or none are left.
# What is right: go through the rows, the best first if there are scores, and keep a row unless a neighbour above the threshold is kept.
#
# Here: texts of 12 to 20 words as vectors of word counts; 300 are alone, 100 have a copy and 50 have three, with one word replaced. Copies
# have a similarity of at least .83, other rows of at most .48. Rows kept, and in brackets how many of the 100 and 50 texts still have one.
#
# Seen with Python 3.11, faiss-cpu 1.15.1, datasets 5.2.0, numpy 2.4.6:
#   distilabel 1.5.3:                         300 alone   200 in pairs  200 in fours
#     EmbeddingDedup, .8, k=1                      300        0 (0)       97 (50)
#     EmbeddingDedup, .8, k=10                     300        0 (0)        0 (0)
#     the same, identical copies                   300      100 (100)     50 (50)
#     default distances, .4, k=1                   190      159 (96)     167 (50)
#     DeitaFiltering, .2                           300        0 (0)        0 (0)
#     DeitaFiltering, .9 (default)                   0        0 (0)        0 (0)
#     first of its kind, by the same columns       300      100 (100)     50 (50)
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check distilabel==1.5.3 datasets==5.2.0 requests beautifulsoup4 faiss-cpu==1.15.1 \
    numpy==2.4.6
cat > copies.py <<'PYTHON'
import io
import logging
import random
import sys
import warnings
from contextlib import redirect_stdout
from importlib.metadata import version

warnings.simplefilter("ignore")
import faiss
import numpy as np
from datasets import disable_progress_bars
from distilabel.steps import DeitaFiltering, EmbeddingDedup, FaissNearestNeighbour

logging.disable(logging.CRITICAL)
disable_progress_bars()
WORDS = 1000


def table(*, identical):
    draw = random.Random(0)
    rows = []
    for text, size in enumerate([1] * 300 + [2] * 100 + [4] * 50):
        words = draw.choices(range(WORDS), [1 / (rank + 10) for rank in range(WORDS)], k=draw.randint(12, 20))
        for copy in range(size):
            said = words[:]
            if copy and not identical:
                said[draw.randrange(len(said))] = draw.randrange(WORDS)
            counts = np.bincount(said, minlength=WORDS)
            rows.append(
                {
                    "text": text,
                    "size": size,
                    "embedding": (counts / np.linalg.norm(counts)).tolist(),
                    "evol_instruction_score": draw.randint(1, 6),
                    "evol_response_score": draw.randint(1, 6),
                }
            )
    draw.shuffle(rows)
    return rows


def after(step, rows):
    step.load()
    with redirect_stdout(io.StringIO()):
        return next(step.process([dict(row) for row in rows]))


def deduplicated(rows, threshold, **search):
    marked = after(EmbeddingDedup(threshold=threshold), after(FaissNearestNeighbour(**search), rows))
    return [row for row in marked if row["keep_row_after_embedding_filtering"]]


def first_of_a_kind(rows, threshold, **search):
    kept = set()
    near = after(FaissNearestNeighbour(**search), rows)
    for index, row in enumerate(near):
        if not any(other in kept for other, score in zip(row["nn_indices"], row["nn_scores"]) if score > threshold):
            kept.add(index)
    return [near[index] for index in kept]


rows = table(identical=False)
vectors = np.array([row["embedding"] for row in rows])
texts = np.array([row["text"] for row in rows])
alike, copies = vectors @ vectors.T, texts[:, None] == texts
assert alike[copies].min() > 0.83 and alike[~copies].max() < 0.48
cosine = {"metric_type": faiss.METRIC_INNER_PRODUCT}
budget = {"data_budget": len(rows)}
results = {
    "EmbeddingDedup, .8, k=1": deduplicated(rows, 0.8, k=1, **cosine),
    "EmbeddingDedup, .8, k=10": deduplicated(rows, 0.8, k=10, **cosine),
    "the same, identical copies": deduplicated(table(identical=True), 0.8, k=10, **cosine),
    "default distances, .4, k=1": deduplicated(rows, 0.4, k=1),
    "DeitaFiltering, .2": after(DeitaFiltering(diversity_threshold=0.2, **budget), rows),
    "DeitaFiltering, .9 (default)": after(DeitaFiltering(**budget), rows),
    "first of its kind, by the same columns": first_of_a_kind(rows, 0.8, k=10, **cosine),
}
print(f"distilabel {version('distilabel')}:                         300 alone   200 in pairs  200 in fours")
kept = {}
for name, left in results.items():
    kept[name] = {}
    for size in (1, 2, 4):
        of_size = [row["text"] for row in left if row["size"] == size]
        kept[name][size] = (len(of_size), len(set(of_size)))
    alone, pairs, fours = kept[name].values()
    print(f"  {name:41}{alone[0]:7}{pairs[0]:9} {f'({pairs[1]})':7}{fours[0]:5} ({fours[1]})")
once, often, identical, far, best, default, right = kept.values()
sys.exit(
    not (
        once[1] == often[1] == best[1] == right[1] == (300, 300)
        and once[2] == often[2] == often[4] == best[2] == best[4] == (0, 0)
        and identical[2] == right[2] == (100, 100)
        and identical[4] == right[4] == (50, 50)
        and far[1][0] < 250 < 300 < far[2][0] + far[4][0]
        and default == {1: (0, 0), 2: (0, 0), 4: (0, 0)}
    )
)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python copies.py

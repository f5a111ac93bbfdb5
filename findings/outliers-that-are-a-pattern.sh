#!/usr/bin/env bash
# semhash 0.5.0: of two sentence patterns that are equally varied, `self_filter_outliers` takes every outlier from the rarer one, also if that
# is a fifth of the rows, and `self_find_representative` takes no row of it.
#
# Both rank a row by its mean similarity to its 100 nearest neighbours. The filter removes the last tenth, whatever the similarities are; the
# other chooses among the first tenth (100 to 1,000 rows). But the more rows follow a pattern, the nearer the nearest 100 of them
# are to any one, so the mean measures how common a pattern is. Here the rows of the rarer pattern are as similar to each other as
# those of the common one are. In synthetic data, and wherever a shortcut is learned, the rare rows are often those that defy the
# shortcut: what is meant to clean the data removes them.
# If a pattern has fewer than 100 rows, some of the 100 neighbours must be of another. So rows that are far more similar to each other
# than the common ones are all outliers if there are 50 of them; if there are 100, none is, and they supply half of the representatives.
# The documentation says that the rows with the lowest mean similarity are filtered; not that the number of alike rows decides it.
# Filter within each group of rows (label and pattern), or draw at random within groups, and read what was filtered.
#
# Here: sentences of two patterns from the same nouns and verbs, bags of words as vectors, three samples of each size. Of the rarer
# pattern's rows, how many are among the outliers (a tenth of all rows, by default) and among 100 representatives. At random a twentieth
# to a fifth of both would be of it. First both patterns are equally varied; then the rarer one has three words of its own, which count
# more (tf-idf).
#
# Seen with Python 3.11, numpy 2.4.6, scikit-learn 1.9.1, vicinity 0.4.6, usearch 2.26.6, pyversity 0.2.0 (in the last four lines some
# numbers differ by a few rows between runs, because the search for neighbours is approximate):
#   semhash 0.5.0          similarity within     rows of the rarer pattern among
#     rows  of them rarer      rarer    common               outliers   representatives
#     1000             50       0.76      0.76        50 50 50 of 100       0 0 0 of 100
#     1000            100       0.76      0.76     100 100 100 of 100       0 0 0 of 100
#     1000            200       0.76      0.76     100 100 100 of 100       0 0 0 of 100
#     2000            400       0.76      0.76     200 200 200 of 200       0 0 0 of 100
#     1000             50       0.69      0.35        50 50 50 of 100       0 0 0 of 100
#     1000            100       0.62      0.35           0 0 0 of 100    51 47 50 of 100
#     1000            200       0.55      0.36           0 0 0 of 100    78 88 92 of 100
#     2000            400       0.55      0.36           3 8 3 of 200    27 51 46 of 100
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check semhash==0.5.0 vicinity==0.4.6 usearch==2.26.6 pyversity==0.2.0 \
    model2vec==0.10.0 scikit-learn==1.9.1 numpy==2.4.6
cat > patterns.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from semhash import SemHash
from sklearn.feature_extraction.text import TfidfVectorizer

NOUNS = "doctor lawyer actor senator student judge banker author tourist artist scientist athlete manager secretary professor".split()
VERBS = "saw helped called thanked advised supported encouraged contacted mentioned introduced recommended avoided admired".split()
COMMON = "the {0} near the {1} {3} the {2}"
EQUALLY_VARIED = "the {0} {3} the {1} beside the {2}"
WORDS_OF_ITS_OWN = "the {0} was {3} by the {1} and the {2}"


class Words:
    """Bags of words, of length 1."""

    def __init__(self, texts, idf):
        self.bags = TfidfVectorizer(use_idf=idf).fit(texts)

    def encode(self, texts, **_):
        return self.bags.transform(texts).toarray().astype(np.float32)


def sentences(draw, n, pattern):
    """Different sentences of a pattern."""
    found = {}
    while len(found) < n:
        found[pattern.format(*draw.choice(NOUNS, 3, replace=False), draw.choice(VERBS))] = None
    return list(found)


def within(vectors):
    """Mean similarity of two different rows."""
    n = len(vectors)
    return ((vectors @ vectors.T).sum() - n) / (n * (n - 1))


def one(seed, n, n_rarer, pattern, idf):
    """Similarities within the patterns; outliers, and rows of the rarer pattern among them and among representatives."""
    draw = np.random.default_rng(seed)
    rarer = sentences(draw, n_rarer, pattern)
    common = sentences(draw, n - n_rarer, COMMON)
    texts = draw.permutation(rarer + common).tolist()
    model = Words(texts, idf)
    index = SemHash.from_records(texts, model=model)
    outliers = index.self_filter_outliers().filtered
    chosen = index.self_find_representative(selection_size=100).selected
    is_rarer = set(rarer).__contains__
    likeness = within(model.encode(rarer)), within(model.encode(common))
    return likeness, len(outliers), sum(map(is_rarer, outliers)), sum(map(is_rarer, chosen))


print(f"semhash {version('semhash')}          similarity within     rows of the rarer pattern among")
print("  rows  of them rarer      rarer    common               outliers   representatives")
seen = {}
for pattern, idf in ((EQUALLY_VARIED, False), (WORDS_OF_ITS_OWN, True)):
    for n, n_rarer in ((1000, 50), (1000, 100), (1000, 200), (2000, 400)):
        samples = [one(seed, n, n_rarer, pattern, idf) for seed in range(3)]
        likeness = np.mean([sample[0] for sample in samples], axis=0)
        lost, chosen = ([sample[place] for sample in samples] for place in (2, 3))
        seen[idf, n, n_rarer] = likeness, lost, chosen
        print(
            f"{n:6} {n_rarer:14} {likeness[0]:10.2f} {likeness[1]:9.2f} "
            f"{' '.join(map(str, lost)):>15} of {samples[0][1]} {' '.join(map(str, chosen)):>11} of 100"
        )

expected = all(abs(one[0][0] - one[0][1]) < 0.01 for (idf, *_), one in seen.items() if not idf)
expected &= all(seen[False, n, rarer][1] == [min(rarer, n // 10)] * 3 for n, rarer in ((1000, 50), (1000, 100), (1000, 200), (2000, 400)))
expected &= all(one[2] == [0] * 3 for (idf, *_), one in seen.items() if not idf)
expected &= seen[True, 1000, 50][1:] == ([50] * 3, [0] * 3) and seen[True, 1000, 100][1] == [0] * 3
expected &= min(seen[True, 1000, 100][2]) > 30
sys.exit(0 if expected else 1)
PYTHON
env/bin/python patterns.py

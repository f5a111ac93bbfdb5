#!/usr/bin/env bash
# diversity 0.3.1: both main scores depend on the order of the rows, and the compression ratio does not see copies more than 32 kB
# apart.
#
# The compression ratio is the measure recommended for the diversity of generated text (Shaib et al. 2024). gzip looks back over
# 32 kB, some hundred rows. A data set with five copies of every row, one whole copy after the other, has the ratio of a data set
# without copies; with the copies of a row side by side the ratio is nearly four times that. `algorithm="xz"`, which looks back
# over megabytes, sees the copies. The text is compressed twice (gzip inside gzip), so for very repetitive text, such as that of a
# collapsed generator, the ratio is five times gzip's own.
# `ngram_diversity_score` joins all rows into one text and counts n-grams across row borders, so the same short rows in another
# order get another score. To compare two data sets, put both in the same kind of order (shuffled with one seed), take the same
# size, and count copies separately.
#
# Here: 2,000 rows of 8 to 20 words drawn by Zipf's law, 190 kB; and 300 rows of two words.
#
# Seen with Python 3.11, nltk 3.10.4:
#   compression ratio            gzip    xz   gzip packed once
#   2,000 rows                   3.06    3.54        3.07
#   five times, in turn          3.12   17.62        3.12
#   five times, side by side    11.37   14.43       11.36
#   one row 2,000 times       1232.70  816.66      253.88
#   n-gram diversity of 300 rows: as made .069, sorted .100, shuffled .199
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
# Without the libraries that its other measures require.
env/bin/pip install --quiet --disable-pip-version-check --no-deps diversity==0.3.1
env/bin/pip install --quiet --disable-pip-version-check nltk==3.10.4
cat > orders.py <<'PYTHON'
import gzip
import random
import sys
from importlib.metadata import version
from pathlib import Path

import nltk

# Import only the modules: the package's own __init__ imports models.
sys.path.insert(0, str(Path(nltk.__file__).parents[1] / "diversity"))
from compression import compression_ratio
from ngram_diversity import ngram_diversity_score

draw = random.Random(0)
words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(3000)]
weights = [1 / (rank + 1) for rank in range(3000)]
rows = [" ".join(draw.choices(words, weights, k=draw.randint(8, 20))) for _ in range(2000)]
tables = {
    "2,000 rows": rows,
    "five times, in turn": rows * 5,
    "five times, side by side": [row for row in rows for _ in range(5)],
    "one row 2,000 times": rows[:1] * 2000,
}
print(f"diversity {version('diversity')}: compression ratio     gzip    xz   gzip packed once")
ratios = {}
for name, table in tables.items():
    text = " ".join(table).encode()
    once = len(text) / len(gzip.compress(text))
    ratios[name] = (compression_ratio(table), compression_ratio(table, "xz"), once)
    print(f"{name:33}" + "{:8.2f}{:8.2f}{:12.2f}".format(*ratios[name]))
short = [f"{word} {name}" for word in ("yes", "no", "maybe") for name in ("sir", "madam")] * 50
shuffled = short[:]
draw.shuffle(shuffled)
scores = [ngram_diversity_score(table) for table in (short, sorted(short), shuffled)]
print("n-gram diversity of 300 rows: as made {:.3f}, sorted {:.3f}, shuffled {:.3f}".format(*scores))
plain, turn, beside, collapsed = ratios.values()
sys.exit(
    not (
        turn[0] < 1.05 * plain[0] < 1.5 * plain[0] < beside[0]
        and turn[1] > 4 * plain[1]
        and collapsed[0] > 3 * collapsed[2]
        and scores[2] > 2 * scores[0]
    )
)
PYTHON
env/bin/python orders.py

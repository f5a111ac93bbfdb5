#!/usr/bin/env bash
# lexical-diversity 0.1.1 and lexicalrichness 0.5.1: for a short text without a repeated word, MTLD is 0 in the first and the
# number of words in the second.
#
# MTLD (McCarthy and Jarvis 2010) is the mean length of a run of words until the share of different words has fallen to .72. In a
# text where it never falls no run ends, and the quotient has 0 in the denominator. lexical-diversity then returns 0, less than
# for one word five times (1.75); lexicalrichness returns the text's length. lexical-diversity's HD-D is 0 for every text of fewer
# than 42 words, whatever they are (lexicalrichness raises an error). Synthetic texts are typically sentences, hypotheses, prompts
# or titles. A mean over such short texts ranks the most varied ones last (rows with every word repeated score more than twice as
# high as the rows themselves), or it measures length. Two papers that name the same measure cannot be compared. On one text of
# 5,000 words the two libraries differ by 3 %.
#
# Here: 1,000 rows of 6 to 12 words drawn from 3,000 by Zipf's law; the same rows with every word repeated; the words of the first
# rows as one text.
#
# Seen with Python 3.11, setuptools 80.9.0 (lexical-diversity imports pkg_resources, which later versions no longer have):
#   mean MTLD              lexical-diversity  lexicalrichness   words  HD-D (lexical-diversity)
#   rows                                2.52            10.46     9.0        0.00
#   every word twice                    5.86             2.00    18.1        0.00
#   one text of 5,000                 344.41           333.80  5000.0        0.94
#   no word twice                       0.00             8.97     9.0        0.00
#   one word five times                 1.75             2.50     5.0        0.00
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check lexical-diversity==0.1.1 lexicalrichness==0.5.1 setuptools==80.9.0
cat > short.py <<'PYTHON'
import random
import sys
import warnings
from statistics import fmean

warnings.simplefilter("ignore")
from lexical_diversity import lex_div
from lexicalrichness import LexicalRichness

draw = random.Random(0)
words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(3000)]
weights = [1 / (rank + 10) for rank in range(3000)]
rows = [draw.choices(words, weights, k=draw.randint(6, 12)) for _ in range(1000)]
tables = {
    "rows": rows,
    "every word twice": [[word for word in row for _ in "12"] for row in rows],
    "one text of 5,000": [[word for row in rows for word in row][:5000]],
    "no word twice": [row for row in rows if len(set(row)) == len(row)],
    "one word five times": [["same"] * 5],
}
means = {}
print("mean MTLD              lexical-diversity  lexicalrichness   words  HD-D (lexical-diversity)")
for name, table in tables.items():
    means[name] = (
        fmean(lex_div.mtld(row) for row in table),
        fmean(LexicalRichness(" ".join(row)).mtld() for row in table),
        fmean(len(row) for row in table),
        fmean(lex_div.hdd(row) for row in table),
    )
    print(f"{name:24}" + "{:16.2f}{:17.2f}{:8.1f}{:12.2f}".format(*means[name]))
unlike, same, long = means["no word twice"], means["one word five times"], means["one text of 5,000"]
sys.exit(
    not (
        unlike[0] == 0 < same[0]
        and abs(unlike[1] - unlike[2]) < 1e-9
        and means["rows"][0] < means["every word twice"][0]
        and means["rows"][3] == 0
        and abs(long[0] - long[1]) < 0.05 * long[0]
    )
)
PYTHON
env/bin/python short.py

#!/usr/bin/env bash
# open-dataflow 1.0.13: of 1,000 different questions that begin alike, `NgramHashDeduplicateFilter` keeps five or six; of two texts that
# differ in their first word it keeps both.
#
# It has no n-grams: it cuts a text into `n_gram` pieces of equal length (3 by default), and a row whose pieces have one in common with those
# of an earlier row is dropped. Pieces are compared whole, so two texts that begin with the same instruction are copies if their lengths
# agree to within two characters, and a word more at the beginning moves every cut, so that nothing agrees any more. Of pairs of texts, the
# first third is mostly the premise: of three hypotheses for a premise one remains, whichever label it has. Rows are
# dropped whatever their label, and the log only gives the number that is left.
# `diff_size` is described as the difference of the sets below which texts are alike. It is the number of equal pieces from which on they
# are, so a larger number drops less; with `diff_size=3` only texts go whose three pieces are all equal.
# Use `MinHashDeduplicateFilter` of the same package: of the same rows it keeps all questions and half of the copies. For rows that share
# a premise it drops many too, as most of their text is the same.
#
# Here: three samples of rows that are all different: pairs in any order; questions with one instruction and six words of their own;
# texts of 30 words, each with a copy that begins with `so`. How many are kept, by `diff_size`, and by `MinHashDeduplicateFilter`.
#
# Seen with Python 3.11, numpy 1.26.4, pandas 2.3.3, datasketch 2.0.0:
#   Rows kept by open-dataflow 1.0.13, in three samples:
#                                              rows         diff_size=1                   2                   3             MinHash
#   500 premises with 3 hypotheses each       1,500     513   510   506     713   718   725   1,500 1,500 1,500     903   864   893
#   questions with the same beginning         1,000       6     5     5     960   961   970   1,000 1,000 1,000   1,000 1,000 1,000
#   500 texts, and each with `so` before it   1,000   1,000 1,000 1,000   1,000 1,000 1,000   1,000 1,000 1,000     500   500   500
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
# Without the packages that the filter does not need: open-dataflow asks for 70, with services and models.
env/bin/pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==1.26.4 pandas==2.3.3 pyarrow==20.0.0 \
    datasketch==2.0.0 scipy==1.17.1 xxhash==4.1.0 tqdm==4.70.1 colorlog==6.12.0 appdirs==1.4.4 rich==15.0.0 docstring_parser==0.18.0 \
    pydantic==2.14.4 pyyaml==6.0.4 colorama==0.4.6
env/bin/pip install --quiet --no-compile --disable-pip-version-check --no-deps open-dataflow==1.0.13
cat > thirds.py <<'PYTHON'
import json
import logging
import random
import sys
from importlib.metadata import version
from itertools import count

import pandas as pd
from dataflow.operators.general_text import MinHashDeduplicateFilter, NgramHashDeduplicateFilter
from dataflow.utils.storage import FileStorage

logging.disable(logging.CRITICAL)
NOUNS = "doctor lawyer actor senator student judge banker author tourist artist scientist athlete manager secretary professor".split()
VERBS = "saw helped called thanked advised supported encouraged contacted mentioned introduced recommended avoided admired".split()
WORDS = [a + b + c for a in ("ka", "mo", "ti", "re", "lun") for b in ("ba", "do", "si", "ver") for c in ("l", "n", "sta", "dy")]
numbers = count()


def kept(rows, operator):
    """How many of the rows a filter keeps."""
    name = f"rows{next(numbers)}"
    with open(f"{name}.jsonl", "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    storage = FileStorage(f"{name}.jsonl", cache_path=name, file_name_prefix="kept", cache_type="jsonl")
    columns = {"input_keys": ["premise", "hypothesis"]} if "premise" in rows[0] else {"input_key": "text"}
    operator.run(storage.step(), **columns)
    return len(pd.read_json(f"{name}/kept_step1.jsonl", lines=True))


def pairs(draw):
    """500 premises with three hypotheses each, all different, in any order."""
    found = {}
    while len(found) < 500:
        (a, b, c), verb = draw.sample(NOUNS, 3), draw.choice(VERBS)
        found[f"The {a} near the {b} {verb} the {c}."] = [f"The {x} {verb} the {y}." for x, y in ((a, c), (b, c), (c, a))]
    rows = [{"premise": premise, "hypothesis": one} for premise, three in found.items() for one in three]
    return draw.sample(rows, len(rows))


def texts(draw, n, length):
    """Different texts of a number of words."""
    return [" ".join(draw.sample(WORDS, length)) for _ in range(n)]


def lines(*texts):
    return [{"text": text} for text in texts]


found = {}
for seed in range(3):
    draw = random.Random(seed)
    data = {
        "500 premises with 3 hypotheses each": pairs(draw),
        "questions with the same beginning": lines(
            *(f"Is this film review positive or negative? {text}" for text in texts(draw, 1000, 6))
        ),
        "500 texts, and each with `so` before it": lines(
            *(text for one in texts(draw, 500, 30) for text in (one, f"so {one}"))
        ),
    }
    for name, rows in data.items():
        assert len({json.dumps(row) for row in rows}) == len(rows)
        for size in (1, 2, 3):
            found.setdefault((name, size), []).append(kept(rows, NgramHashDeduplicateFilter(diff_size=size)))
        found.setdefault((name, "MinHash"), []).append(kept(rows, MinHashDeduplicateFilter()))

print(f"Rows kept by open-dataflow {version('open-dataflow')}, in three samples:")
print(f"{'':40} {'rows':>6}   {'diff_size=1':>17}   {'2':>17}   {'3':>17}   {'MinHash':>17}")
for name, rows in data.items():
    cells = (" ".join(f"{n:5,}" for n in found[name, of]) for of in (1, 2, 3, "MinHash"))
    print(f"{name:40} {len(rows):6,}   {'   '.join(cells)}")

of_pairs, of_questions, of_copies = ({of: found[name, of] for of in (1, 2, 3, "MinHash")} for name in data)
expected = max(of_pairs[1]) < 750 and max(of_questions[1]) < 100 and of_copies[1] == [1000] * 3
expected &= of_pairs[3] == [1500] * 3 and of_questions["MinHash"] == [1000] * 3 and max(of_copies["MinHash"]) < 550
sys.exit(0 if expected else 1)
PYTHON
env/bin/python thirds.py 2>/dev/null | grep -v Lazyloader

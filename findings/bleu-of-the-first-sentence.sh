#!/usr/bin/env bash
# ragas 0.4.3: `BleuScore` scores an answer's first sentence, against every sentence of the reference; the rest of the answer does
# not count.
#
# Answer and reference are split at ". ", and sacrebleu gets the sentences of both. It takes a list of answers, and one list of
# references per *alternative*, each as long as the answers. ragas gives one list of one sentence per sentence of the reference. To
# sacrebleu these are alternative references for the first answer, and the other answers have none; it stops there without a
# message. So an answer whose first sentence is anywhere in the reference scores about 1, whatever follows, and nothing is subtracted if
# it ends there. A good answer with another first sentence scores next to 0. Both classes (`ragas.metrics`,
# `ragas.metrics.collections`) do this. Texts of one sentence are scored correctly, as in ragas' own examples, and so is a text
# without ". ". Call `sacrebleu.sentence_bleu(answer, [reference])`.
#
# Here: 200 references of four sentences, and answers made of them.
#
# Seen with Python 3.11, sacrebleu 2.6.0, langchain-community 0.3.31 (with 0.4.2, the newest that pip takes, ragas is not imported):
#   ragas 0.4.3, mean BLEU of 200 answers:  metrics  metrics.collections  sacrebleu, whole texts
#     all four sentences                          1.000                1.000                   1.000
#     all four, the first reworded                0.029                0.029                   0.766
#     the first, then 'Nothing.' three times      1.000                1.000                   0.137
#     the first only                              0.925                0.925                   0.050
#     the last only                               1.000                1.000                   0.050
#     the last, then three of another text        0.998                0.998                   0.513
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check ragas==0.4.3 sacrebleu==2.6.0 \
    langchain==0.3.30 langchain-core==0.3.86 langchain-community==0.3.31 langchain-openai==0.3.35
cat > scored.py <<'PYTHON'
import asyncio
import random
import sys
from importlib.metadata import version

import sacrebleu
from ragas.dataset_schema import SingleTurnSample
from ragas.metrics import BleuScore
from ragas.metrics.collections import BleuScore as NewBleuScore

draw = random.Random(0)
PEOPLE = ["doctor", "lawyer", "judge", "actor", "student", "senator", "author", "tourist", "manager", "artist"]
DEEDS = ["slept in the old hall", "left the court early", "wrote a long letter", "waited for the last train", "sang to the children"]


def sentence():
    one, other = draw.sample(PEOPLE, 2)
    return f"The {one} near the {other} {draw.choice(DEEDS)}"


def joined(sentences):
    return ". ".join(sentences) + "."


references = [[sentence() for _ in range(4)] for _ in range(200)]
following = references[1:] + references[:1]
answers = {
    "all four sentences": references,
    "all four, the first reworded": [["What happened first is not easy to say", *four[1:]] for four in references],
    "the first, then 'Nothing.' three times": [[four[0], *["Nothing"] * 3] for four in references],
    "the first only": [four[:1] for four in references],
    "the last only": [four[-1:] for four in references],
    "the last, then three of another text": [
        [four[-1], *other[:3]] for four, other in zip(references, following, strict=True)
    ],
}
old, new = BleuScore(), NewBleuScore()


async def scored(answer, reference):
    sample = SingleTurnSample(response=answer, reference=reference)
    return await old.single_turn_ascore(sample), (await new.ascore(response=answer, reference=reference)).value


print(f"ragas {version('ragas')}, mean BLEU of 200 answers:  metrics  metrics.collections  sacrebleu, whole texts", flush=True)
found = {}
for what, given in answers.items():
    pairs = [(joined(answer), joined(reference)) for answer, reference in zip(given, references, strict=True)]
    by_ragas = [asyncio.run(scored(*pair)) for pair in pairs]
    right = [sacrebleu.sentence_bleu(answer, [reference]).score / 100 for answer, reference in pairs]
    found[what] = [sum(values) / len(pairs) for values in (*zip(*by_ragas, strict=True), right)]
    print(f"  {what:38} {found[what][0]:10.3f} {found[what][1]:20.3f} {found[what][2]:23.3f}", flush=True)
full, reworded, nothing, first, last, others = found.values()
as_seen = all(abs(one - two) < 1e-9 for one, two, _ in found.values())
as_seen &= min(full[0], nothing[0], last[0], others[0]) > 0.99 and first[0] > 0.9 and reworded[0] < 0.1
as_seen &= full[2] > 0.99 and reworded[2] > 0.5 and max(nothing[2], first[2], last[2]) < 0.4
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore scored.py

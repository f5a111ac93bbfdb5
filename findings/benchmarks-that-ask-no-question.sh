#!/usr/bin/env bash
# deepeval 4.3.1: its HumanEval calls no test, so an empty function solves every problem; in its TruthfulQA the right answer has the
# same place in all questions with as many answers; and its ARC gives a perfect model .95.
#
# HumanEval: the rows of the data set define `check(candidate)` and do not call it; that is left to whoever evaluates. deepeval runs
# the answer and this definition, and counts the answer as right if nothing fails. A problem counts as solved if pass@k, an estimate of
# a probability, is above 0: here if one of the `n` answers runs, whatever `k` is. TruthfulQA: the data set has the right answer first.
# deepeval shuffles the answers of each question with `random.seed(42)`, so their order depends on nothing but their number: of
# two, four or five answers the last is right, of three the second. With several right answers (MC2) a model gets 100 for naming all
# answers, since wrong ones cost nothing; and if it answers in batches, 1 for any answer with one right number, on a scale that ends at
# 1 instead of 100. ARC: the questions are those of the training split, and the number of right answers is divided by the size of the
# test split, which is larger. What a model learned from copies of training data, or from the form of a question, cannot be
# told from these scores. Use lm_eval, which calls `check`, compares how likely the answers are, and asks the test split.
#
# Here: rows made in the form of the data sets. HumanEval, three problems: an answer that returns nothing, and one that fails, with one
# of ten samples that returns nothing. TruthfulQA, 70 questions of two to eight answers: a model that sees only the number of answers;
# and in MC2 one that names all answers, with and without batches. ARC-Easy with 2,251 rows in its training split and 2,376 in its
# test split: a model that answers each question rightly.
#
# Seen with Python 3.11, datasets 5.0.1, pandas 3.1.1:
#   deepeval 4.3.1
#   HumanEval, functions that return nothing: 1.00
#   HumanEval, pass@1, nine of ten functions are not Python: 1.00
#   TruthfulQA MC1, by the number of answers alone: 1.00 (guesses: .25)
#   TruthfulQA MC2, all answers named: 100.00; in batches: 1.00
#   TruthfulQA MC2, half of the right answers and a wrong one: 50.00; in batches: 1.00
#   ARC, all answers right: .95 (2251 questions of the training split, 0 of the test split)
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check deepeval==4.3.1 datasets==5.0.1 pandas==3.1.1 numpy==2.4.6 pyarrow==26.0.1
cat > asked.py <<'PYTHON'
import contextlib
import io
import re
import sys
from importlib.metadata import version

from datasets import Dataset
from deepeval.benchmarks import ARC, HumanEval, TruthfulQA
from deepeval.benchmarks.human_eval.task import HumanEvalTask
from deepeval.benchmarks.modes import ARCMode, TruthfulQAMode
from deepeval.benchmarks.truthful_qa.task import TruthfulQATask
from deepeval.models import DeepEvalBaseLLM


class Model(DeepEvalBaseLLM):
    """A model that answers by a function of the prompt, in plain text."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def load_model(self):
        return self

    def get_model_name(self):
        return "a function"

    def generate(self, prompt, schema=None):
        if schema is not None:
            raise TypeError("no schemas")  # as the documentation of deepeval wants it
        self.asked.append(prompt)
        return self.answer(prompt)

    async def a_generate(self, prompt, schema=None):
        return self.generate(prompt, schema)

    def generate_samples(self, prompt, n, temperature):
        return [self.answer(sample) for sample in range(n)]

    def batch_generate(self, prompts, schemas=None):
        return [self.generate(prompt, schemas) for prompt in prompts]


def score(benchmark, answer, **how):
    model = Model(answer)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        benchmark.evaluate(model, **how)
    return benchmark.overall_score, model.asked


def shown(number):
    return f"{number:.2f}" if number >= 1 else f"{number:.2f}".lstrip("0")


print(f"deepeval {version('deepeval')}")
problems = [HumanEvalTask.ADD, HumanEvalTask.FIB, HumanEvalTask.STRLEN]
tests = {"add": "candidate(2, 3) == 5", "fib": "candidate(10) == 55", "strlen": 'candidate("abc") == 3'}
rows = [
    {"entry_point": name, "prompt": f"def {name}(*given):\n", "test": f"\n\ndef check(candidate):\n    assert {test}\n"}
    for name, test in tests.items()
]


def human_eval(answer, **how):
    return score(HumanEval(dataset={"test": Dataset.from_list(rows)}, tasks=problems, n=10), answer, **how)[0]


empty = human_eval(lambda sample: "def add(*given):\n    return None\n")
one = human_eval(lambda sample: "def add(*given):\n    return None\n" if sample == 0 else "No code.", k=1)
print(f"HumanEval, functions that return nothing: {shown(empty)}")
print(f"HumanEval, pass@1, nine of ten functions are not Python: {shown(one)}", flush=True)


def question(number, n_answers, n_right):
    choices = [f"answer {number}.{at}" for at in range(n_answers)]
    return {"choices": choices, "labels": [int(at < n_right) for at in range(n_answers)]}  # the right ones first


def truthful(mode, answer, **how):
    rows = [
        {"question": f"What is {number}?", "category": TruthfulQATask.HEALTH.value, "mc1_targets": question(number, n, 1)}
        | {"mc2_targets": question(number, 4, 2)}
        for number, n in enumerate(n for n in range(2, 9) for _ in range(10))
    ]
    benchmark = TruthfulQA(dataset=Dataset.from_list(rows), tasks=[TruthfulQATask.HEALTH], mode=mode)
    return score(benchmark, answer, **how)[0]


def n_answers(prompt):
    return len(re.findall(r"^\d+\. ", prompt.rpartition("Q: ")[2], re.MULTILINE))


place = {2: 2, 3: 2, 4: 4, 5: 5, 6: 5, 7: 6, 8: 7}
blind = truthful(TruthfulQAMode.MC1, lambda prompt: str(place[n_answers(prompt)]))
guesses = sum(1 / n for n in place) / len(place)
print(f"TruthfulQA MC1, by the number of answers alone: {shown(blind)} (guesses: {shown(guesses)})")
multiple = {}
for name, answer in (("all answers named", "[1, 2, 3, 4]"), ("half of the right answers and a wrong one", "[4, 3]")):
    multiple[name] = [truthful(TruthfulQAMode.MC2, lambda prompt: answer, **how) for how in ({}, {"batch_size": 10})]
    print(f"TruthfulQA MC2, {name}: {shown(multiple[name][0])}; in batches: {shown(multiple[name][1])}", flush=True)


def arc(split, n):
    choices = {"text": ["yes", "no"], "label": ["A", "B"]}
    return [{"question": f"Is {number} in the {split} split?", "choices": choices, "answerKey": "A"} for number in range(n)]


benchmark = ARC(n_shots=0, mode=ARCMode.EASY)
benchmark.easy_dataset = {"train": arc("training", 2251), "test": arc("test", 2376)}
right, asked = score(benchmark, lambda prompt: "A")
training, test = (sum(f"in the {split} split" in prompt for prompt in asked) for split in ("training", "test"))
print(f"ARC, all answers right: {shown(right)} ({training} questions of the training split, {test} of the test split)")
as_seen = empty == one == blind == 1 and multiple["all answers named"] == [100, 1] and multiple[name] == [50, 1]
sys.exit(not (as_seen and 0.94 < right < 0.96 and test == 0))
PYTHON
DEEPEVAL_TELEMETRY_OPT_OUT=1 HF_HUB_OFFLINE=1 env/bin/python -W ignore asked.py

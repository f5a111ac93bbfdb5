#!/usr/bin/env bash
# lm_eval 0.4.13: with `--cache_requests`, a task whose file has changed is asked with its old prompts, and the answers are scored
# against its new rows.
#
# `--cache_requests true` keeps the prompts made from a task's rows. They are found by the task's name, the number of shots, the
# chat settings and the tokenizer's name. The rows, the wording of the prompt, the choices and the version in the task's file do
# not count. If you change the wording, take another sample of rows under the same name, or correct a label, and run again, the
# model is asked the old prompts. The new rows are then scored by position: the answer to the first old prompt counts for the
# first new row. Logged samples show both (`arguments` the old prompt, `doc` the new row), but there is no message. If rows are in
# another order, accuracy falls to chance; if only the wording changed, prompts seem to make no difference.
# `--cache_requests refresh` makes the prompts again.
#
# Here: 64 rows with their label in the text, and a model that reads it; then the same task with its rows in the opposite order
# and a different wording. (The model is a rule in lm_eval's own interface, not weights.)
#
# Seen with Python 3.11, datasets 5.2.0:
#   lm_eval 0.4.13: before the change:    accuracy 1.00, row 'a yes' was asked 'is it a yes'
#   lm_eval 0.4.13: after it:             accuracy 0.00, row 'h no' was asked 'is it a yes'
#   lm_eval 0.4.13: after it, refreshed:  accuracy 1.00, row 'h no' was asked 'so, is it h no'
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check lm_eval==0.4.13 datasets==5.2.0
cat > changed.py <<'PYTHON'
import itertools
import json
import sys
from importlib.metadata import version

import lm_eval
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

rows = [
    {"text": f"{letter} {word}", "label": int(word == "no")}
    for letter, word, _ in itertools.product("abcdefgh", ("yes", "no"), range(4))
]


class Reads(LM):
    """Answers with the prompt's last word."""

    tokenizer_name = "words"

    def loglikelihood(self, requests, disable_tqdm=False):
        pairs = [request.args for request in requests]
        return [(0.0 if prompt.split()[-1] == choice.strip() else -1.0, False) for prompt, choice in pairs]

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError

    def generate_until(self, requests, disable_tqdm=False):
        raise NotImplementedError


def write(prompt, rows, file_version):
    with open(f"rows{file_version}.jsonl", "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    with open("letters.yaml", "w") as file:
        file.write(
            f"task: letters\ndataset_path: json\ndataset_kwargs: {{data_files: {{test: rows{file_version}.jsonl}}}}\n"
            f'test_split: test\noutput_type: multiple_choice\ndoc_to_text: "{prompt}"\n'
            'doc_to_choice: ["yes", "no"]\ndoc_to_target: label\nmetric_list: [{metric: acc}]\n'
            f"metadata: {{version: {file_version}}}\n"
        )


def run(what, **how):
    """Accuracy, the first row and the prompt that was used for it."""
    found = lm_eval.simple_evaluate(
        Reads(), tasks=["letters"], task_manager=TaskManager(include_path="."), bootstrap_iters=0,
        cache_requests=True, **how,
    )
    first = found["samples"]["letters"][0]
    accuracy, row, asked = found["results"]["letters"]["acc,none"], first["doc"]["text"], first["arguments"][0][0]
    print(f"lm_eval {version('lm_eval')}: {what:21} accuracy {accuracy:.2f}, row {row!r} was asked {asked!r}")
    return accuracy, row, asked


write("is it {{text}}", rows, 1)
seen = [run("before the change:")]
write("so, is it {{text}}", rows[::-1], 2)
seen += [run("after it:"), run("after it, refreshed:", rewrite_requests_cache=True)]
as_seen = [(1.0, "a yes", "is it a yes"), (0.0, "h no", "is it a yes"), (1.0, "h no", "so, is it h no")]
sys.exit(seen != as_seen)
PYTHON
HF_HUB_OFFLINE=1 HF_DATASETS_CACHE="$work/datasets" LM_HARNESS_CACHE_PATH="$work/prompts" env/bin/python changed.py 2>err.txt || { tail -5 err.txt; exit 1; }

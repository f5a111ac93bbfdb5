#!/usr/bin/env bash
# distilabel 1.5.3: a pipeline that is given other rows generates for the first rows again, even with another temperature.
#
# `Pipeline.run` keeps what each step made (`use_cache=True`, in `~/.cache/distilabel`) and finds it by the names, connections and
# settings of the steps. The rows in `LoadDataFromDicts(data=rows)` do not count. If a study generates for each replicate, arm or
# sample with one pipeline, the second run returns the first one's data set: the first prompts, as many as there were, and the labels
# that came with them. Replicates that should differ are copies, and their spread is 0. If a setting of the model changed as well, the
# model is called again, for the first prompts. The log says, at level INFO, that results come from the cache, not that the rows
# given are others. Give each set of rows its own pipeline name or `cache_dir`, or use `use_cache=False`, and compare the prompts
# returned with those given.
#
# Here: a model that answers with its temperature and the prompt (a rule in distilabel's own interface, not weights).
#
# Seen with Python 3.11, datasets 5.2.0 (distilabel needs requests, which pip does not install with it):
#   distilabel 1.5.3:
#     8 rows of replicate 1                  8 rows,  0 of replicate 2, the first 'at 1.0: replicate 1, row 0'
#     12 rows of replicate 2                 8 rows,  0 of replicate 2, the first 'at 1.0: replicate 1, row 0'
#     12 rows of replicate 2, at .5          8 rows,  0 of replicate 2, the first 'at 0.5: replicate 1, row 0'
#     12 rows of replicate 2, another cache 12 rows, 12 of replicate 2, the first 'at 1.0: replicate 2, row 0'
#     12 rows of replicate 2, no cache      12 rows, 12 of replicate 2, the first 'at 1.0: replicate 2, row 0'
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check distilabel==1.5.3 datasets==5.2.0 requests beautifulsoup4
cat > generated.py <<'PYTHON'
import sys
from importlib.metadata import version
from pathlib import Path

from distilabel.models.llms import LLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration


class Rule(LLM):
    """A model that answers with its temperature and the prompt."""

    def load(self):
        super().load()

    @property
    def model_name(self):
        return "rule"

    def generate(self, inputs, num_generations=1, temperature: float = 1.0):
        return [
            {"generations": [f"at {temperature}: {prompt[-1]['content']}"], "statistics": {}} for prompt in inputs
        ]


def rows(replicate, number):
    return [{"instruction": f"replicate {replicate}, row {row}"} for row in range(number)]


def generated(given, *, cache="cache", temperature=1.0, **options):
    with Pipeline(name="synthetic", cache_dir=Path(cache)) as pipeline:
        llm = Rule(generation_kwargs={"temperature": temperature})
        LoadDataFromDicts(data=given) >> TextGeneration(llm=llm)
    return pipeline.run(**options)["default"]["train"]["generation"][:]


as_seen = True


def show(what, texts, expected):
    """Prints how many rows there are, and how many of the 12 rows of the second replicate are among them."""
    global as_seen
    wanted = sum(any(text.endswith(row["instruction"]) for text in texts) for row in rows(2, 12))
    print(f"  {what:37} {len(texts):2} rows, {wanted:2} of replicate 2, the first '{texts[0]}'", flush=True)
    as_seen &= (len(texts), wanted) == expected


print(f"distilabel {version('distilabel')}:", flush=True)
show("8 rows of replicate 1", generated(rows(1, 8)), (8, 0))
show("12 rows of replicate 2", generated(rows(2, 12)), (8, 0))
show("12 rows of replicate 2, at .5", generated(rows(2, 12), temperature=0.5), (8, 0))
show("12 rows of replicate 2, another cache", generated(rows(2, 12), cache="another"), (12, 12))
show("12 rows of replicate 2, no cache", generated(rows(2, 12), use_cache=False), (12, 12))
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 OMP_NUM_THREADS=1 DISTILABEL_LOG_LEVEL=WARNING \
    env/bin/python -W ignore generated.py

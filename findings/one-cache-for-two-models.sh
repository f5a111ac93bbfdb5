#!/usr/bin/env bash
# lm_eval 0.4.13: with one `--use_cache`, every model after the first gets the first one's answers.
#
# `--use_cache PATH` keeps a model's answers, so that an interrupted run can continue and a score can be computed again. A stored
# answer is found by what was asked (kind of request, prompt, choice), not by which model was asked. A second model that is
# evaluated with the same path (a script over checkpoints, replicates or sizes, with the cache among its settings) is never run
# for prompts that the first has seen. The results file names the second model and has the first one's answers, to the last digit.
# The two models then seem to agree completely, and the only message is how many requests were cached. Each model needs its own
# path.
# (`--cache_requests`, which keeps prompts, does distinguish models, by the name of their tokenizer.)
#
# Here: two small Llamas with random weights and 64 rows of a task with two choices; the second model with the first one's cache,
# and without.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), transformers 5.23.0:
#   lm_eval 0.4.13: one cache: the results name first, second; rows with the same log likelihood in both: 64 of 64
#   lm_eval 0.4.13: no cache:  the results name first, second; rows with the same log likelihood in both: 0 of 64
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check \
    torch==2.13.0 lm_eval==0.4.13 transformers==5.23.0 accelerate==1.15.0 datasets==5.2.0
cat > cached.py <<'PYTHON'
import itertools
import json
import sys
from importlib.metadata import version

import lm_eval
import torch
from lm_eval.tasks import TaskManager
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

words = {word: place for place, word in enumerate("<pad> <eos> <unk> yes no a b c d e f g h ?".split())}
by_word = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
by_word.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=by_word, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
)
config = LlamaConfig(
    vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
    pad_token_id=0, bos_token_id=1, eos_token_id=1, initializer_range=0.5,
)
for seed, name in enumerate(("first", "second")):
    torch.manual_seed(seed)
    LlamaForCausalLM(config).save_pretrained(name)
    tokenizer.save_pretrained(name)
with open("rows.jsonl", "w") as file:
    for place, pair in enumerate(itertools.product("abcdefgh", repeat=2)):
        print(json.dumps({"text": " ".join(pair), "label": place % 2}), file=file)
with open("letters.yaml", "w") as file:
    file.write(
        "task: letters\ndataset_path: json\ndataset_kwargs: {data_files: {test: rows.jsonl}}\ntest_split: test\n"
        'output_type: multiple_choice\ndoc_to_text: "{{text}} ?"\ndoc_to_choice: ["yes", "no"]\n'
        "doc_to_target: label\nmetric_list: [{metric: acc}]\n"
    )


def asked(name, cache):
    """The model that the results name, and its answers."""
    found = lm_eval.simple_evaluate(
        "hf", model_args=f"pretrained={name}", tasks=["letters"], task_manager=TaskManager(include_path="."),
        device="cpu", use_cache=cache, bootstrap_iters=0,
    )
    said = found["config"]["model_args"]
    named = said["pretrained"] if isinstance(said, dict) else said.removeprefix("pretrained=")
    return named, [sample["filtered_resps"] for sample in found["samples"]["letters"]]


same = {}
for what, cache in (("one cache:", "kept/answers"), ("no cache: ", None)):
    (first, ours), (second, theirs) = (asked(name, cache) for name in ("first", "second"))
    same[what] = sum(x == y for x, y in zip(ours, theirs, strict=True))
    print(
        f"lm_eval {version('lm_eval')}: {what} the results name {first}, {second}; "
        f"rows with the same log likelihood in both: {same[what]} of {len(ours)}"
    )
sys.exit(list(same.values()) != [64, 0])
PYTHON
OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 HF_DATASETS_CACHE="$work/datasets" env/bin/python cached.py 2>/dev/null

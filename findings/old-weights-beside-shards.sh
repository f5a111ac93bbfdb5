#!/usr/bin/env bash
# transformers 5.23.0: if a model is saved in shards into a folder where it was saved as a single file, both remain, and
# `from_pretrained` reads the old one.
#
# `save_pretrained` removes old shards before it writes new ones, but not an old `model.safetensors`. The folder then has the old
# single file and the new shards with their index, and `from_pretrained` looks for the single file first. A model that was trained
# further, and has outgrown `max_shard_size` or was saved with a smaller one, is loaded as it was before.
#
# Seen with transformers 5.23.0, torch 2.13.0 (CPU), Python 3.11:
#   saved 1.0 as a single file, then 2.0 in shards; from_pretrained reads 1.0
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0
HF_HUB_OFFLINE=1 venv/bin/python - <<'PYTHON'
from pathlib import Path

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 100}
model = LlamaForCausalLM(LlamaConfig(**sizes))
for value, how in ((1.0, {}), (2.0, {"max_shard_size": "20KB"})):
    with torch.no_grad():
        model.model.norm.weight.fill_(value)
    model.save_pretrained("model", **how)
names = sorted(path.name for path in Path("model").glob("model*.safetensors*"))
read = LlamaForCausalLM.from_pretrained("model").model.norm.weight[0].item()
print(f"transformers {transformers.__version__}: {names[0]} ... {names[-1]} ({len(names)} files); last saved 2.0, read {read}")
assert "model.safetensors" in names and "model.safetensors.index.json" in names, names
assert read == 1.0, read
PYTHON

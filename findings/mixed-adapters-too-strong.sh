#!/usr/bin/env bash
# peft 0.21.2: an adapter that `add_weighted_adapter` makes of rsLoRA adapters is too strong by the square root of its rank.
#
# `add_weighted_adapter(["a", "b"], [.5, .5], "mean")` is how adapters of several seeds or arms are averaged, and `["a"], [.25]` is
# how one is made weaker. It multiplies each adapter by its own scale and gives the new one `lora_alpha` equal to its rank, so that
# the new scale is alpha / rank = 1. The new adapter inherits `use_rslora=True`, however, with which the scale is
# alpha / sqrt(rank), so it is sqrt(rank). One adapter with the weight 1 comes back 4 times as strong at rank 16 and 8 times at
# rank 64, and .25 at rank 16 weakens nothing. `cat` of two at rank 64 (rank 128) is 11.3 times as strong as their mean. There is no
# warning. `svd`, `cat` and `linear` all do this; ordinary LoRA is right. Divide the weights by the square root of the new rank, or add
# up the changes of the weights.
#
# Here: a small Llama with random weights, and two adapters from two seeds, trained for 150 steps to tell which of three tokens
# begins a row; the size of what the mixture adds to the weights, divided by what it should be; accuracy and loss (nats) on 500
# rows, with that change added to the weights by hand, and with the mixture.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), transformers 5.23.0:
#   peft 0.21.2:         size   accuracy, loss by hand   of the mixture
#     LoRA   16, one           1.00       1.00, 0.002         1.00, 0.002
#     LoRA   16, mean of two   1.00       1.00, 0.002         1.00, 0.002
#     rsLoRA 16, one           4.00       1.00, 0.001         1.00, 0.001
#     rsLoRA 16, mean of two   5.66       1.00, 0.001         0.99, 0.031
#     LoRA   64, one           1.00       1.00, 0.001         1.00, 0.001
#     LoRA   64, mean of two   1.00       1.00, 0.001         1.00, 0.001
#     rsLoRA 64, one           8.00       1.00, 0.001         0.78, 0.917
#     rsLoRA 64, mean of two  11.31       1.00, 0.010         0.96, 0.151
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 transformers==5.23.0 peft==0.21.2
cat > mixed.py <<'PYTHON'
import copy
import math
import sys

import peft
import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from transformers import LlamaConfig, LlamaForCausalLM

LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
torch.manual_seed(0)
sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
base = LlamaForCausalLM(LlamaConfig(vocab_size=32, initializer_range=0.1, **sizes))


def rows(n, seed):
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (n,), generator=draw)
    ids = torch.randint(10, 32, (n, 8), generator=draw)
    ids[:, 0] = labels
    return ids, labels


def answers(model, ids):
    return model(input_ids=ids).logits[:, -1, 5:8]


def train(model, seed):
    steps = torch.optim.AdamW((weight for weight in model.parameters() if weight.requires_grad), lr=2e-3)
    for step in range(150):
        ids, labels = rows(32, 1000 * seed + step)
        torch.nn.functional.cross_entropy(answers(model, ids), labels).backward()
        steps.step()
        steps.zero_grad()


def measured(model):
    """Accuracy and loss."""
    ids, labels = rows(500, 7)
    with torch.no_grad():
        found = answers(model, ids)
        return (found.argmax(1) == labels).float().mean().item(), torch.nn.functional.cross_entropy(found, labels).item()


def change(layer, name):
    """What the adapter adds to the layer's weights."""
    return layer.scaling[name] * layer.lora_B[name].weight.data @ layer.lora_A[name].weight.data


as_seen = True
print(f"peft {peft.__version__}:         size   accuracy, loss by hand   of the mixture", flush=True)
for rank, rslora in ((16, False), (16, True), (64, False), (64, True)):
    settings = LoraConfig(r=rank, lora_alpha=rank, use_rslora=rslora, target_modules=LAYERS)
    model = get_peft_model(copy.deepcopy(base), settings, adapter_name="one")
    train(model, 1)
    model.add_adapter("two", settings)
    model.set_adapter("two")
    train(model, 2)
    layers = {name: layer for name, layer in model.base_model.model.named_modules() if isinstance(layer, LoraLayer)}
    for weights, way in (({"one": 1.0}, "svd"), ({"one": 0.5, "two": 0.5}, "cat")):
        model.add_weighted_adapter(list(weights), list(weights.values()), way, combination_type=way)
        model.set_adapter(way)
        by_hand, norms = copy.deepcopy(base), []
        for name, layer in layers.items():
            wanted = sum(weight * change(layer, one) for one, weight in weights.items())
            by_hand.get_submodule(name).weight.data += wanted
            norms.append((change(layer, way).norm(), wanted.norm()))
        size = math.hypot(*(given for given, _ in norms)) / math.hypot(*(wanted for _, wanted in norms))
        right, found = measured(by_hand), measured(model)
        what = f"{'rsLoRA' if rslora else 'LoRA':6} {rank}, {'one' if len(weights) == 1 else 'mean of two'}"
        print(f"  {what:23} {size:5.2f}       {right[0]:.2f}, {right[1]:.3f}         {found[0]:.2f}, {found[1]:.3f}", flush=True)
        root = math.sqrt(rank * len(weights)) if rslora else 1
        as_seen &= abs(size / root - 1) < 0.01 and right[0] > 0.95
        as_seen &= found[1] > right[1] + 0.03 if rank * rslora == 64 else found[0] > 0.9
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python -W ignore mixed.py

#!/usr/bin/env bash
# mergekit 0.1.5: for changes as small as fine-tuning makes them, `sce` gives all models the same weight, and `arcee_fusion` takes
# weights by rounding errors.
#
# SCE (arXiv 2408.07990) merges models of one base: in each matrix a model counts by the mean square of its changes. mergekit does
# so only if these mean squares add up to 1e-6 or more, else all models count alike. For two models 1e-6 is reached when both have
# moved each weight by .0007: at a learning rate of 2e-5 that takes AdamW 35 steps in one direction, and far more if steps cancel.
# A model that learned much then counts no more than one that hardly moved, and matrices just above the limit follow the paper.
# `arcee_fusion` takes a weight over from the second model if its change times the KL divergence of its row (after a softmax, in the
# models' dtype, here float32) is large. The divergence grows with the square of the changes and sinks into the rounding of the
# softmax: for some rows it is below 0, which no divergence can be. Neither gives a warning, and how well the merged model does is then
# taken for a result of the method. Compare what the merged weights took from each model with the formula, as below.
#
# Here: a small Llama with random weights and two models trained from it in float32 to tell which of three tokens begins a row, for 120
# steps and for 40, from 2e-5 down to 0; then both again with ten times their changes. Weights by the paper and divergences are
# computed in float64.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), transformers 5.24.0:
#   mergekit 0.1.5:
#                                           sce: weight of the first   arcee_fusion: rows with a    weights it takes
#                 size of the changes     in the file, by the paper   divergence below 0           that it should
#     as trained  0.00053 and 0.00021            0.50          0.87                       0.07                 0.57
#     ten times   0.00526 and 0.00210            0.87          0.87                       0.00                 1.00
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 mergekit==0.1.5 transformers==5.24.0
cat > small.py <<'PYTHON'
import math
import sys
from importlib.metadata import version

import torch
from mergekit.config import MergeConfiguration
from mergekit.merge import run_merge
from mergekit.options import MergeOptions
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

sizes = {"vocab_size": 32, "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4}
torch.manual_seed(0)
base = LlamaForCausalLM(LlamaConfig(**sizes))
base.save_pretrained("base")
start = {name: tensor.clone() for name, tensor in base.state_dict().items()}
matrices = [name for name in start if "proj" in name]


def trained(n_steps, seed):
    """The weights after learning which of three tokens begins a row, for a while."""
    base.load_state_dict(start)
    draw, steps = torch.Generator().manual_seed(seed), torch.optim.AdamW(base.parameters(), weight_decay=0)
    for step in range(n_steps):
        steps.param_groups[0]["lr"] = 2e-5 * (1 - step / n_steps)
        labels = torch.randint(3, (16,), generator=draw)
        ids = torch.randint(10, 32, (16, 8), generator=draw)
        ids[:, 0] = labels
        torch.nn.functional.cross_entropy(base(input_ids=ids).logits[:, -1, 5:8], labels).backward()
        steps.step()
        steps.zero_grad()
    return {name: tensor.clone() for name, tensor in base.state_dict().items()}


def merged(method, *models):
    """What mergekit adds to the base's matrices."""
    folder = "-".join((method, *models))
    wanted = {"merge_method": method, "base_model": "base", "dtype": "float32", "models": [{"model": one} for one in models]}
    options = MergeOptions(copy_tokenizer=False, write_model_card=False, quiet=True)
    run_merge(MergeConfiguration.model_validate(wanted), folder, options=options)
    made = load_file(f"{folder}/model.safetensors")
    return {name: made[name].double() - start[name].double() for name in matrices}


def weight_in(found, one, other):
    """w, if `found` is w * one + (1 - w) * other where the two have the same sign."""
    at = one.sign() == other.sign()
    apart = (one - other)[at]
    return ((found - other)[at] @ apart / (apart @ apart)).item()


def importance(new, old):
    """By arcee_fusion's formula: the change of each weight times its row's KL divergence."""
    p, q = new.softmax(-1), old.softmax(-1)
    return (new - old).abs() * (p * (p / q).log()).sum(-1, keepdim=True)


def largest(values):
    ordered = values.flatten().sort().values
    low, middle, high = (ordered[int(share * (len(ordered) - 1))] for share in (0.25, 0.5, 0.75))
    return values >= middle + 1.5 * (high - low)


def flat(values):
    return torch.cat([values[name].flatten() for name in matrices])


models = {"long": trained(120, 1), "short": trained(40, 2)}
as_seen = True
print(f"mergekit {version('mergekit')}:")
print("                                        sce: weight of the first   arcee_fusion: rows with a    weights it takes")
print("              size of the changes     in the file, by the paper   divergence below 0           that it should", flush=True)
for factor in (1, 10):
    changes = {}
    for model, weights in models.items():
        moved = {name: start[name] + factor * (weights[name] - start[name]) for name in start}
        base.load_state_dict(moved)
        base.save_pretrained(f"{model}-{factor}")
        changes[model] = {name: moved[name].double() - start[name].double() for name in matrices}
    size = [math.sqrt(flat(changes[model]).square().mean().item()) for model in models]
    found, weights, by_formula = merged("sce", *(f"{model}-{factor}" for model in models)), [], []
    for name in matrices:
        one, other = (changes[model][name] for model in models)
        weights.append(weight_in(found[name], one, other))
        squares = one.square().sum().item(), other.square().sum().item()
        by_formula.append(squares[0] / sum(squares))
    fused, chosen, right, negative, n_rows = merged("arcee_fusion", f"long-{factor}"), 0, 0, 0, 0
    for name in matrices:
        old, new = start[name], start[name] + changes["long"][name].float()
        took = fused[name].abs() > changes["long"][name].abs() / 2
        exact = largest(importance(new.double(), old.double()))
        chosen, right = chosen + took.sum().item(), right + (took & exact).sum().item()
        n_rows, negative = n_rows + len(old), negative + (importance(new, old).sum(-1) < 0).sum().item()
    weight, wanted = sum(weights) / len(weights), sum(by_formula) / len(by_formula)
    kept = right / chosen
    name = "as trained" if factor == 1 else "ten times"
    print(f"  {name:10}  {size[0]:.5f} and {size[1]:.5f}     {weight:11.2f}  {wanted:12.2f}", end="")
    print(f"   {negative / n_rows:24.2f}   {kept:18.2f}", flush=True)
    as_seen &= wanted > 0.8 and (abs(weight - 0.5) if factor == 1 else abs(weight - wanted)) < 0.01
    as_seen &= negative > 0 and kept < 0.8 if factor == 1 else negative == 0 and kept > 0.98
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python -W ignore small.py 2> said || { cat said; exit 1; }

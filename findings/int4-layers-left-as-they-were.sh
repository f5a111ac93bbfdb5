#!/usr/bin/env bash
# torchao 0.18.0: `Int4WeightOnlyConfig` leaves each layer as it was whose number of inputs its groups do not divide, without a
# message; with 128 weights a group, its default, that is 75 % of the weights of SmolLM2-135M and SmolLM2-360M.
#
# If a layer's inputs are not a multiple of `group_size`, the weight is returned as it is, and this is logged at the level INFO, which Python
# does not show by default. `quantize_` succeeds, the model becomes smaller, and who compares it with the original finds that quantisation
# costs little, because most of the model was not quantised. In the two models six of the seven linear maps of each layer have 576 or
# 960 inputs, which is 4.5 or 7.5 groups; only the one back from the feed-forward part has a multiple of 128. `IntxWeightOnlyConfig`
# raises an error for the same layers. Use a `group_size` that divides all layers (64 or 32 here), and count the
# quantised weights, as below.
#
# Here: one decoder layer in the shapes of each model, with random weights. The share of its weights that `Int4WeightOnlyConfig` leaves as
# they were, and how many messages it writes. (Its packing needs a GPU; so only the layers that it leaves are given to it, and their
# weights are compared.) Then, with the variant for CPUs, `PrototypeInt4WeightOnlyConfig`, which does the same: the share that is
# quantised, and the mean change of the outputs of the seven maps relative to their size, with groups of 128 and of 64.
#
# Seen with Python 3.11, torch 2.13.0 (CPU):
#   torchao 0.18.0, torch 2.13.0+cpu
#                    left as it was  messages    quantised, 128 a group  change    64 a group  change
#   SmolLM2-135M               0.75         0                      0.25   0.009          1.00   0.064
#   SmolLM2-360M               0.75         0                      0.25   0.009          1.00   0.064
#   of width 1,024             0.00         0                      1.00   0.065          1.00   0.064
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check torchao==0.18.0 torch==2.13.0 numpy==2.4.6
cat > left.py <<'PYTHON'
import contextlib
import io
import sys
import warnings
from copy import deepcopy
from importlib.metadata import version

import torch
from torch import nn
from torchao.prototype.quantization.int4 import PrototypeInt4WeightOnlyConfig
from torchao.quantization import Int4WeightOnlyConfig, quantize_

SHAPES = {"SmolLM2-135M": (576, 192, 1536), "SmolLM2-360M": (960, 320, 2560), "of width 1,024": (1024, 256, 4096)}


def uneven(one):
    return one.in_features % 128 != 0


def decoder_layer(width, keys, inner):
    """The linear maps of a decoder layer of the Llama kind: queries, keys, values, output, gate, up, down."""
    maps = [(width, width), (width, keys), (width, keys), (width, width), (width, inner), (width, inner), (inner, width)]
    return nn.ModuleList(nn.Linear(*shape, bias=False) for shape in maps).to(torch.bfloat16)


def share(layer, chosen):
    return sum(one.in_features * one.out_features for one in layer if chosen(one)) / sum(one.in_features * one.out_features for one in layer)


def quantised(layer, config, chosen=lambda one: True):
    """A quantised copy, and whatever was said while it was made."""
    copy = deepcopy(layer)
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stderr(io.StringIO()) as said:
        warnings.simplefilter("always")
        quantize_(copy, config, filter_fn=lambda one, name: isinstance(one, nn.Linear) and chosen(one))
    return copy, [str(one.message) for one in warned if "kipping" in str(one.message)] + [line for line in said.getvalue().splitlines() if "kipping" in line]


def change(layer, other):
    changes = []
    for before, after in zip(layer, other):
        inputs = torch.randn(64, before.in_features, dtype=torch.bfloat16)
        with torch.no_grad():
            changes.append(((after(inputs) - before(inputs)).abs().mean() / before(inputs).abs().mean()).item())
    return sum(changes) / len(changes)


torch.manual_seed(0)
print(f"torchao {version('torchao')}, torch {version('torch')}")
print("                 left as it was  messages    quantised, 128 a group  change    64 a group  change")
as_seen = True
for name, shape in SHAPES.items():
    layer = decoder_layer(*shape)
    same, messages = quantised(layer, Int4WeightOnlyConfig(), uneven)
    left = share(layer, uneven)
    as_seen &= not messages and all(type(one.weight.data) is torch.Tensor and torch.equal(one.weight, other.weight) for one, other in zip(same, layer))
    cells = []
    for size in (128, 64):
        other, told = quantised(layer, PrototypeInt4WeightOnlyConfig(group_size=size))
        messages += told
        places = {id(one): at for at, one in enumerate(layer)}
        part = share(layer, lambda one: type(other[places[id(one)]].weight.data) is not torch.Tensor)
        cells += [part, change(layer, other)]
    print(f"{name:15}{left:16.2f}{len(messages):10}{cells[0]:26.2f}{cells[1]:8.3f}{cells[2]:14.2f}{cells[3]:8.3f}", flush=True)
    as_seen &= not messages and cells[2] == 1 and abs(left - (0 if shape[0] == 1024 else 0.75)) < 0.01 and abs(cells[0] + left - 1) < 1e-9
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore left.py 2> said || { cat said; exit 1; }

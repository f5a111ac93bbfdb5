#!/usr/bin/env bash
# transformers 5.23.0: a checkpoint in bf16 is loaded and trained in bf16, where most weights are too large for a step to change
# them; `bf16=True` does not help.
#
# Since version 5 `from_pretrained` keeps the files' dtype, which is bf16 for nearly all language models. A Trainer (or your own
# loop) trains the weights in that dtype. A number in bf16 has 8 significant bits: the numbers around .02 are .00012 apart, and
# the next above 1 is 1.0078. A step of AdamW is about as long as the learning rate. A step shorter than half the distance to the
# next number is rounded back, now and every time after: the weight never moves. At 2e-5 that holds for every weight above .0078,
# which is about two in three of an initialisation with .02, and for the norms, which are 1. Weights that do move jump up or back
# by whole steps. The loss goes down a little, there is no warning, and "training hardly changed the model" is taken for a
# finding. `TrainingArguments(bf16=True)` suggests that fp32 weights are kept as well, but it only computes in bf16 with the
# weights there are, none of which are fp32. The remedy is `from_pretrained(..., dtype=torch.float32)`, with `bf16=True` or
# without. peft keeps LoRA's weights in fp32.
#
# Here: a small Llama with random weights (standard deviation .02), saved in bf16; a head for three labels; 200 steps of 16 rows
# at a constant 2e-5.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), accelerate 1.15.0 (share of all weights that changed, share of the norms' weights that changed, and the distance that all moved):
#   as it is loaded            bfloat16  0.29, 0.00, 0.063
#   as it is loaded, bf16=True bfloat16  0.29, 0.00, 0.063
#   dtype=torch.float32        float32   1.00, 1.00, 0.183
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1
cat > train.py <<'PYTHON'
import sys

import torch
import transformers
from transformers import (
    AutoModelForSequenceClassification, LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments
)

torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=200, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, pad_token_id=0
)
LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained("base")
rows = [{"input_ids": torch.randint(3, 200, (12,)), "labels": place % 3} for place in range(640)]


def trained(what, bf16=False, **loading):
    """Shares of all weights and of the norms that five epochs change, and the distance that all move."""
    torch.manual_seed(2)
    model = AutoModelForSequenceClassification.from_pretrained("base", num_labels=3, **loading)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    settings = TrainingArguments(
        "out", num_train_epochs=5, learning_rate=2e-5, lr_scheduler_type="constant", per_device_train_batch_size=16,
        bf16=bf16, report_to="none", save_strategy="no", logging_strategy="no", disable_tqdm=True, use_cpu=True,
    )
    Trainer(model, settings, train_dataset=rows).train()
    moved = {name: weight != before[name] for name, weight in model.named_parameters()}
    ways = [(weight.float() - before[name].float()).square().sum() for name, weight in model.named_parameters()]
    of_all = torch.cat([one.flatten() for one in moved.values()]).float().mean().item()
    of_norms = torch.cat([one for name, one in moved.items() if "norm" in name]).float().mean().item()
    way = sum(ways).sqrt().item()
    dtype = str(model.dtype).removeprefix("torch.")
    print(f"transformers {transformers.__version__}: {what:25} {dtype:9} {of_all:.2f}, {of_norms:.2f}, {way:.3f}", file=sys.__stdout__)
    return of_all, of_norms, way


as_loaded = trained("as it is loaded")
mixed = trained("as it is loaded, bf16=True", bf16=True)
whole = trained("dtype=torch.float32", dtype=torch.float32)
stuck = all(of_all < 0.5 and of_norms == 0 and way < whole[2] / 2 for of_all, of_norms, way in (as_loaded, mixed))
sys.exit(not (stuck and whole[0] > 0.95 and whole[1] > 0.95))
PYTHON
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 transformers==5.23.0 accelerate==1.15.0
env/bin/python train.py 2>/dev/null | grep ^transformers

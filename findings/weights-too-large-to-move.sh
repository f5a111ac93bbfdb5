#!/usr/bin/env bash
# transformers 5.23.0: a checkpoint in bf16 is loaded and trained in bf16, where most weights are too large for a step to change them; `bf16=True` does not help.
#
# Since version 5 `from_pretrained` keeps the files' dtype, which for nearly all language models is bf16. A Trainer (and a loop of one's own) trains what it is
# given. A number in bf16 has 8 bits: next to .02 stands .02006 or .02012, next to 1 stands 1.0078. A step of AdamW is about as long as the learning rate, and one that is shorter than half
# the way to the next number is rounded back, in this step and in every one that follows: the weight stays for ever. At 2e-5 that holds for every weight above .005, about two in
# three of an initialisation with .02, and for the norms, which are 1. What does move jumps, up or back, by whole steps. The loss goes down a little, nothing warns, and a
# model that "training hardly changed" is taken for a finding. `TrainingArguments(bf16=True)` reads as if fp32 weights were kept beside; it only computes in bf16 what is
# there, and in fp32 there is nothing. `from_pretrained(..., dtype=torch.float32)` is the remedy, with `bf16=True` or without. peft holds the weights of LoRA in fp32.
#
# Here: a small Llama with weights by lot (standard deviation .02), saved in bf16; a head for three labels; 200 steps of 16 rows at a constant 2e-5.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), accelerate 1.15.0 (share of weights that have changed, of those of the norms, and how far all went together):
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
    """Shares of all weights and of norms that five epochs have changed, and the way that all have gone."""
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

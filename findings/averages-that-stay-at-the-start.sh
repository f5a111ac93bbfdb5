#!/usr/bin/env bash
# trl 1.16.0: by its defaults, `BEMACallback` saves the model before training if training takes fewer than 400 steps, and one that is
# a third of the way to the trained one after 1,000 or 4,000.
#
# BEMA is a moving average of the weights with a correction that is to keep it from lagging behind. In the documented formula each step's
# average follows from that of the step before, with a weight of (10 + t)^-.5 for step t. In fact it begins at the model before training
# and only takes in every 400th step (`update_freq`), with the same small weights: .05 at step 400, .035 at 800. After 4,000
# steps, three quarters of the average are still the model before training. The correction adds the trained model's change, times
# (10 + t)^-.2, which is .30 at step 400 and .19 at 4,000. Of what was learned after the last multiple of 400, nothing is in it.
# The callback saves the result as `bema` in the output folder; the log of the training is of the trained model. So BEMA seems not to
# work, or to forget less. Pass `update_freq=1`, or 20 if copying the weights takes too long, and test the saved model.
#
# Here: a small Llama knows which of twelve tokens belongs to the first word of a row; then it is trained on 4,000 rows with another rule
# (AdamW, learning rate 5e-4, batches of 16). For 1,000 other rows: accuracy by the new rule of the trained model and of the one in
# `bema`, accuracy of the latter by the old rule, and its way: its change of weights along the change of the trained model, divided by that.
# Then the accuracy and the way of averages with other values of `update_freq`, made in the same trainings.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), transformers 5.24.0, datasets 5.2.0:
#   trl 1.16.0:                       accuracy by the new rule   old rule    way  update_freq=20  update_freq=1
#     steps  seed               trained model   bema      bema   bema    accuracy way    accuracy way
#       390     1                        1.00   0.00      1.00   0.00       1.00 0.97        1.00 1.30
#      1000     1                        1.00   0.00      1.00   0.33       1.00 1.07        1.00 1.25
#      1000     2                        1.00   0.00      1.00   0.33       1.00 1.07        1.00 1.25
#      1000     3                        1.00   0.00      1.00   0.33       1.00 1.07        1.00 1.25
#      4000     1                        1.00   0.00      1.00   0.37       1.00 1.13        1.00 1.19
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check \
    torch==2.13.0 trl==1.16.0 transformers==5.24.0 datasets==5.2.0
cat > at_the_start.py <<'PYTHON'
import contextlib
import copy
import io
import sys

import torch
import transformers
import trl
from torch.utils.data import Dataset
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments, set_seed

transformers.utils.logging.disable_progress_bar()


class Rows(Dataset):
    """Eight words and the answer that belongs to the first; another `rule` has other answers for all of them."""

    def __init__(self, n, seed, rule):
        words = torch.randint(16, 64, (n, 8), generator=torch.Generator().manual_seed(seed))
        self.ids = torch.cat([words, 3 + (words[:, :1] + rule) % 12], dim=1)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, number):
        ids = self.ids[number]
        return {"input_ids": ids, "labels": ids.where(torch.arange(9) == 8, -100)}


def accuracy(model, rule):
    ids = Rows(1000, 7, rule).ids
    model.eval()
    with torch.no_grad():
        return (model(input_ids=ids[:, :8]).logits[:, -1].argmax(1) == ids[:, 8]).double().mean().item()


def flat(model):
    return torch.cat([value.detach().flatten() for value in model.parameters()])


def trained(model, rows, steps, seed, rate, callbacks=()):
    args = TrainingArguments(
        output_dir="out", per_device_train_batch_size=16, max_steps=steps, learning_rate=rate, seed=seed, use_cpu=True,
        save_strategy="no", logging_strategy="no", report_to="none", disable_tqdm=True,
    )  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        Trainer(model, args, train_dataset=rows, callbacks=list(callbacks)).train()
    return model


set_seed(0)
sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
new = LlamaForCausalLM(LlamaConfig(vocab_size=64, pad_token_id=0, bos_token_id=None, eos_token_id=1, **sizes))
before = trained(new, Rows(4000, 1, rule=0), 600, 0, 2e-3)
print(f"trl {trl.__version__}: {'':21} accuracy by the new rule   old rule    way  update_freq=20  update_freq=1")
print(f"  steps  seed               trained model   bema      bema   bema    accuracy way    accuracy way", flush=True)
as_seen = accuracy(before, 0) > 0.99
for steps, seed in ((390, 1), (1000, 1), (1000, 2), (1000, 3), (4000, 1)):
    often = [trl.BEMACallback(update_freq=20), trl.BEMACallback(update_freq=1)]
    model = trained(copy.deepcopy(before), Rows(4000, 2, rule=5), steps, seed, 5e-4, [*often, trl.BEMACallback()])
    saved = LlamaForCausalLM.from_pretrained("out/bema")  # by the last callback
    change = flat(model) - flat(before)

    def told(average):
        return accuracy(average, 5), (((flat(average) - flat(before)) @ change) / (change @ change)).item()

    new_rule, way = told(saved)
    others = [told(callback.running_model) for callback in often]
    told_of_others = "   ".join(f"{right:9.2f} {moved:4.2f}" for right, moved in others)
    print(
        f"  {steps:5} {seed:5} {accuracy(model, 5):27.2f} {new_rule:6.2f} {accuracy(saved, 0):9.2f} {way:6.2f}  {told_of_others}", flush=True
    )
    as_seen &= accuracy(model, 5) > 0.99 and new_rule < 0.3 and others[1][0] > 0.99
    as_seen &= torch.equal(flat(saved), flat(before)) if steps < 400 else 0.25 < way < 0.45
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python -W ignore at_the_start.py 2> said || { cat said; exit 1; }

#!/usr/bin/env bash
# trl 1.16.0: `KTOTrainer` never shuffles. Of preference pairs it trains on all chosen answers first and on all rejected ones then, and
# no seed changes that.
#
# KTO learns from single answers, each marked as good or bad. If `KTOTrainer` is given preference pairs, it splits them, 1,000 pairs at a
# time: 1,000 chosen answers, then 1,000 rejected ones. Its sampler goes through the rows as they lie, in every epoch; other samplers
# are refused, because the KL of a batch was prepared from neighbouring rows. (The configuration names the sampler; nothing says what that
# does to pairs, or to a file of single answers that is sorted.) So nearly no batch has answers of both kinds. Training raises the
# probability of answers, then lowers it for as long, and what is left depends on the kind that comes last and on the number of steps. The
# log does not show it: the reward margin, which is said to tell progress, is missing but for the batch between the two kinds, and the
# loss ends lower than with rows that are mixed. And since `seed` decides nothing here, replicates of a model without dropout and without new
# weights are copies of one training, and their spread is 0. Split and shuffle the pairs yourself, with another seed for each
# replicate: `unpair_preference_dataset(pairs).shuffle(seed)`. (With smaller steps it matters less: at half the learning rate, pairs and mixed
# rows come out alike here, and with rejected answers first nothing is gained.)
#
# Here: a small Llama has learned from noisy labels which of twelve tokens begins a row; then KTO (beta .1, batches of 16, one
# epoch, learning rate 4e-4) on 1,000 pairs of the right answer and a wrong one: the same 2,000 rows in every line. For 1,000 other rows:
# accuracy, and the mean probability of the right answer. Last loss: mean of the last 10 steps. Margins: how many of the logs of
# 10 steps have `rewards/margins`.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), transformers 5.24.0, datasets 5.2.0:
#   trl 1.16.0: 1500 pairs are split into 1000, 1000, 500, 500 rows of one kind
#                                    accuracy  right answer  last loss  margins
#     before KTO                         0.82          0.27
#     pairs, seed 1                      0.47          0.10      0.401   1 of 12
#     pairs, seed 2                      0.47          0.10      0.401   1 of 12
#     rejected answers first             0.08          0.08      0.809   1 of 12
#     shuffled                           0.99          0.39      0.476  12 of 12
#     shuffled again                     0.92          0.42      0.472  12 of 12
#     weights after seeds 1 and 2: the same
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check \
    torch==2.13.0 trl==1.16.0 transformers==5.24.0 datasets==5.2.0
cat > in_order.py <<'PYTHON'
import contextlib
import copy
import io
import sys
from itertools import groupby

import datasets
import torch
import trl
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed
from trl.data_utils import unpair_preference_dataset

datasets.disable_progress_bars()
ANSWERS = [f"answer{number}" for number in range(12)]
WORDS = ["<pad>", "<eos>", "<unk>", *ANSWERS, *(f"w{number}" for number in range(49))]
by_word = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
by_word.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=by_word, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>")


def rows(n, seed):
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(12, (n,), generator=draw)
    ids = torch.randint(27, 64, (n, 8), generator=draw)
    ids[:, 0] = 15 + labels
    return ids, labels


def others(labels, seed):
    """A wrong answer for each."""
    return (labels + torch.randint(1, 12, labels.shape, generator=torch.Generator().manual_seed(seed))) % 12


def pairs(n, seed):
    """Prompts with the right answer and a wrong one."""
    ids, labels = rows(n, seed)
    chosen, rejected = ([f" {ANSWERS[label]}" for label in found.tolist()] for found in (labels, others(labels, seed + 1000)))
    texts = [" ".join(WORDS[number] for number in row) for row in ids.tolist()]
    return datasets.Dataset.from_dict({"prompt": texts, "chosen": chosen, "rejected": rejected})


def scores(model):
    """Accuracy and the mean probability of the right answer."""
    ids, labels = rows(1000, 7)
    model.eval()
    with torch.no_grad():
        found = model(input_ids=ids).logits[:, -1].double().softmax(-1)
    right = found[torch.arange(1000), 3 + labels]
    return (found.argmax(1) == 3 + labels).double().mean().item(), right.mean().item()


set_seed(0)
sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
base = LlamaForCausalLM(LlamaConfig(vocab_size=64, pad_token_id=0, bos_token_id=None, eos_token_id=1, **sizes))
steps = torch.optim.AdamW(base.parameters(), lr=2e-3)
for step in range(200):
    ids, labels = rows(32, 100 + step)
    wrong = torch.rand(32, generator=torch.Generator().manual_seed(step)) < 0.6
    labels = torch.where(wrong, others(labels, step), labels)
    whole = torch.cat([ids, 3 + labels[:, None], torch.ones(32, 1, dtype=torch.long)], dim=1)
    base(input_ids=whole, labels=whole.where(torch.arange(10) > 7, -100)).loss.backward()
    steps.step()
    steps.zero_grad()


def by_kto(dataset, seed):
    """The trained model, its last loss, and how many logs there are with a margin and in all."""
    args = trl.KTOConfig(
        output_dir="out", per_device_train_batch_size=16, learning_rate=4e-4, num_train_epochs=1, logging_steps=10, seed=seed,
        gradient_checkpointing=False, bf16=False, use_cpu=True, save_strategy="no", report_to="none", disable_tqdm=True,
    )  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        trainer = trl.KTOTrainer(
            copy.deepcopy(base), ref_model=copy.deepcopy(base), args=args, train_dataset=dataset, processing_class=tokenizer
        )
        trainer.train()
    logs = [log for log in trainer.state.log_history if "loss" in log]
    return trainer.model, logs[-1]["loss"], sum("rewards/margins" in log for log in logs), len(logs)


given = pairs(1000, 3)
apart = unpair_preference_dataset(given)
blocks = [len(list(rows)) for _, rows in groupby(unpair_preference_dataset(pairs(1500, 3))["label"])]
print(f"trl {trl.__version__}: 1500 pairs are split into {', '.join(map(str, blocks))} rows of one kind")
print("                                 accuracy  right answer  last loss  margins", flush=True)
print("  before KTO                     {:8.2f}  {:12.2f}".format(*scores(base)), flush=True)
found, weights = {}, {}
for name, rows_given, seed in (
    ("pairs, seed 1", given, 1),
    ("pairs, seed 2", given, 2),
    ("rejected answers first", apart.select([*range(1000, 2000), *range(1000)]), 1),
    ("shuffled", apart.shuffle(seed=1), 1),
    ("shuffled again", apart.shuffle(seed=2), 1),
):
    model, loss, margins, logs = by_kto(rows_given, seed)
    found[name] = *scores(model), loss, margins
    weights[name] = torch.cat([value.flatten() for value in model.state_dict().values()])
    print(f"  {name:30} {found[name][0]:8.2f}  {found[name][1]:12.2f}  {loss:9.3f} {margins:3} of {logs}", flush=True)
same = torch.equal(weights["pairs, seed 1"], weights["pairs, seed 2"])
print(f"  weights after seeds 1 and 2: {'the same' if same else 'different'}")
as_seen = same and blocks == [1000, 1000, 500, 500]
for mixed in ("shuffled", "shuffled again"):
    for sorted_ in ("pairs, seed 1", "rejected answers first"):
        as_seen &= found[sorted_][3] < 2 < found[mixed][3] and found[sorted_][1] < found[mixed][1] - 0.1
    as_seen &= found["pairs, seed 1"][2] < found[mixed][2] - 0.02
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python -W ignore in_order.py 2> said || { cat said; exit 1; }

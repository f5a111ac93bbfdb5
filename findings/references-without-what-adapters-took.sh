#!/usr/bin/env bash
# trl 1.16.0 with peft 0.21.2: with a PiSSA or OLoRA adapter, the reference model of DPO and GRPO is the base model without the
# part of its weights that the adapter took.
#
# These trainers measure how far a model has moved from a reference. If they are given a `peft_config`, the reference is the model
# with its adapter switched off. With LoRA, which starts at zero, that is the base. PiSSA (by SVD, the largest singular values) and
# OLoRA (by QR) take a part of each weight out of the base and start the adapter with it, so that without the adapter a remainder
# is left that was nobody's model. What the base knew then counts as learned: DPO's rewards begin with an accuracy of 1.00 and its
# loss below ln 2, GRPO's KL begins above 0, and its penalty pulls towards the remainder. PiSSA seems to learn faster than LoRA,
# and to move further. If a PeftModel is passed instead, the trainer adds a copy of its adapter as the reference. That takes a
# second part out of the weights, so the model that is trained is not the one that was passed. None of this gives a warning; peft
# warns of a second adapter only when one is loaded from a folder. KTO and RLOO choose the reference in the same way. With DPO,
# pass the base as `ref_model` besides the `peft_config`; GRPO accepts none. Check that DPO's loss before the first step is .693,
# and GRPO's KL 0.
#
# Here: a small Llama learns to tell which of twelve tokens begins a row; then DPO (beta .1) prefers the right answer to a wrong
# one. For 128 other pairs, before the first step and after 40: loss, share of pairs with a positive reward margin (accuracy; where
# all margins are 0, rounding decides) and mean margin. Moved: KL (nats) of the model about to be trained from the one that was
# given. GRPO: the KL that is logged for a step of size 0.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), transformers 5.24.0, peft 0.21.2, datasets 5.2.0:
#   trl 1.16.0: accuracy of the base 1.00
#                                    before the first step             after 40 steps          GRPO
#                             moved  loss  accuracy  margin     loss  accuracy  margin         KL
#     LoRA   peft_config       0.000 0.693      0.00    0.00    0.675      1.00    0.04      0.000
#     PiSSA  peft_config       0.000 0.467      1.00    0.53    0.416      1.00    0.67      1.406
#     PiSSA  PeftModel         0.168 0.693      0.00    0.00    0.609      1.00    0.18
#     PiSSA  ref_model         0.000 0.693      0.38    0.00    0.625      1.00    0.14
#     OLoRA  peft_config       0.000 0.503      1.00    0.44    0.459      1.00    0.55      0.807
#     OLoRA  PeftModel         0.004 0.693      0.00    0.00    0.635      1.00    0.12
#     OLoRA  ref_model         0.000 0.693      0.46    0.00    0.637      1.00    0.12
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check \
    torch==2.13.0 trl==1.16.0 peft==0.21.2 transformers==5.24.0 datasets==5.2.0
cat > reference.py <<'PYTHON'
import contextlib
import copy
import io
import sys

import datasets
import torch
import trl
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

datasets.disable_progress_bars()
LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
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


def pairs(n, seed):
    """Prompts with the right answer and a wrong one."""
    texts = [" ".join(WORDS[number] for number in ids) for ids in rows(n, seed)[0].tolist()]
    labels = rows(n, seed)[1].tolist()
    chosen, rejected = ([f" {ANSWERS[(label + by) % 12]}" for label in labels] for by in (0, 1))
    return datasets.Dataset.from_dict({"prompt": texts, "chosen": chosen, "rejected": rejected})


def first_words(model):
    model.eval()
    with torch.no_grad():
        return model(input_ids=rows(500, 7)[0]).logits[:, -1].double().log_softmax(-1)


set_seed(0)
sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
base = LlamaForCausalLM(LlamaConfig(vocab_size=64, pad_token_id=0, bos_token_id=None, eos_token_id=1, **sizes))
steps = torch.optim.AdamW(base.parameters(), lr=2e-3)
for step in range(100):
    ids, labels = rows(32, 100 + step)
    whole = torch.cat([ids, 3 + labels[:, None], torch.ones(32, 1, dtype=torch.long)], dim=1)
    base(input_ids=whole, labels=whole.where(torch.arange(10) > 7, -100)).loss.backward()
    steps.step()
    steps.zero_grad()
at_first = first_words(base)
SETTINGS = {"output_dir": "out", "report_to": "none", "use_cpu": True, "bf16": False, "disable_tqdm": True}
SETTINGS |= {"seed": 1, "logging_steps": 1, "save_strategy": "no"}


def adapter(init):
    return LoraConfig(r=8, lora_alpha=8, init_lora_weights=init, target_modules=LAYERS, task_type="CAUSAL_LM")


def by_dpo(init, way):
    """How far the model moved before the first step; loss, accuracy and margin before training and after."""
    set_seed(1)
    given = {"model": copy.deepcopy(base), "peft_config": adapter(init)}
    if way == "PeftModel":
        given = {"model": get_peft_model(copy.deepcopy(base), adapter(init))}
    if way == "ref_model":
        given["ref_model"] = copy.deepcopy(base)
    args = trl.DPOConfig(per_device_train_batch_size=16, max_steps=40, learning_rate=3e-4, **SETTINGS)
    trainer = trl.DPOTrainer(
        args=args, train_dataset=pairs(256, 3), eval_dataset=pairs(128, 4), processing_class=tokenizer, **given
    )
    before = first_words(trainer.model)
    found = [(before.exp() * (before - at_first)).sum(1).mean().item()]
    for trained in (False, True):
        if trained:
            trainer.train()
        scores = trainer.evaluate()
        found += (scores[f"eval_{name}"] for name in ("loss", "rewards/accuracies", "rewards/margins"))
    return found


def by_grpo(init):
    """The KL that is logged for a first step of size 0."""
    args = trl.GRPOConfig(
        per_device_train_batch_size=32, num_generations=8, max_completion_length=3, max_steps=1, learning_rate=0, beta=0.04, **SETTINGS
    )  # fmt: skip
    trainer = trl.GRPOTrainer(
        copy.deepcopy(base),
        lambda completions, **_: [float(len(text)) for text in completions],
        args=args,
        train_dataset=pairs(256, 3).select_columns("prompt"),
        processing_class=tokenizer,
        peft_config=adapter(init),
    )
    trainer.train()
    return trainer.state.log_history[0]["kl"]


right = (at_first.argmax(1) == 3 + rows(500, 7)[1]).double().mean().item()
print(f"trl {trl.__version__}: accuracy of the base {right:.2f}")
print("                                 before the first step             after 40 steps          GRPO", flush=True)
print("                          moved  loss  accuracy  margin     loss  accuracy  margin         KL", flush=True)
as_seen = True
for name, init in (("LoRA", True), ("PiSSA", "pissa"), ("OLoRA", "olora")):
    for way in ("peft_config",) if init is True else ("peft_config", "PeftModel", "ref_model"):
        with contextlib.redirect_stdout(io.StringIO()):
            moved, loss, accuracy, margin, *after = by_dpo(init, way)
            kl = by_grpo(init) if way == "peft_config" else None
        print(f"  {name:5}  {way:11}  {moved:10.3f} {loss:5.3f}  {accuracy:8.2f}  {margin:6.2f}", end="")
        print(f"    {after[0]:5.3f}  {after[1]:8.2f}  {after[2]:6.2f}  {'' if kl is None else f'{kl:9.3f}'}", flush=True)
        own = way == "peft_config" and init is not True
        as_seen &= (loss < 0.6 and accuracy > 0.95 and margin > 0.2) if own else abs(loss - 0.6931) < 1e-3
        as_seen &= (moved > 0.001) == (way == "PeftModel")
        as_seen &= kl is None or (kl > 0.1) == own
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python -W ignore reference.py 2> said || { cat said; exit 1; }

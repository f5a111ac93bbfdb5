#!/usr/bin/env bash
# trl 1.16.0: `SFTTrainer` drops rows whose prompt fills `max_length` (1,024 by default), from training and from evaluation,
# without a message.
#
# With prompts and completions the loss covers the completion. A row is first cut at `max_length`. If nothing of its completion is
# left, the row is removed. The only sign is the title of a progress bar, and there is none if bars are off, as in most logs. An
# epoch then has fewer steps, an arm has fewer rows than another with shorter prompts, long premises are missing altogether, and
# the evaluation loss covers only the short rows. A row with a part of its completion left is kept: the model learns to stop in
# the middle, without the end token. Check `len(trainer.train_dataset)` and its labels.
#
# Here: 16 rows. 8 have a prompt of 40 tokens, and one has a completion that passes the limit of 16 half-way.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), transformers 5.24.0, datasets 5.2.0:
#   trl 1.16.0: of 16 rows 8 are trained on, 8 evaluated on
#   warns about it: False
#   what is learned of 'w3 w4 w5 w6': ['w3', 'w4']
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 trl==1.16.0 transformers==5.24.0 datasets==5.2.0
cat > dropped.py <<'PYTHON'
import contextlib
import io
import logging
import sys
import warnings

import datasets
import trl
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

datasets.disable_progress_bars()
words = {"<pad>": 0, "<eos>": 1, "<unk>": 2} | {f"w{number}": number + 3 for number in range(10)}
by_word = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
by_word.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=by_word, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
)
model = LlamaForCausalLM(
    LlamaConfig(
        vocab_size=13, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, pad_token_id=0, bos_token_id=1, eos_token_id=1,
    )
)
rows = [{"prompt": "w1 " * (40 if number % 2 else 8), "completion": "w2"} for number in range(16)]
rows[0] = {"prompt": "w1 " * 14, "completion": "w3 w4 w5 w6"}
table = datasets.Dataset.from_list(rows)
said = io.StringIO()
logging.getLogger().addHandler(logging.StreamHandler(said))
for library in ("trl", "datasets", "transformers"):
    logging.getLogger(library).addHandler(logging.StreamHandler(said))
with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
    warnings.simplefilter("always")
    trainer = trl.SFTTrainer(
        model=model,
        args=trl.SFTConfig(output_dir="out", max_length=16, report_to=[], use_cpu=True, bf16=False, save_strategy="no"),
        train_dataset=table,
        eval_dataset=table,
        processing_class=tokenizer,
    )
told = said.getvalue() + " ".join(str(each.message) for each in warned)
learned = [[token for token in labels if token != -100] for labels in trainer.train_dataset["labels"]]
cut = tokenizer.convert_ids_to_tokens(learned[0])
print(f"trl {trl.__version__}: of {len(rows)} rows {len(learned)} are trained on, {len(trainer.eval_dataset)} evaluated on")
print(f"warns about it: {any(word in told.lower() for word in ('drop', 'mask', 'truncat', 'max_length'))}")
print(f"what is learned of 'w3 w4 w5 w6': {cut}")
quiet = not any(word in told.lower() for word in ("drop", "mask", "truncat", "max_length"))
sys.exit(not (len(learned) == len(trainer.eval_dataset) == 8 and quiet and cut == ["w3", "w4"]))
PYTHON
env/bin/python dropped.py

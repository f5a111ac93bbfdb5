#!/usr/bin/env bash
# transformers 5.23.0: for a model folder without its tokenizer, AutoTokenizer makes one that knows no words.
#
# If a folder has a `config.json` and no tokenizer file (a download cut short, a `save_pretrained` of only the model),
# `AutoTokenizer.from_pretrained` raises for Llama and ModernBERT. For BERT, RoBERTa, DeBERTa-v2 and GPT-2 it returns a tokenizer
# with nothing but special tokens. BERT then reads every word as [UNK], and RoBERTa and GPT-2 read nothing at all: a classifier
# trains, saves and predicts without an error, and sees no text.
#
# Seen with transformers 5.23.0, Python 3.11:
#   bert: 5 tokens, 'The doctor slept.' is ['[CLS]', '[UNK]', '[UNK]', '[UNK]', '[UNK]', '[SEP]']
#   roberta: 5 tokens, 'The doctor slept.' is ['<s>', '</s>']
#   deberta-v2: 5 tokens, 'The doctor slept.' is ['[CLS]', '[UNK]', '[UNK]', '[UNK]', '[SEP]']
#   gpt2: 1 tokens, 'The doctor slept.' is []
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check transformers==5.23.0
HF_HUB_OFFLINE=1 venv/bin/python - 2>/dev/null <<'PYTHON'
import transformers
from transformers import AutoConfig, AutoTokenizer

for kind in ("bert", "roberta", "deberta-v2", "gpt2"):
    AutoConfig.for_model(kind).save_pretrained(kind)
    tokenizer = AutoTokenizer.from_pretrained(kind)
    read = tokenizer.convert_ids_to_tokens(tokenizer("The doctor slept.")["input_ids"])
    print(f"{kind}: {len(tokenizer.get_vocab())} tokens, 'The doctor slept.' is {read}")
    assert set(tokenizer.get_vocab()) == set(tokenizer.all_special_tokens), tokenizer.get_vocab()
PYTHON

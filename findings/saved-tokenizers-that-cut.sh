#!/usr/bin/env bash
# transformers 5.23.0 and tokenizers 0.23.3: a saved tokenizer keeps how it last truncated and padded a text, and what reads its
# tokenizer.json truncates too.
#
# `truncation=True, max_length=4` looks like an option of one call. It is a state of the Rust tokenizer, which every call by
# transformers sets again. `save_pretrained` writes it into `tokenizer.json`, and so does every checkpoint of a Trainer that has a
# `processing_class`. transformers itself reads the file and discards the setting at the next call. tokenizers
# (`Tokenizer.from_file`, from Python or Rust) obeys it: every text is cut where the last batch was, and short ones are filled
# with padding ids, without a message. So the same folder gives different inputs in the two libraries, and no text ever seems
# longer than the limit. Which of two checkpoints truncates depends on the last call before each was saved: after one call without
# truncation the next file is free of it. Code that reads such a file itself should first call `no_truncation()` and
# `no_padding()`. `padding_side` and `truncation_side`, which are set on the tokenizer and look like its state, are not saved.
#
# Here: a tokenizer of words, a text of 6 words and one of 1, with a token before and a token after each.
#
# Seen with Python 3.11 (tokens of the two texts):
#   transformers 5.23.0, tokenizers 0.23.3
#   saved after a call that cut at 4:     by transformers 8 and 3, by tokenizers 4 and 4
#   saved after a call that cut nothing:  by transformers 8 and 3, by tokenizers 8 and 3
#   padding_side, truncation_side: left, left when saved; right, right when read
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3
cat > saved.py <<'PYTHON'
import sys

import tokenizers
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

words = {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3} | {f"w{number}": number + 4 for number in range(10)}
by_word = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
by_word.pre_tokenizer = pre_tokenizers.Whitespace()
by_word.post_processor = processors.TemplateProcessing(
    single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
)
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=by_word, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
)
texts = ["w1 w2 w3 w4 w5 w6", "w1"]


def read(folder):
    """Numbers of tokens of each text, read from one folder by transformers and by tokenizers."""
    ours = AutoTokenizer.from_pretrained(folder)
    theirs = Tokenizer.from_file(f"{folder}/tokenizer.json")
    return [len(ours(text)["input_ids"]) for text in texts], [len(theirs.encode(text).ids) for text in texts]


def told(counts):
    return "by transformers {} and {}, by tokenizers {} and {}".format(*counts[0], *counts[1])


print(f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}")
tokenizer(texts, truncation=True, max_length=4, padding="max_length")
tokenizer.save_pretrained("cutting")
cutting = read("cutting")
print(f"saved after a call that cut at 4:     {told(cutting)}")
tokenizer(texts)
tokenizer.padding_side = tokenizer.truncation_side = "left"
tokenizer.save_pretrained("whole")
whole = read("whole")
print(f"saved after a call that cut nothing:  {told(whole)}")
again = AutoTokenizer.from_pretrained("whole")
print(f"padding_side, truncation_side: left, left when saved; {again.padding_side}, {again.truncation_side} when read")
as_seen = cutting == ([8, 3], [4, 4]) and whole == ([8, 3], [8, 3])
sys.exit(not (as_seen and again.padding_side == again.truncation_side == "right"))
PYTHON
HF_HUB_OFFLINE=1 env/bin/python saved.py

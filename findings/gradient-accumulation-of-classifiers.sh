#!/usr/bin/env bash
# transformers 5.23.0: with gradient_accumulation_steps=G the Trainer trains a classifier on G times the mean loss, and logs the
# larger loss.
#
# If the model's `forward` takes keyword arguments, the Trainer does not divide the loss by G. It relies on the model to divide by
# `num_items_in_batch`, which it passes. Causal language models do so. The loss of sequence classifiers accepts the argument but
# does not use it, so G means add up. With AdamW and without clipping the size of a gradient hardly matters, and runs look alike.
# With clipping, SGD, or a learning rate tuned for one G, they differ. With G=1, with label smoothing, or with your own
# `compute_loss_func`, the loss is right.
#
# Seen with transformers 5.23.0, accelerate 1.15.0, torch 2.13.0 (CPU), Python 3.11, one step of 8 rows by SGD:
#   gradient for G=4 over that for G=1: 4.00 (BERT, Llama); with label smoothing 1.00; of a causal language model 1.00
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.23.0 accelerate==1.15.0
HF_HUB_OFFLINE=1 venv/bin/python - <<'PYTHON'
import torch
import transformers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    Trainer,
    TrainingArguments,
)

transformers.utils.logging.set_verbosity_error()
sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 50}
torch.manual_seed(0)
ids = torch.randint(3, 50, (8, 6))


def step(kind, config, g, **how):
    """The change that one step of SGD makes to the head, for 8 rows in G parts."""
    torch.manual_seed(1)
    model = kind(config).eval()
    for module in model.modules():  # dropout would differ from part to part
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    causal = kind is LlamaForCausalLM
    rows = [{"input_ids": row, "labels": row if causal else torch.tensor(n % 2)} for n, row in enumerate(ids)]
    arguments = TrainingArguments(
        output_dir="out", max_steps=1, per_device_train_batch_size=8 // g, gradient_accumulation_steps=g,
        learning_rate=1.0, lr_scheduler_type="constant", optim="sgd", max_grad_norm=0.0, report_to="none",
        save_strategy="no", logging_strategy="no", disable_tqdm=True, use_cpu=True, **how,
    )
    head = dict(model.named_parameters())[{"Bert": "classifier.weight"}.get(kind.__name__[:4], "lm_head.weight" if causal else "score.weight")]
    before = head.detach().clone()
    Trainer(model=model, args=arguments, train_dataset=rows).train()
    return (head.detach() - before).norm().item()


def ratio(kind, config, **how):
    return step(kind, config, 4, **how) / step(kind, config, 1, **how)


bert = BertConfig(**sizes, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
llama = LlamaConfig(**sizes, num_labels=2, pad_token_id=0)
found = {
    "BERT classifier": ratio(BertForSequenceClassification, bert),
    "Llama classifier": ratio(LlamaForSequenceClassification, llama),
    "BERT classifier, label smoothing": ratio(BertForSequenceClassification, bert, label_smoothing_factor=0.1),
    "Llama, causal": ratio(LlamaForCausalLM, LlamaConfig(**sizes, pad_token_id=0, tie_word_embeddings=False)),
}
print(f"transformers {transformers.__version__}: gradient for G=4 over that for G=1")
for name, value in found.items():
    print(f"  {name}: {value:.2f}")
wanted = dict(zip(found, (4.0, 4.0, 1.0, 1.0)))
assert all(abs(value - wanted[name]) < 0.05 for name, value in found.items()), found
PYTHON

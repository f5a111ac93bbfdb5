#!/usr/bin/env bash
# setfit 1.2.0: `DistillationTrainer` gives every pair of texts the target 1, whatever the teacher says of them, and the student
# learns that all texts are alike.
#
# Distillation shows a student pairs of unlabelled texts, each with the teacher's similarity of the two. `ContrastiveDistillationDataset`
# makes the pairs while every text still has the number 0, and numbers the texts afterwards. So each pair gets the entry (0, 0) of
# the teacher's matrix, the similarity of the first text to itself. The body of the student then has nothing to learn but to give
# one vector to all texts; only its head, which learns the teacher's labels, knows of the teacher. The loss comes close to 0, lower than
# with the right targets, as if distillation had gone well, and there is no warning. What is then reported of the student, such as
# how much accuracy a smaller model loses or what unlabelled or synthetic text is worth, is about another training: here the student
# is worse than one whose body is not trained at all. Check the spread of the embeddings (`model_body.encode`); to distil, train the
# body with sentence-transformers on pairs with the teacher's similarities.
#
# Here: texts of words of which two tell the label; a small BERT with random weights as teacher (48 labelled rows), a smaller one
# as student (48 unlabelled rows). For 400 new rows: the mean similarity of two with the same label and of two with different ones, and
# accuracy. The last line is the same training with the targets replaced by the teacher's similarities.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), sentence-transformers 6.2.0, transformers 5.24.0, datasets 5.2.0:
#   setfit 1.2.0:
#     targets of 1176 pairs: 1.00 to 1.00; the teacher's: -0.31 to 1.00, mean 0.63
#                                same label  different  accuracy
#     teacher                        0.85       0.39      0.97
#     student, head alone            0.91       0.90      0.86
#     student, distilled             0.99       0.99      0.69
#     distilled, right targets       0.80       0.58      0.97
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check \
    torch==2.13.0 setfit==1.2.0 sentence-transformers==6.2.0 transformers==5.24.0 datasets==5.2.0
cat > distilled.py <<'PYTHON'
import contextlib
import io
import random
import sys
from importlib.metadata import version

import datasets
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling, Transformer
from setfit import DistillationTrainer, SetFitModel, Trainer, TrainingArguments
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, set_seed

GOOD, BAD, OTHER = ([f"{kind}{number}" for number in range(n)] for kind, n in (("good", 8), ("bad", 8), ("word", 40)))
IDS = {word: number for number, word in enumerate(["[PAD]", "[UNK]", *GOOD, *BAD, *OTHER])}


def rows(n, seed):
    draw, texts, labels = random.Random(seed), [], [number % 2 for number in range(n)]
    for label in labels:
        words = draw.sample(OTHER, 6) + draw.sample(GOOD if label else BAD, 2)
        draw.shuffle(words)
        texts.append(" ".join(words))
    return texts, labels


def new(seed, width):
    set_seed(seed)
    by_word = Tokenizer(models.WordLevel(IDS, unk_token="[UNK]"))
    by_word.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=by_word, pad_token="[PAD]", unk_token="[UNK]", model_max_length=16
    ).save_pretrained("bert")
    sizes = {"hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": 1, "num_attention_heads": 4}
    BertModel(BertConfig(vocab_size=len(IDS), max_position_embeddings=16, **sizes)).save_pretrained("bert")
    body = SentenceTransformer(modules=[Transformer("bert"), Pooling(width)], device="cpu")
    return SetFitModel(model_body=body, model_head=LogisticRegression())


def similarities(model, texts):
    vectors = torch.nn.functional.normalize(torch.tensor(model.model_body.encode(texts)).double(), dim=1)
    return vectors @ vectors.T


class WithTargets(DistillationTrainer):
    """Keeps the targets of the pairs; `own`: replaces them by the teacher's similarity of the two texts."""

    own = False

    def get_dataset(self, x, y, args, max_pairs=-1):
        pairs, loss = super().get_dataset(x, y, args, max_pairs)
        at, between = {text: number for number, text in enumerate(x)}, similarities(self.teacher_model, x)
        right = [between[at[a], at[b]].item() for a, b in zip(pairs["sentence_1"], pairs["sentence_2"], strict=True)]
        self.given, self.right = list(pairs["label"]), right
        return pairs.remove_columns("label").add_column("label", right) if self.own else pairs, loss


def settings(seed):
    return TrainingArguments(
        output_dir="out", batch_size=16, num_epochs=1, body_learning_rate=1e-3, seed=seed, report_to="none", save_strategy="no"
    )


def measured(model):
    """Mean similarity of two rows with the same label, of two with different labels, accuracy."""
    between, of_rows = similarities(model, texts), torch.tensor(labels)
    same = of_rows[:, None] == of_rows[None]
    found = torch.as_tensor(model.predict(texts))
    return between[same].mean().item(), between[~same].mean().item(), (found == of_rows).double().mean().item()


texts, labels = rows(400, 9)
few, theirs = rows(48, 1)
unlabelled = datasets.Dataset.from_dict({"text": rows(48, 3)[0]})
with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
    teacher = new(1, 64)
    Trainer(model=teacher, args=settings(1), train_dataset=datasets.Dataset.from_dict({"text": few, "label": theirs})).train()
    found = {"teacher": measured(teacher)}
    for name, own in (("student, head alone", None), ("student, distilled", False), ("distilled, right targets", True)):
        student = new(2, 32)
        trainer = WithTargets(teacher_model=teacher, student_model=student, args=settings(2), train_dataset=unlabelled)
        trainer.own = own
        if own is None:
            trainer.train_classifier(list(unlabelled["text"]))
        else:
            trainer.train()
        found[name] = measured(student)
print(f"setfit {version('setfit')}:")
print(f"  targets of {len(trainer.given)} pairs: {min(trainer.given):.2f} to {max(trainer.given):.2f}", end="")
print(f"; the teacher's: {min(trainer.right):.2f} to {max(trainer.right):.2f}, mean {sum(trainer.right) / len(trainer.right):.2f}")
print("                             same label  different  accuracy")
for name, (same, different, accuracy) in found.items():
    print(f"  {name:24}      {same:5.2f}      {different:5.2f}     {accuracy:5.2f}")
taught, right = found["student, distilled"], found["distilled, right targets"]
as_seen = min(trainer.given) > 0.999 and max(trainer.given) < 1.001 and min(trainer.right) < 0
as_seen &= taught[1] > 0.98 and right[1] < 0.7 and right[2] > taught[2] + 0.1
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python -W ignore distilled.py 2> said || { cat said; exit 1; }

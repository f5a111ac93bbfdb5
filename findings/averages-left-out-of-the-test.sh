#!/usr/bin/env bash
# lightning 2.6.6: with `EMAWeightAveraging`, `trainer.test(ckpt_path="best")` after training tests the last weights of the best
# checkpoint, not the averaged ones by which it was chosen.
#
# A checkpoint of this callback (and of `WeightAveraging`, which it is made of) holds the averaged weights as `state_dict` and the last ones
# as `current_model_state`. Validation during training is of the averaged weights, so they decide which checkpoint is the best. If a
# checkpoint is loaded to go on with training, the callback puts the last weights back into the model. It does so in `test` and
# `predict` too, if the trainer has trained before, and only says that current_model_state "will be used to initialize the model"; the
# documentation speaks of averaged weights "during validation and after the training finishes". So `validate` and `test` of one
# checkpoint differ, and so do the `test` of one trainer and that of another. The model keeps the last weights after the
# test, and what is saved or merged then has them. Use `Model.load_from_checkpoint(path)`, which reads the averaged weights,
# and `trainer.test` without ckpt_path; or a new Trainer.
# Two settings do something else than their names say. If training ends before `update_starting_at_step`, the trained model is
# replaced with the one before training. `update_starting_at_epoch` alone delays nothing: averaging begins at the first step, unless
# `update_every_n_steps=0` is set beside it.
#
# Here: a classifier of 12 tokens (mean of embeddings, four labels, 30 % of the training labels drawn anew), AdamW, six epochs,
# batches of 16, decay .99, the best of six checkpoints by the accuracy of 2,000 rows. The accuracy of 2,000 other rows, mean of five seeds: of
# that checkpoint tested by its trainer, validated by its trainer, tested by a new trainer, and loaded by `load_from_checkpoint`.
#
# Seen with Python 3.11, torch 2.13.0 (CPU):
#   lightning 2.6.6    learning rate  test  validate  new trainer  loaded  seeds in which test is lower
#                             0.03  0.687     0.704        0.704   0.704  5 of 5
#                              0.1  0.587     0.693        0.693   0.693  5 of 5
#     {'update_starting_at_step': 1000}: 0 of 376 steps averaged, the model before training
#     {'update_starting_at_epoch': 5}: 376 of 376 steps averaged, a trained model
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 lightning==2.6.6
cat > left_out.py <<'PYTHON'
import logging
import sys
from tempfile import TemporaryDirectory

import lightning
import torch
from lightning.pytorch import LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import EMAWeightAveraging, ModelCheckpoint
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

for name in ("lightning.pytorch", "lightning.fabric"):
    logging.getLogger(name).setLevel(logging.ERROR)
SEEDS = range(5)
QUIET = {"accelerator": "cpu", "logger": False, "enable_progress_bar": False, "enable_model_summary": False}


def rows(n, seed, noise=0.0):
    """Twelve tokens, each of which speaks for some of the labels; `noise` is the share of labels that are drawn anew."""
    draw = torch.Generator().manual_seed(seed)
    votes = torch.randn(300, 4, generator=torch.Generator().manual_seed(99))
    ids = torch.randint(300, (n, 12), generator=draw)
    anew = torch.rand(n, generator=draw) < noise
    labels = torch.where(anew, torch.randint(4, (n,), generator=draw), votes[ids].sum(1).argmax(1))
    return DataLoader(TensorDataset(ids, labels), batch_size=16 if noise else n, shuffle=noise > 0, generator=draw)


class Classifier(LightningModule):
    def __init__(self, rate=0.03):
        super().__init__()
        self.save_hyperparameters()
        self.words, self.head = torch.nn.EmbeddingBag(300, 32), torch.nn.Linear(32, 4)

    def forward(self, ids):
        return self.head(self.words(ids))

    def training_step(self, batch, _):
        return functional.cross_entropy(self(batch[0]), batch[1])

    def validation_step(self, batch, _):
        self.log("accuracy", (self(batch[0]).argmax(1) == batch[1]).double().mean())

    test_step = validation_step

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.rate)


def accuracies(rate, seed):
    """Of the best checkpoint: tested and validated by its trainer, tested by a new one, and loaded first; which weights are left."""
    seed_everything(seed, verbose=False)
    model, held_out = Classifier(rate), rows(2000, 2)
    with TemporaryDirectory() as folder:
        best = ModelCheckpoint(folder, monitor="accuracy", mode="max")
        trainer = Trainer(max_epochs=6, callbacks=[EMAWeightAveraging(decay=0.99), best], **QUIET)
        trainer.fit(model, rows(3000, 10 + seed, noise=0.3), rows(2000, 1))
        found = [
            trainer.test(model, held_out, ckpt_path="best", verbose=False),
            trainer.validate(model, held_out, ckpt_path="best", verbose=False),
            Trainer(**QUIET).test(Classifier(rate), held_out, ckpt_path=best.best_model_path, verbose=False),
            trainer.test(Classifier.load_from_checkpoint(best.best_model_path), held_out, verbose=False),
        ]
        trainer.test(model, held_out, ckpt_path="best", verbose=False)
        last = torch.load(best.best_model_path, weights_only=True)["current_model_state"]
        left = all(torch.equal(value, last[name]) for name, value in model.state_dict().items())
    return [one[0]["accuracy"] for one in found], left


def averaged(**settings):
    """Steps of a training of two epochs, how many of them were averaged, and whether the model is the one before training."""
    seed_everything(0, verbose=False)
    model, average = Classifier(), EMAWeightAveraging(**settings)
    before = model.words.weight.detach().clone()
    trainer = Trainer(max_epochs=2, callbacks=[average], enable_checkpointing=False, **QUIET)
    trainer.fit(model, rows(3000, 10, noise=0.3))
    return trainer.global_step, int(average._average_model.n_averaged), torch.equal(before, model.words.weight)


print(f"lightning {lightning.__version__}    learning rate  test  validate  new trainer  loaded  seeds in which test is lower", flush=True)
as_seen, lower = True, []
for rate in (0.03, 0.1):
    each, left = zip(*(accuracies(rate, seed) for seed in SEEDS))
    mean = torch.tensor(each).mean(0).tolist()
    lower.append(sum(one[0] < one[2] for one in each))
    print(f"{rate:30g} {mean[0]:6.3f} {mean[1]:9.3f} {mean[2]:12.3f} {mean[3]:7.3f}  {lower[-1]} of {len(SEEDS)}", flush=True)
    as_seen &= all(left) and all(one[1] == one[2] == one[3] != one[0] for one in each) and mean[0] < mean[2] - 0.01
for settings in ({"update_starting_at_step": 1000}, {"update_starting_at_epoch": 5}):
    steps, updates, same = averaged(**settings)
    print(f"  {settings}: {updates} of {steps} steps averaged, {'the model before training' if same else 'a trained model'}", flush=True)
    as_seen &= (updates, same) == ((0, True) if "update_starting_at_step" in settings else (steps, False))
sys.exit(not as_seen)
PYTHON
OMP_NUM_THREADS=1 env/bin/python -W ignore left_out.py 2> said || { cat said; exit 1; }

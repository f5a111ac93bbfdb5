"""One training: given batches, in order, through transformers' Trainer, with checkpoints of our own.

The Trainer's are pickles, and know nothing of batches given in advance.
"""

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from transformers import PrinterCallback, Trainer, TrainingArguments

from scotoma.basics.errors import ScotomaError
from scotoma.basics.interruption import Interrupted, asked, saves_first
from scotoma.basics.randomness import seed_of
from scotoma.models import checks
from scotoma.models.checkpoints import Checkpoints, generators, restore, set_generators, state_of
from scotoma.models.device import out_of_memory, require_bitsandbytes
from scotoma.models.quiet import deterministic, quiet
from scotoma.models.together import team
from scotoma.study.settings.models import Recipe

_SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}

_OPTIMIZERS = {"adamw": "adamw_torch", "paged_adamw_32bit": "paged_adamw_32bit"}


@dataclass(frozen=True)
class Trained:
    """How a training went.

    Attributes:
        losses: Of each step.
        parts: In how many parts, one after another, a batch was computed at the end: 1 where memory sufficed.
        processes: That trained together.
    """

    losses: list[float]
    parts: int
    processes: int


class BatchLoss(nn.Module):
    """A batch to its mean loss."""

    def n_terms(self, inputs: dict[str, Tensor]) -> int:
        """Over how many terms the mean is taken."""
        raise NotImplementedError


def train(
    model: BatchLoss,
    batches: Sequence[list[int]],
    collate: Callable[[list[int]], dict[str, Tensor]],
    recipe: Recipe,
    dropout_seed: int,
    progress: Callable[[int, int], None],
    checkpoints: Path | None = None,
) -> Trained:
    """Trains the model's parameters that require gradients, in place.

    Where an earlier try left its checkpoints, it goes on from there to the same result. A batch that does not
    fit into memory is computed in parts whose gradients add up: the same step but for rounding (and for what
    dropout draws). Likewise where processes train together: each computes its rows of every batch, and the
    gradients add up. Processes that share a sharded model go through it side by side, and part no batch.

    Args:
        model: Its forward takes what `collate` gives and returns the loss.
        batches: Row numbers of each optimiser step.
        collate: Row numbers to tensors.
        recipe: Learning rate, schedule, decay and clipping.
        dropout_seed: Of torch's generator while training.
        progress: Called with (rows done, rows in all).
        checkpoints: Folder for them; None keeps none.

    Raises:
        ScotomaError: the loss is no longer a number, the optimizer is not to be had here, or not even a
            single row fits into memory (of a sharded model: not a process's rows).
    """
    device = next(model.parameters()).device
    if recipe.optimizer == "paged_adamw_32bit":
        require_bitsandbytes("recipe: optimizer: paged_adamw_32bit", str(device), instead="optimizer: adamw")
    with tempfile.TemporaryDirectory() as folder, quiet(), deterministic(dropout_seed):
        arguments = _arguments(recipe, len(batches), device, folder)
        states = Checkpoints(checkpoints)
        trainer = _Training(model, arguments, batches, collate, dropout_seed, progress, states)
        # The Trainer seeds the generators when it is made, with a number cut to 32 bits.
        torch.manual_seed(dropout_seed)
        with saves_first():
            trainer.train()
    return Trained(trainer.losses, trainer.parts, trainer.team.size)


def _arguments(recipe: Recipe, n_steps: int, device: torch.device, folder: str) -> TrainingArguments:
    arguments = TrainingArguments(
        output_dir=folder,
        max_steps=n_steps,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=_SCHEDULES[recipe.schedule],
        warmup_steps=round(recipe.warmup * n_steps),
        adam_beta1=recipe.betas[0],
        adam_beta2=recipe.betas[1],
        adam_epsilon=recipe.epsilon,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        optim=_OPTIMIZERS[recipe.optimizer],
        save_strategy="no",
        logging_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=device.type == "cpu",
        dataloader_pin_memory=False,
    )
    # With several devices in sight the Trainer would split a batch over them.
    arguments._n_gpu = min(arguments.n_gpu, 1)
    if device.type == "cuda":
        # It would take the first, and the model to it.
        arguments.__dict__["_setup_devices"] = device
        torch.cuda.set_device(device)
    return arguments


class _Training(Trainer):
    """The Trainer with batches given in advance and every loss kept."""

    def __init__(
        self,
        model: BatchLoss,
        arguments: TrainingArguments,
        batches: Sequence[list[int]],
        collate: Callable[[list[int]], dict[str, Tensor]],
        dropout_seed: int,
        progress: Callable[[int, int], None],
        checkpoints: Checkpoints,
    ) -> None:
        self.n_terms, self.weight = model.n_terms, 1.0
        self.team, self.dropout_seed = team(), dropout_seed
        self.trained = [weight for weight in model.parameters() if weight.requires_grad]
        self.team.same_weights(self.trained)
        self.checkpoints, self.state_before = checkpoints, checkpoints.newest()
        self.losses = [] if self.state_before is None else self.state_before["losses"].tolist()
        # A batch parted otherwise would be the same step but for rounding, and so not the same bytes.
        self.parts = 1 if self.state_before is None else int(self.state_before["parts"])
        self.n_steps, self.n_before = len(batches), len(self.losses)
        # The Trainer sees what is left to do alone.
        arguments.max_steps = self.n_steps - self.n_before
        super().__init__(model=model, args=arguments)
        self.remove_callback(PrinterCallback)
        self.batches, self.collate, self.progress = batches[self.n_before :], collate, progress
        self.n_rows = sum(map(len, batches))
        self.n_done = sum(map(len, batches[: self.n_before]))

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        # Of the whole training, moved on to where we are.
        scheduler = super().create_scheduler(self.n_steps, optimizer)
        for _ in range(self.n_before):
            scheduler.step()
        return scheduler

    def get_train_dataloader(self) -> DataLoader:
        # Its own generator, or making an iterator would take a number from the dropout's stream.
        return DataLoader(
            cast("Dataset[Any]", self.batches),
            batch_size=None,
            shuffle=False,
            collate_fn=self.collate,
            generator=torch.Generator(),
        )

    def compute_loss(  # type: ignore[override]  # the Trainer asks for no outputs while it trains
        self, model: nn.Module, inputs: dict[str, Tensor], **_: Any
    ) -> Tensor:
        loss: Tensor = model(**inputs)
        return loss * self.weight

    def training_step(self, model: nn.Module, inputs: dict[str, Tensor], *rest: Any, **named: Any) -> Tensor:
        assert self.optimizer is not None
        if self.state_before is not None:
            restore(model, self.optimizer, self.state_before)
            self.state_before = None
        stop = self.team.any(asked(), self.args.device)
        # By the leader's clock, since all take part where a model is sharded.
        due = self.team.any(self.team.rank == 0 and self.checkpoints.due(), self.args.device)
        if due or (stop and self.checkpoints.folder):
            state = state_of(model, self.optimizer, self.losses, self.parts)
            if self.team.rank == 0:
                self.checkpoints.save(len(self.losses), state)
        if stop:
            raise Interrupted
        if self.team.size > 1:
            # A state holds the leader's generator alone.
            torch.manual_seed(seed_of(self.dropout_seed, len(self.losses), self.team.rank))
        n_rows = len(inputs["input_ids"])
        loss = self.team.total(self._own_part(model, inputs, *rest, **named))
        self.team.sum_gradients(self.trained)
        self.losses.append(loss.item())
        checks.check_loss(self.losses[-1], len(self.losses))
        self.n_done += n_rows
        self.progress(self.n_done, self.n_rows)
        return loss

    def _own_part(self, model: nn.Module, inputs: dict[str, Tensor], *rest: Any, **named: Any) -> Tensor:
        """This process's share of the batch's loss, in as many parts as memory asks for."""
        own, n_terms = self.team.part(inputs), float(self.n_terms(inputs))
        n_rows, n_tokens = own["input_ids"].shape
        if n_rows == 0 and not self.team.shards:
            return torch.zeros((), device=self.args.device)
        if n_rows == 0:
            # The others wait for this process at every layer, so it computes a row that counts for nothing.
            own, n_terms = {name: value[:1] for name, value in inputs.items()}, math.inf
        while (loss := self._in_parts(model, own, n_terms, *rest, **named)) is None:
            if self.team.shards:
                raise ScotomaError(
                    f"out of memory in training with {n_rows} rows of {n_tokens} tokens in a process",
                    where="distributed: sharding: fsdp",
                    remedy="Processes that share a model cannot part a batch each for itself. Take more of "
                    "them (--processes-per-training), or a smaller batch_size.",
                )
            if self.parts >= n_rows:
                raise out_of_memory("train", f"in training with a single row of {n_tokens} tokens")
            self.parts *= 2
        return loss

    def _in_parts(
        self, model: nn.Module, inputs: dict[str, Tensor], n_terms: float, *rest: Any, **named: Any
    ) -> Tensor | None:
        """The rows' share of the loss, its gradients in the weights; None, and none, if memory is short."""
        before = generators()
        chunks = {name: value.chunk(self.parts) for name, value in inputs.items()}
        losses = []
        try:
            for values in zip(*chunks.values(), strict=True):
                part = dict(zip(chunks, values, strict=True))
                self.weight = self.n_terms(part) / n_terms
                losses.append(super().training_step(model, part, *rest, **named))
        except RuntimeError as error:
            if not should_reduce_batch_size(error):
                raise
        else:
            return torch.stack(losses).sum()
        model.zero_grad()
        clear_device_cache(garbage_collection=True)
        set_generators(before)
        return None

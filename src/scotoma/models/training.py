"""One training: batches given in advance, in order, with checkpoints from which a killed one goes on."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from scotoma.basics.errors import ScotomaError
from scotoma.basics.interruption import Interrupted, is_requested, saves_first
from scotoma.basics.randomness import seed_of
from scotoma.models import checks
from scotoma.models.batches import rows_at_once
from scotoma.models.checkpoints import Checkpoints, generators, restore, set_generators, state_of
from scotoma.models.device import free_memory, lacks_memory, out_of_memory, require_bitsandbytes
from scotoma.models.optimization import learning_rate, new_optimizer
from scotoma.models.quiet import deterministic, silence_libraries
from scotoma.models.together import team
from scotoma.study.settings.models import Recipe

#: Steps over whose mean loss `until_loss` is held.
_LAST = 20


@dataclass(frozen=True)
class Trained:
    """How a training went.

    Attributes:
        losses: Loss of each step.
        parts: In how many parts, one after another, a batch had to be computed at the end: 1 where memory
            sufficed.
        processes: Processes that trained together.
        packed: Whether the layers ran on packed tokens (see `scotoma.models.fast.packed_llama`).
    """

    losses: list[float]
    parts: int
    processes: int
    packed: bool

    def record(self) -> dict[str, Any]:
        """What `training.json` says of it, the losses last."""
        return {
            "n_steps": len(self.losses),
            "parts": self.parts,
            "processes": self.processes,
            "packed": self.packed,
            "loss": self.losses,
        }


class BatchLoss(nn.Module):
    """A batch to its mean loss."""

    @property
    def packs(self) -> bool:
        """Whether it runs on packed tokens."""
        return False

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
    fit into memory, and on a CPU a large one (`rows_at_once`), is computed in parts whose gradients add up:
    the same step but for rounding (and for what dropout draws). So do those of processes that train together:
    each computes its rows of every batch. Processes that share a sharded model go through it side by side,
    and part no batch.

    Args:
        model: Model whose forward takes what `collate` gives and returns the loss.
        batches: Row numbers of each optimiser step.
        collate: Row numbers to tensors.
        recipe: Learning rate, schedule, decay and clipping.
        dropout_seed: Seed of torch's generator during training.
        progress: Called with (rows done, rows in all).
        checkpoints: Folder for checkpoints; None keeps none.

    Raises:
        ScotomaError: the loss is no longer a number or never comes down to `until_loss`, the optimizer is
            not available here, or not even a single row fits into memory (of a sharded model: not a process's
            rows).
    """
    device = next(model.parameters()).device
    if recipe.optimizer == "paged_adamw_32bit":
        require_bitsandbytes("recipe: optimizer: paged_adamw_32bit", str(device), instead="optimizer: adamw")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    with silence_libraries(), deterministic(dropout_seed):
        loop = _Loop(model, batches, collate, recipe, dropout_seed, progress, Checkpoints(checkpoints))
        with saves_first():
            loop.run()
    return Trained(loop.losses, loop.parts, loop.team.size, model.packs)


class _Loop:
    """One training on its way.

    Attributes:
        losses: Losses of the steps done so far.
        parts: In how many parts, one after another, memory has a batch be computed at least.
    """

    def __init__(
        self,
        model: BatchLoss,
        batches: Sequence[list[int]],
        collate: Callable[[list[int]], dict[str, Tensor]],
        recipe: Recipe,
        dropout_seed: int,
        progress: Callable[[int, int], None],
        checkpoints: Checkpoints,
    ) -> None:
        self.model, self.batches, self.collate, self.recipe = model, batches, collate, recipe
        self.dropout_seed, self.progress, self.checkpoints = dropout_seed, progress, checkpoints
        self.team, self.device = team(), next(model.parameters()).device
        self.trained = [weight for weight in model.parameters() if weight.requires_grad]
        self.team.same_weights(self.trained)
        self.optimizer = new_optimizer(model, recipe)
        self.losses: list[float] = []
        self.parts = 1
        if (state := checkpoints.newest()) is not None:
            restore(model, self.optimizer, state)
            self.losses = state["losses"].tolist()
            # A batch parted otherwise would be the same step but for rounding, and so not the same bytes.
            self.parts = int(state["parts"])

    def run(self) -> None:
        """Takes the steps that are left.

        Raises:
            Interrupted: a signal asked for it; the state is saved.
            ScotomaError: the loss is not down where the recipe stops after all epochs.
        """
        self.model.train()
        n_rows, n_done = (sum(map(len, some)) for some in (self.batches, self.batches[: len(self.losses)]))
        for batch in self.batches[len(self.losses) :]:
            if self._fitted():
                return
            self._save_or_stop()
            self.step(batch)
            n_done += len(batch)
            self.progress(n_done, n_rows)
        if self.recipe.until_loss is not None and not self._fitted():
            raise checks.not_fitted(self._recent(), self.recipe.until_loss, len(self.losses))

    def _fitted(self) -> bool:
        """Whether the loss is down where the recipe stops; by the losses alone, which a state holds."""
        limit = self.recipe.until_loss
        return limit is not None and len(self.losses) >= _LAST and self._recent() <= limit

    def _recent(self) -> float:
        return statistics.fmean(self.losses[-_LAST:])

    def step(self, batch: list[int]) -> None:
        """Computes a batch's loss and gradients, and moves the weights."""
        step = len(self.losses)
        if self.team.size > 1:
            # A state holds the leader's generator alone.
            torch.manual_seed(seed_of(self.dropout_seed, step, self.team.rank))
        inputs = {name: value.to(self.device) for name, value in self.collate(batch).items()}
        loss = self.team.total(self._own_part(inputs)).item()
        self.team.sum_gradients(self.trained)
        self.losses.append(loss)
        checks.check_loss(loss, step + 1)
        nn.utils.clip_grad_norm_(self.trained, self.recipe.max_grad_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.recipe, step, len(self.batches))
        self.optimizer.step()
        self.model.zero_grad()

    def _save_or_stop(self) -> None:
        stop = self.team.any(is_requested(), self.device)
        # By the leader's clock, since all take part where a model is sharded.
        is_due = self.team.any(self.team.rank == 0 and self.checkpoints.due(), self.device)
        if is_due or (stop and self.checkpoints.folder):
            state = state_of(self.model, self.optimizer, self.losses, self.parts)
            if self.team.rank == 0:
                self.checkpoints.save(len(self.losses), state)
        if stop:
            raise Interrupted

    def _own_part(self, inputs: dict[str, Tensor]) -> Tensor:
        """This process's share of the batch's loss, in as many parts as memory asks for."""
        own, n_terms = self.team.part(inputs), float(self.model.n_terms(inputs))
        n_rows, n_tokens = own["input_ids"].shape
        if n_rows == 0 and not self.team.shards:
            return torch.zeros((), device=self.device)
        if n_rows == 0:
            # The others wait for this process at every layer, so it computes a row that counts for nothing.
            own, n_terms = {name: value[:1] for name, value in inputs.items()}, math.inf
        parts = max(self.parts, self._parts_by_size(n_rows, n_tokens))
        while (loss := self._in_parts(own, n_terms, parts)) is None:
            if self.team.shards:
                raise ScotomaError(
                    f"out of memory in training with {n_rows} rows of {n_tokens} tokens in a process",
                    where="distributed: sharding: fsdp",
                    remedy="Processes that share a model cannot each split a batch on their own. Use more of "
                    "them (--processes-per-training), or a smaller batch_size.",
                )
            if parts >= n_rows:
                raise out_of_memory("train", f"in training with a single row of {n_tokens} tokens")
            self.parts = parts = 2 * parts
        return loss

    def _parts_by_size(self, n_rows: int, n_tokens: int) -> int:
        """The parts of a batch where memory suffices: one, or of a large batch on a CPU several."""
        if self.device.type != "cpu" or self.model.packs or self.team.shards:
            return 1
        return math.ceil(n_rows / rows_at_once(n_tokens))

    def _in_parts(self, inputs: dict[str, Tensor], n_terms: float, parts: int) -> Tensor | None:
        """The rows' share of the loss, its gradients in the weights; None, and none, if memory is short."""
        before = generators()
        chunks = {name: value.chunk(parts) for name, value in inputs.items()}
        losses = []
        try:
            for values in zip(*chunks.values(), strict=True):
                part = dict(zip(chunks, values, strict=True))
                loss = self.model(**part) * (self.model.n_terms(part) / n_terms)
                loss.backward()
                losses.append(loss.detach())
        except RuntimeError as error:
            if not lacks_memory(error):
                raise
        else:
            return torch.stack(losses).sum()
        self.model.zero_grad()
        free_memory()
        set_generators(before)
        return None

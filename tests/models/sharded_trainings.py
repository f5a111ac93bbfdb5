"""As a program, in each of several processes: trainings of the tiny Llama, sharded over them.

    python tests/models/sharded_trainings.py BASE EXAMPLES OUT

The leader writes what comes out of each, in a folder of its name; every process writes what it held of each.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import torch
from tiny import CASES, KILLED, Case, recipe_of
from torch import nn

from scotoma.models import checkpoints, sharding, training
from scotoma.models.classifier import new_classifier, save_classifier
from scotoma.models.classifier_training import check_padding, prompts, seen, shard_over_team, train_classifier
from scotoma.models.generator import new_generator, save_generator, train_generator
from scotoma.models.together import join, leave, team
from scotoma.models.training import Trained
from scotoma.tasks import MICROWORLD

Progress = Callable[[int, int], None]


class Killed(Exception):
    """Stands for the end of all processes."""


def held(loss: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, int]:
    """Bytes of this process's shares."""
    local = [(weight, weight.to_local()) for weight in loss.parameters()]  # type: ignore[operator]
    moments = [
        value.to_local().nbytes
        for state in optimizer.state.values()
        for value in state.values()
        if value.dim()
    ]
    return {
        "weights": sum(share.nbytes for _, share in local),
        "gradients": sum(share.nbytes for weight, share in local if weight.requires_grad),
        "optimizer": sum(moments),
    }


def run(
    case: Case, base: Path, table: pl.DataFrame, progress: Progress, folder: Path | None
) -> tuple[Any, Trained]:
    """One training, as the stages do it, and the model that can be saved."""
    recipe = recipe_of(case)
    if case.what == "generator":
        model = new_generator(base, case.precision, case.adapter, 0, "cpu")
        return model, train_generator(
            model, base, MICROWORLD, table, case.precision, recipe, 0, progress, folder
        )
    model = new_classifier(base, case.precision, case.adapter, MICROWORLD.labels, 0, "cpu")
    shard_over_team(model)
    rows = prompts(base, MICROWORLD, table)
    check_padding(model, rows, case.precision)
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    trained = train_classifier(model, rows, labels, recipe, 0, progress, folder)
    logits = seen(model, rows)[1]
    sharding.gather(model)
    model.last_seen = logits
    return model, trained


def main() -> None:
    """Every case once, and one of them killed and taken up again."""
    base, examples, out = map(Path, sys.argv[1:])
    join("cpu", shards=True)
    table = pl.read_parquet(examples)
    shares: dict[str, dict[str, int]] = {}
    step = training._Loop.step

    def watched(self: training._Loop, batch: list[int]) -> None:
        if len(self.losses) == 1:
            shares[name] = held(self.model, self.optimizer)
        step(self, batch)

    training._Loop.step = watched  # type: ignore[method-assign]
    for name, case in CASES.items():
        keep(case, *run(case, base, table, lambda done, total: None, None), out / name)

    checkpoints._EVERY = 0.0
    name = KILLED

    def kill(done: int, _total: int) -> None:
        if done >= 12:
            raise Killed

    try:
        run(CASES[KILLED], base, table, kill, out / "states")
    except Killed:
        pass
    else:
        raise AssertionError("it was not killed")
    done: list[int] = []
    again = run(CASES[KILLED], base, table, lambda n, _: done.append(n), out / "states")
    assert done[0] == 12, done  # the step that was killed is done again, those before it are not
    keep(CASES[KILLED], *again, out / "again")
    (out / f"shares-{team().rank}.json").write_text(json.dumps(shares))
    leave()


def keep(case: Case, model: Any, trained: Trained, folder: Path) -> None:
    """What the stages keep; the leader's."""
    if team().rank:
        return
    folder.mkdir(parents=True)
    if case.what == "generator":
        save_generator(model, "tiny", folder)
    else:
        save_classifier(model, MICROWORLD.labels, "tiny", folder)
        (folder / "logits.json").write_text(json.dumps(model.last_seen.tolist()))
    (folder / "losses.json").write_text(json.dumps(trained.losses))


if __name__ == "__main__":
    main()

"""`python -m bench.micro`: training speed in the micro-world, as a share of one core's matrix rate.

The operations are those of all matrix products in a training, as counted by torch. The rate is that of
products of the same shapes, one after another. The rest of the time goes into passes over memory, gathering
for attention, the optimizer and the interpreter. All times are processor time of one thread.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import torch
from torch.utils.flop_counter import FlopCounterMode

from scotoma.basics.progress import no_progress
from scotoma.basics.records import to_table
from scotoma.models.base import prepare
from scotoma.models.classifier import new_classifier
from scotoma.models.classifier_training import prompts, train_classifier
from scotoma.models.generator import new_generator, train_generator
from scotoma.study.file import load_study
from scotoma.study.settings.generators import FineTuned
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld.pairs import draw_pairs

_N_ROWS = 1280

#: Tokens of a batch of the quickstart, counting each distinct beginning once.
_TOKENS = 560


def main() -> None:
    """Prints time and operations per step of the quickstart's trainings, and the share of the rate."""
    torch.set_num_threads(1)
    table = to_table(draw_pairs(_N_ROWS, 0.5, 0, "train"), MICROWORLD.fields)
    rate = _rate()
    print(f"products of the model's shapes: {rate / 1e9:.0f} GFLOP/s of one core")
    with TemporaryDirectory() as folder:
        base = Path(folder)
        prepare("bundled:microworld_base", None, None, base)
        for name, train in (("classifier", _classifier), ("generator", _generator)):
            with FlopCounterMode(display=False) as counted:
                n_steps, _ = train(base, table[:64])
            flops = counted.get_total_flops() / n_steps
            n_steps, seconds = train(base, table)
            seconds /= n_steps
            share = flops / rate / seconds
            print(
                f"{name}: {seconds * 1e3:.0f} ms per step, {flops / 1e9:.2f} GFLOP of products, {share:.0%}"
            )


def _rate(seconds: float = 2.0) -> float:
    """Operations per second of a layer's products, forward and backward."""
    shapes = ((_TOKENS, 128, 128), (_TOKENS, 128, 384), (_TOKENS, 384, 128), (384, _TOKENS, 128))
    pairs = [(torch.randn(n, inner), torch.randn(inner, m)) for n, inner, m in shapes]
    best, until = float("inf"), time.process_time() + seconds
    while time.process_time() < until:
        started = time.process_time()
        for _ in range(20):
            for left, right in pairs:
                left @ right
        best = min(best, (time.process_time() - started) / 20)
    return 2 * sum(n * inner * m for n, inner, m in shapes) / best


def _classifier(base: Path, table: pl.DataFrame) -> tuple[int, float]:
    """Trains a start checkpoint; returns the number of steps and the seconds."""
    study = load_study("quickstart")
    settings = study.bases[""]
    model = new_classifier(base, settings.precision, settings.adapter, MICROWORLD.labels, 0, "cpu")
    rows, labels = prompts(base, MICROWORLD, table), [MICROWORLD.labels.index(one) for one in table["label"]]
    recipe = study.recipe.model_copy(update={"epochs": 1})
    started = time.process_time()
    trained = train_classifier(model, rows, labels, recipe, 0, no_progress)
    return len(trained.losses), time.process_time() - started


def _generator(base: Path, table: pl.DataFrame) -> tuple[int, float]:
    """Trains the generator; returns the number of steps and the seconds."""
    study = load_study("quickstart")
    settings, precision = study.generator, study.bases[""].precision
    assert isinstance(settings, FineTuned)
    recipe = settings.recipe.model_copy(update={"epochs": 1})
    model = new_generator(base, precision, settings.adapter, 0, "cpu")
    started = time.process_time()
    trained = train_generator(model, base, MICROWORLD, table, precision, recipe, 0, no_progress)
    return len(trained.losses), time.process_time() - started


if __name__ == "__main__":
    main()

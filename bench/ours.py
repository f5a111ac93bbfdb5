"""Scotoma's side, through the functions its stages call."""

import time

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench import floor, material
from bench.material import Sizes
from scotoma.basics.progress import no_progress
from scotoma.basics.randomness import stream
from scotoma.blindspots import BLINDSPOTS
from scotoma.measures.measuring import measure
from scotoma.models import classifier_training as training
from scotoma.models.base import load_tokenizer
from scotoma.models.batches import prediction_batches, training_batches
from scotoma.models.classifier import new_classifier
from scotoma.models.generator import new_generator, train_generator
from scotoma.models.prediction import predict_logits, probabilities
from scotoma.models.sampling import sample
from scotoma.models.task_model import TaskModel
from scotoma.tasks import MNLI

Done = dict[str, float]


def fresh_classifier() -> TaskModel:
    """An untrained classifier with the same seed and weights on both sides."""
    settings = material.study().bases[""]
    return new_classifier(material.base(), settings.precision, settings.adapter, MNLI.labels, 0, "cpu")


def evaluate(sizes: Sizes) -> Done:
    """Predicts matched dev and HANS in one pass and computes every measure."""
    classifier = fresh_classifier()
    parts = {"matched": material.matched_rows(sizes.matched), "hans": material.hans_rows(sizes.hans)}
    table = pl.concat(
        [part.with_columns(pl.lit(name).alias("test")) for name, part in parts.items()], how="diagonal"
    )
    batch_tokens = material.study().evaluation.batch_tokens
    started = time.perf_counter()
    rows = training.prompts(material.base(), MNLI, table)
    shares = probabilities(predict_logits(classifier, rows, batch_tokens, no_progress).logits)
    measure(_predictions(table, shares), MNLI, [BLINDSPOTS["hans"]])
    seconds = time.perf_counter() - started
    batches = [[rows[i] for i in one] for one in prediction_batches(list(map(len, rows)), batch_tokens)]
    flops = floor.classifier_flops(classifier.model, batches, train=False)
    return {"seconds": seconds, "rows": len(rows), "flops": flops}


def hans_alone(sizes: Sizes) -> Done:
    """Predicts HANS in one pass, without measures."""
    classifier, table = fresh_classifier(), material.hans_rows(sizes.hans)
    started = time.perf_counter()
    rows = training.prompts(material.base(), MNLI, table)
    predict_logits(classifier, rows, material.study().evaluation.batch_tokens, no_progress)
    return {"seconds": time.perf_counter() - started, "rows": len(rows)}


def train(sizes: Sizes, batch_size: int) -> Done:
    """Trains a classifier on the same examples."""
    classifier, table = fresh_classifier(), material.training_rows(sizes.examples)
    recipe = material.study().recipe.model_copy(update={"batch_size": batch_size, "epochs": 1})
    rows = training.prompts(material.base(), MNLI, table)
    labels = [MNLI.labels.index(label) for label in table["label"]]
    started = time.perf_counter()
    training.train_classifier(classifier, rows, labels, recipe, 0, no_progress)
    seconds = time.perf_counter() - started
    order = training_batches(list(map(len, rows)), recipe, stream(0, "classifier", "order"))
    flops = floor.classifier_flops(classifier.model, [[rows[i] for i in one] for one in order], train=True)
    return {"seconds": seconds, "rows": len(rows), "flops": flops}


def teach(sizes: Sizes) -> Done:
    """Trains a generator on the same examples."""
    settings, precision = material.generator_settings(), material.study().bases[""].precision
    model = new_generator(material.base(), precision, settings.adapter, 0, "cpu")
    table = material.training_rows(sizes.examples)
    started = time.perf_counter()
    train_generator(model, material.base(), MNLI, table, precision, settings.recipe, 0, no_progress)
    return {"seconds": time.perf_counter() - started, "rows": table.height}


def draw(sizes: Sizes) -> Done:
    """Draws rows from a trained generator, a third for each label."""
    model = material.load_taught_generator()
    settings = material.generator_settings().sampling
    per_label = sizes.samples // len(MNLI.labels)
    sampling = settings.model_copy(update={"candidates_per_label": per_label})
    prompts = {label: MNLI.generator_prompt(label) for label in MNLI.labels}
    tokenizer = load_tokenizer(material.base())
    started = time.perf_counter()
    rows = list(sample(model, tokenizer, prompts, MNLI.end_marker, sampling, 0, no_progress))
    seconds = time.perf_counter() - started
    n_tokens = sum(written.n_tokens for *_, written in rows)
    finished = sum(written.finished for *_, written in rows)
    flops = floor.sampling_flops(model, n_tokens)
    return {"seconds": seconds, "rows": finished, "flops": flops}


def _predictions(table: pl.DataFrame, shares: NDArray[np.float64]) -> pl.DataFrame:
    return table.select(
        "test",
        "id",
        pl.col("label").alias("gold"),
        pl.Series("predicted", [MNLI.labels[i] for i in shares.argmax(axis=1)]),
        *(pl.Series(f"p_{label}", shares[:, i]) for i, label in enumerate(MNLI.labels)),
        *(pl.col(tag).fill_null("") for tag in ("heuristic", "subcase", "template")),
    )

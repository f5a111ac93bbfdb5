"""Rows whose written label other answers confirm."""

from collections.abc import Sequence

import polars as pl

from scotoma.basics.randomness import stream


def verified(
    pool: pl.DataFrame, verifier_labels: pl.DataFrame, accuracy: float | None, seed: int
) -> pl.DataFrame:
    """Rows of a pool that a verifier confirms, in the pool's order.

    A row without a label of the judge's is one that the judge rejects. Whether the verifier errs on a row
    depends on the seed and the row's id alone, and a verifier of higher accuracy errs on some of these rows.

    Args:
        pool: Columns `id` and `label`, as written.
        verifier_labels: Columns `id` and `label`, as the judge says; rows may lack.
        accuracy: Share of rows on which the verifier agrees with the judge; None for all.
        seed: Seed of the replicate.
    """
    confirmed = _confirmed(pool, verifier_labels.select("id", verifier="label"))
    if accuracy is not None:
        errs = [stream(seed, "verifier", id).random() >= accuracy for id in pool["id"]]
        confirmed = confirmed != pl.Series(errs, dtype=pl.Boolean)
    return pool.filter(confirmed)


def agreed(pool: pl.DataFrame, answers: Sequence[pl.DataFrame], least: int) -> pl.DataFrame:
    """Rows of a pool whose label is given by at least a number of answers, in the pool's order.

    Args:
        pool: Columns `id` and `label`, as written.
        answers: Columns `id` and `predicted`, of one answer each; None where an answer names no label.
        least: Number of answers that must give the written label.

    Source: with more than half of the answers, the vote of Wang et al. 2023, arXiv 2203.11171.
    """
    count = pl.Series([0] * pool.height, dtype=pl.Int64)
    for answer in answers:
        count += _confirmed(pool, answer.select("id", verifier="predicted")).cast(pl.Int64)
    return pool.filter(count >= least)


def _confirmed(pool: pl.DataFrame, answer: pl.DataFrame) -> pl.Series:
    """Whether each row's label is the one that `answer` gives for its id; false if it gives none."""
    labels = pool.select("id", "label").join(answer, on="id", how="left", maintain_order="left")
    return (labels["label"] == labels["verifier"]).fill_null(value=False)


def count_verified(
    pool: pl.DataFrame, answers: Sequence[pl.DataFrame], confirmed: pl.DataFrame, labels: Sequence[str]
) -> dict[str, dict[str, int]]:
    """By written label: rows that were judged, rows confirmed, and rows with an answer that named no label.

    Args:
        pool: Columns `id` and `label`, as written.
        answers: Columns `id` and `predicted`, of one answer each.
        confirmed: Rows of the pool that were confirmed.
        labels: The task's.
    """
    unread = pl.concat([answer.filter(pl.col("predicted").is_null()).select("id") for answer in answers])
    parts = {"judged": pool, "confirmed": confirmed, "unread": pool.join(unread, on="id", how="semi")}
    return {
        label: {name: rows.filter(pl.col("label") == label).height for name, rows in parts.items()}
        for label in labels
    }

"""Rows whose written label somebody else confirms."""

import polars as pl

from scotoma.basics.randomness import stream


def verified(pool: pl.DataFrame, judged: pl.DataFrame, accuracy: float | None, seed: int) -> pl.DataFrame:
    """Rows of a pool that a verifier confirms, in the pool's order.

    A row without a label of the judge's is one that the judge rejects. Whether the verifier errs on a row
    depends on the seed and the row's id alone, and a verifier of higher accuracy errs on some of these rows.

    Args:
        pool: Columns `id` and `label`, as written.
        judged: Columns `id` and `label`, as the judge says; rows may lack.
        accuracy: Share of rows on which the verifier agrees with the judge; None for all.
        seed: Seed of the replicate.
    """
    theirs = judged.select("id", judged="label")
    labels = pool.select("id", "label").join(theirs, on="id", how="left", maintain_order="left")
    confirmed = (labels["label"] == labels["judged"]).fill_null(value=False)
    if accuracy is not None:
        errs = [stream(seed, "verifier", id).random() >= accuracy for id in pool["id"]]
        confirmed = confirmed != pl.Series(errs, dtype=pl.Boolean)
    return pool.filter(confirmed)

"""Traits of the rows on which a WORSE arm lost its answers: a blind spot that no one has named yet."""

from collections.abc import Iterator, Sequence

import polars as pl

from scotoma.results.paired import PairedModels
from scotoma.results.verdicts import Judgement
from scotoma.study.study import Study

#: Arms that are looked at, those of the first verdicts: 30,000 rows take a second or two each.
_MOST = 6

#: Rate at which a trait is found wrongly, over all that were looked at in one arm.
_ALPHA = 0.05

#: Columns; `scotoma.report.columns` says what each is.
SCHEMA: dict[str, type[pl.DataType]] = {
    "start": pl.String,
    "arm": pl.String,
    "reference": pl.String,
    "test": pl.String,
    "looked_at": pl.Int64,
    "trait": pl.String,
    "n": pl.Int64,
    "change": pl.Float64,
    "elsewhere": pl.Float64,
    "beyond": pl.Float64,
    "p": pl.Float64,
}


def lost_traits(
    study: Study, judgements: Sequence[Judgement], compared: Sequence[PairedModels], test_rows: pl.DataFrame
) -> pl.DataFrame:
    """Traits of rows on which a WORSE arm changed otherwise than on others of the same label.

    The change on a row is the mean over replicates and samples. It was looked for, not claimed: exploratory.

    Args:
        study: Study as it was read.
        judgements: Its judgements.
        compared: Arms with their references, with the answers of both.
        test_rows: Columns `test`, `id` and the task's fields: the rows of the blind spots.

    Returns:
        Columns of `SCHEMA`; of an arm where nothing stands out, one row without a trait.
    """
    worse = [(*one.models, one.claim.blindspot) for one in judgements if one.word == "WORSE"]
    chosen = list(dict.fromkeys(worse))[:_MOST]
    by_models = {(one.start, one.arm, one.reference, one.blindspot.name): one for one in compared}
    rows = [
        row
        for models in chosen
        if models in by_models
        for row in _traits_of(study, by_models[models], test_rows)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _traits_of(study: Study, one: PairedModels, test_rows: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    from scotoma.comparisons.lost import traits_of  # with all that an audit computes

    fields, table, name = study.task.fields, one.pairs[0].table, one.blindspot.name
    texts = test_rows.filter(pl.col("test") == name)
    if not set(fields) <= set(texts.columns) or texts.is_empty():
        return
    read = table.select("id").join(texts, on="id", how="left", maintain_order="left").select(fields)
    traits = traits_of(one.pairs, read, alpha=_ALPHA, seed=study.seed)
    models = (one.start, one.arm, one.reference, name, traits.n_looked_at)
    for trait in traits.standing_out:
        yield *models, trait.name, trait.n, trait.change, trait.elsewhere, trait.beyond, trait.p
    if not traits.standing_out:
        yield *models, *[None] * 6

"""Everything a study has found, from its predictions alone: no model is loaded, no torch imported."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from scotoma import __version__
from scotoma.basics.progress import Progress, no_progress, part
from scotoma.measures.cells import TAGS as CELL_TAGS
from scotoma.measures.measuring import Measuring
from scotoma.results.browsers import Browser, rows_of_tests, turned_answers, written_rows
from scotoma.results.carried import carried
from scotoma.results.causes import causes
from scotoma.results.contrasts import contrasts
from scotoma.results.declaration import Declaration, declare
from scotoma.results.design import count_judgements
from scotoma.results.doses import doses, missing_curves
from scotoma.results.example import Example, example_of
from scotoma.results.flips import flips
from scotoma.results.focus import followed_cells
from scotoma.results.gaps import gaps
from scotoma.results.idle import idle
from scotoma.results.looks import reached
from scotoma.results.models import MODEL_SCHEMA, Model, model_of, row_of
from scotoma.results.models import TAGS as MODEL_TAGS
from scotoma.results.noise import noise_floors
from scotoma.results.one_answer import OneAnswer
from scotoma.results.paired import Answers
from scotoma.results.published import BesidePublished, beside_published
from scotoma.results.reader import Reader
from scotoma.results.rounds import rounds
from scotoma.results.samples import SAMPLED_SCHEMA, of_first_samples, over_samples
from scotoma.results.shortcut import Shortcut, shortcut_of
from scotoma.results.sources import sources
from scotoma.results.tags import general_tags, tagged
from scotoma.results.traits import lost_traits
from scotoma.results.verdicts import Judgement, judge_claims
from scotoma.results.yields import Yield, screened
from scotoma.store.store import Store
from scotoma.study.compared import claimed_pairs, pairs_of_claims
from scotoma.study.study import Study
from scotoma.verdicts.signature import digest_of, of_a_study

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Evaluated, Plan

#: Of `results.json`, raised when a key or a value changes its meaning.
FORMAT = 2

#: Percent of the time in which models are read and measured; in the rest they are compared.
_READING = 70

#: Of its schema: the first number is the format's, the second is raised when a key is added.
SCHEMA_VERSION = "2.2"


@dataclass(frozen=True)
class Results:
    """What a report is made of.

    Attributes:
        study: Study as it was read.
        models: Every model the study compares, done or not, in the plan's order.
        measures: Columns of `STUDY_SCHEMA`; of an arm with several samples, means over them.
        contrasts: Columns of `scotoma.results.contrasts.SCHEMA`.
        noise: Columns of `scotoma.results.noise.SCHEMA`.
        flips: Counts of lost and gained answers; columns of `scotoma.results.flips.COUNTS`.
        flipped: The answers themselves; columns of `scotoma.results.flips.ROWS`, names as enumerations.
        traits: What lost answers of WORSE arms have in common; columns of `scotoma.results.traits.SCHEMA`.
        judgements: One judgement per claim, start and size.
        declaration: Whether the claims came before the results.
        yields: One yield per generator whose rows have been screened.
        versions: Versions of Python and libraries; one entry for each set that some predictions were made
            with.
        beside: Published figures beside the study's, if it names any.
        shortcut: What `carried` and the tags of general test sets look for; None where there is nothing.
        carried: The shortcut in training data; columns of `scotoma.results.carried.SCHEMA`.
        causes: What explains the difference; columns of `scotoma.results.causes.SCHEMA`.
        doses: Curves over shares; columns of `scotoma.results.doses.SCHEMA`.
        rounds: What drifts from round to round; columns of `scotoma.results.rounds.SCHEMA`.
        sources: How the study's own data were read, in words.
        gaps: What is not there or failed, and what shows nothing, in a sentence each.
        browsers: Rows to read: answers that turned, what was generated.
        example: A row of the first blind spot that the shortcut gets wrong; None where there is none.
    """

    study: Study
    models: tuple[Model, ...]
    measures: pl.DataFrame
    contrasts: pl.DataFrame
    noise: pl.DataFrame
    flips: pl.DataFrame
    flipped: pl.DataFrame
    traits: pl.DataFrame
    judgements: tuple[Judgement, ...]
    declaration: Declaration
    yields: tuple[Yield, ...]
    versions: tuple[dict[str, Any], ...]
    beside: BesidePublished | None
    shortcut: Shortcut | None
    carried: pl.DataFrame
    causes: pl.DataFrame
    doses: pl.DataFrame
    rounds: pl.DataFrame
    sources: tuple[str, ...]
    gaps: tuple[str, ...]
    browsers: tuple[Browser, ...]
    example: Example | None

    @property
    def missing(self) -> tuple[Model, ...]:
        """Models that have no predictions yet."""
        return tuple(model for model in self.models if model.sha256 is None)

    @property
    def general(self) -> list[str]:
        """Names of the general test sets that were measured."""
        spots = {blindspot.name for blindspot in self.study.blindspots}
        return [test for test in self.measures["test"].unique(maintain_order=True) if test not in spots]

    def record(self) -> dict[str, Any]:
        """Plain values, as they stand in results.json; `scotoma.report.schema` says what each is."""
        return {
            "format": FORMAT,
            "schema": SCHEMA_VERSION,
            "scotoma": __version__,
            "study": self.study.model_dump(mode="json", context="identity"),
            "seeds": self.study.seeds,
            "versions": list(self.versions),
            "claims": self.declaration.record(),
            "verdicts": [judgement.record() for judgement in self.judgements],
            "missing": [str(model) for model in self.missing],
            "sources": list(self.sources),
            "gaps": list(self.gaps),
            "models": [vars(model) for model in self.models],
            "yields": [vars(pool_yield) for pool_yield in self.yields],
            "cells": self.measures.select("test", "cell", *CELL_TAGS).unique(maintain_order=True).to_dicts(),
            "measures": _named(self.measures),
            "contrasts": _named(self.contrasts),
            "noise": self.noise.drop(*CELL_TAGS).to_dicts(),
            "flips": self.flips.to_dicts(),
            "traits": self.traits.to_dicts(),
            "carried": _named(self.carried),
            "causes": self.causes.to_dicts(),
            "doses": self.doses.to_dicts(),
            "rounds": self.rounds.to_dicts(),
            "published": self.beside.record() if self.beside else None,
            "published_cells": self.beside.cells.to_dicts() if self.beside else [],
            "published_readings": self.beside.readings.to_dicts() if self.beside else [],
        }


def results(
    plan: "Plan", store: Store, *, on_record: bool = True, progress: Progress = no_progress
) -> Results:
    """Measures, contrasts and verdicts of whatever a study has predicted so far.

    Args:
        plan: The study's plan. Models without predictions are listed as missing.
        store: Where the predictions are. What was altered there counts as missing.
        on_record: Whether to put the claims on record in the store, if they are new to it. Where no step is
            done there is nothing that could have been seen before them, and nothing is written: the store
            may not be one.
        progress: Called with (rows done, rows in all), where to read a model's rows and to judge them each
            count for their usual share; in all is 0 until the first model is read.

    Raises:
        ScotomaError: predictions that cannot be.
    """
    reader = Reader.of(store)
    declaration = declare(plan, store, on_record=on_record and reader.has_results)
    plan = reached(plan, reader, lambda part: pilot(part, reader, n_tried=declaration.n_tried))
    study = plan.study
    tables = [pl.DataFrame(schema=SAMPLED_SCHEMA)]
    versions: dict[str, dict[str, Any]] = {}
    claimed = claimed_pairs(study)
    answers, measuring = Answers(study), Measuring(study.task, study.blindspots)
    shortcut, tags = shortcut_of(study), general_tags(study, plan.general_tests, reader)
    one_answer = OneAnswer(spot.name for spot in study.blindspots)
    for evaluated, predictions in _predicted(plan, reader, part(progress, 0, _READING)):
        one_answer.add(evaluated, predictions)
        tables.append(_measures(evaluated, study, measuring.of(tagged(predictions, tags))))
        answers.add(evaluated, predictions)
        version = _versions(reader.manifest(evaluated.predictions))
        versions[json.dumps(version, sort_keys=True)] = version
    sampled = pl.concat(tables)
    measures = over_samples(sampled)
    compared = list(answers.compared())
    counts, flipped = flips(compared)
    differences, noise = contrasts(measures, claimed), noise_floors(of_first_samples(sampled))
    yields = tuple(screened(plan, shortcut, reader))
    judgements = judge_claims(
        pairs_of_claims(study),
        differences,
        measures,
        noise,
        study.blindspots,
        study.task,
        compared,
        seed=study.seed,
        n_declared=count_judgements(study) + declaration.n_tried,
        looks=study.looks,
    )
    models = tuple(model_of(evaluated, study, reader) for evaluated in plan.models)
    judgements = [
        replace(_with_declaration_note(one, study, declaration), data=_data_of(one, models))
        for one in judgements
    ]
    test_rows = rows_of_tests(plan, reader)
    read = (
        turned_answers(study, test_rows, flipped),
        written_rows(plan, reader, {one.key: str(one) for one in yields}),
    )
    return Results(
        study=study,
        models=models,
        measures=measures,
        contrasts=differences,
        noise=noise,
        flips=counts,
        flipped=flipped,
        traits=lost_traits(study, judgements, compared, test_rows),
        judgements=tuple(judgements),
        declaration=declaration,
        yields=yields,
        versions=tuple(versions[key] for key in sorted(versions)),
        beside=beside_published(study, measures, differences),
        shortcut=shortcut,
        carried=carried(plan, shortcut, reader),
        causes=causes(study, measures),
        doses=doses(study, differences, judgements),
        rounds=rounds(plan, reader, measures, yields, followed_cells(study)),
        sources=sources(plan, reader),
        gaps=(
            *gaps(plan, reader),
            *missing_curves(study),
            *idle(plan, reader),
            *one_answer.sentences(study.replicates),
        ),
        browsers=tuple(browser for browser in read if browser is not None),
        example=example_of(
            study, compared, test_rows, next((one.models for one in judgements if one.arm), None)
        ),
    )


def pilot(
    plan: "Plan", store: Store, sampled: pl.DataFrame | None = None, *, n_tried: int = 0
) -> list[Judgement]:
    """The study's claims judged on what there is so far, for planning: nothing is recorded or resampled.

    Args:
        plan: Plan of the study.
        store: Store with the study's predictions.
        sampled: What `pilot_measures` found there, where it has been asked.
        n_tried: Judgements of earlier tries, which count beside the study's own.
    """
    study = plan.study
    sampled = pilot_measures(plan, store) if sampled is None else sampled
    measures = over_samples(sampled)
    differences = contrasts(measures, claimed_pairs(study))
    noise = noise_floors(of_first_samples(sampled))
    n_declared = count_judgements(study) + n_tried
    return judge_claims(
        pairs_of_claims(study),
        differences,
        measures,
        noise,
        study.blindspots,
        study.task,
        n_declared=n_declared,
        looks=study.looks,
    )


def _with_declaration_note(judgement: Judgement, study: Study, declaration: Declaration) -> Judgement:
    """The judgement, its note beginning with what the declaration says of its claim alone."""
    remark = declaration.remark_on(study.claims.index(judgement.claim))
    return replace(judgement, note=f"{remark} {judgement.note}".rstrip()) if remark else judgement


def _data_of(judgement: Judgement, models: Sequence[Model]) -> str:
    """Digits that stand for the predictions of a judgement's arm and reference, in all its replicates."""
    one, model_records = judgement, [vars(model) for model in models]
    return digest_of(of_a_study(one.evidence.names, one.start, one.reference, one.arm, model_records))


def pilot_measures(plan: "Plan", store: Store) -> pl.DataFrame:
    """Every measure of every model there is so far, sample by sample: the columns of `SAMPLED_SCHEMA`."""
    study, reader = plan.study, Reader.of(store)
    measuring, tagging = Measuring(study.task, study.blindspots), partial(tagged, tags=_tags(plan, reader))
    tagged_predictions = (
        (evaluated, tagging(predictions)) for evaluated, predictions in _predicted(plan, reader)
    )
    tables = [
        _measures(evaluated, study, measuring.of(predictions))
        for evaluated, predictions in tagged_predictions
    ]
    return pl.concat([pl.DataFrame(schema=SAMPLED_SCHEMA), *tables])


def _tags(plan: "Plan", reader: Reader) -> pl.DataFrame:
    """The tags of general rows, where a claim depends on them: finding them may run code of the study."""
    by_group = any(one.beyond and one.measure == "worst_group_accuracy" for one in plan.study.claims)
    return general_tags(plan.study, plan.general_tests if by_group else (), reader)


def _predicted(
    plan: "Plan", reader: Reader, progress: Progress = no_progress
) -> Iterator[tuple["Evaluated", pl.DataFrame]]:
    """Every model that has been evaluated, with its predictions.

    All answer the same tests, so the rows of one tell how many there are in all.
    """
    n_left = sum(reader.is_there(evaluated.predictions) for evaluated in plan.models)
    n_read = n = 0
    for evaluated in plan.models:
        if not reader.is_there(evaluated.predictions):
            continue
        progress(n_read, n_read + n_left * n)
        if reader.done(evaluated.predictions):
            predictions = reader.predictions(evaluated.predictions)
            n = predictions.height
            yield evaluated, predictions
            n_read += n
        n_left -= 1


def _named(table: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table; what its names of models and cells are made of stands once, in their own lists."""
    return table.drop(*MODEL_TAGS, *CELL_TAGS, strict=False).to_dicts()


def _measures(evaluated: "Evaluated", study: Study, measured: pl.DataFrame) -> pl.DataFrame:
    """Every measure of one model beside what it is: the columns of `SAMPLED_SCHEMA`."""
    model = zip(MODEL_SCHEMA.items(), row_of(evaluated, study), strict=True)
    return measured.select(
        *(pl.lit(value, dtype).alias(name) for (name, dtype), value in model),
        pl.all(),
        pl.lit(evaluated.sample, pl.Int64).alias("sample"),
        pl.lit(evaluated.of_samples, pl.Int64).alias("of_samples"),
    )


def _versions(manifest: dict[str, Any]) -> dict[str, Any]:
    return {name: manifest[name] for name in ("scotoma", "python", "libraries")}

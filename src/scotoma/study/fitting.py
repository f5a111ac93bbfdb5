"""Checks that the parts of a study fit together: every misfit at once, before anything runs."""

import re
from collections.abc import Iterable, Iterator

from scotoma.arms.arm import Need, Sourced
from scotoma.basics.errors import ScotomaError, nearest
from scotoma.study.compared import misfits_of_contrast
from scotoma.study.parts import Parts, Place
from scotoma.study.settings.generators import (
    EndpointGenerator,
    FineTuned,
    Generator,
    PromptedGenerator,
    reads_of,
)
from scotoma.study.settings.judges import EndpointJudge
from scotoma.study.settings.models import Adapter, Recipe
from scotoma.tasks.prompts import with_prompt, words_of
from scotoma.tasks.read_row import ROW

#: Where a study is wrong, and what is wrong there, in words.
Misfit = tuple[Place, str]


def misfits(study: Parts) -> Iterator[Misfit]:
    """The misfits of a study, in the order in which they are reported."""
    kinds: set[str] = {arm.kind for arm in study.arms}
    yield from _misfits_of_arms(study)
    if study.heuristic and study.heuristic.label not in study.task.labels:
        wrong = f"{study.heuristic.label!r} is not a label of task {study.task.name}"
        yield ("heuristic", "label"), f"{wrong}. {nearest(study.heuristic.label, study.task.labels)}"
    yield from _misfits_of_predicates(study)
    if study.labeller == "exact" and study.task.exact_labeller is None:
        why = f"not available for task {study.task.name} (no rule computes its labels)"
        yield ("labeller",), f"exact is {why}; use {{original: N}}"
    yield from _misfits_of_models(study)
    yield from _misfits_of_answers(study)
    yield from _misfits_of_generators(study)
    yield from _misfits_of_rounds(study)
    yield from _repeats(("arms",), "arms", [arm.name for arm in study.all_arms])
    yield from _misfits_of_noise(study, kinds)
    yield from _repeats(("starts",), "starts", [str(start) for start in study.starts])
    tests = [*study.data.tests, *(blindspot.name for blindspot in study.blindspots)]
    yield from _repeats(("data", "tests"), "test sets", tests)
    yield from _repeats(("blindspots",), "titles", [blindspot.title for blindspot in study.blindspots])
    for at, blindspot in enumerate(study.blindspots):
        try:
            blindspot.check_covers(study.task.labels)
        except ScotomaError as error:
            yield ("blindspots", at), str(error)
    yield from _misfits_of_claims(study)
    yield from _misfits_of_sharding(study) if study.shards else ()
    for published_name, test in study.published.tests.items() if study.published else ():
        if test not in tests:
            yield (
                ("published", "tests", published_name),
                f"{test!r} is not a test set. {nearest(test, tests)}",
            )


def _misfits_of_arms(study: Parts) -> Iterator[Misfit]:
    missing: dict[Need, str] = {}
    if not (study.writers and study.screening):
        missing["generator"] = "`generator` and `screening`"
    if study.heuristic is None:
        missing["heuristic"] = "`heuristic`"
    if study.labeller is None:
        missing["labels"] = "`labeller`"
    if study.judge is None:
        missing["judge"] = "`judge`"
    for need, settings in missing.items():
        kinds = sorted({arm.kind for arm in study.arms if need in arm.needed})
        if kinds:
            who = f"arm {kinds[0]} needs" if len(kinds) == 1 else f"arms {', '.join(kinds)} need"
            yield ("arms",), f"{who} {settings}"
    yield from _misfits_of_judge(study)
    for arm in study.arms:
        yield from ((("arms",), f"arm {arm.name}: {what}") for what in arm.misfits(study.task))
        least = min((start for start in study.starts if start != "all"), default=arm.n_seen)
        if arm.n_seen > least:
            asks = f"arm {arm.name} takes {arm.n_seen:,} examples that every start has seen"
            yield (
                ("arms",),
                f"{asks}; the smallest has seen {least:,}. Lower its size, or leave that start out",
            )


def _misfits_of_judge(study: Parts) -> Iterator[Misfit]:
    if study.judge is None:
        return
    if not any("judge" in arm.needed for arm in study.arms):
        yield ("judge",), "no arm uses it; add `verified: {n: N, by: judge}` to `arms`, or leave it out"
    if isinstance(study.judge, EndpointJudge) and not study.judge.endpoint.sampling.temperature:
        several = next((arm.name for arm in study.arms if arm.n_answers > 1), None)
        if several:
            yield (
                ("judge", "endpoint", "sampling", "temperature"),
                (
                    f"at 0 all answers are the same, but arm {several} needs several; raise it, for example "
                    "to 0.7"
                ),
            )


def _misfits_of_predicates(study: Parts) -> Iterator[Misfit]:
    for place, name, predicate in study.placed_predicates():
        try:
            predicate.check_fits(study.task.fields, study.task.exact_labeller)
        except ScotomaError as error:
            yield place, f"predicate {name}: {error}"


def _misfits_of_sharding(study: Parts) -> Iterator[Misfit]:
    trainings: list[tuple[Place, Adapter, Place, Recipe]] = [
        (("models", name) if name else ("model",), base.adapter, ("recipe",), study.recipe)
        for name, base in study.bases.items()
    ]
    for name, writer in study.writers.items():
        if isinstance(writer, FineTuned):
            place = place_of_writer(name)
            trainings.append((place, writer.adapter, (*place, "recipe"), writer.recipe))
    for of_model, adapter, of_recipe, recipe in trainings:
        if adapter.kind == "qlora":
            yield (
                (*of_model, "adapter"),
                "kind: qlora cannot be sharded, because 4-bit weights are packed; use kind: lora, or "
                "distributed: {sharding: none}",
            )
        if recipe.optimizer != "adamw":
            yield (
                (*of_recipe, "optimizer"),
                f"{recipe.optimizer} has no sharded state; use adamw, or distributed: {{sharding: none}}",
            )


def _misfits_of_models(study: Parts) -> Iterator[Misfit]:
    if (study.model is None) == (not study.models):
        yield ("model",), "give either `model` or, for several by name, `models`"
    yield from _unfit_names("models", study.models)
    if study.models and study.published:
        yield ("published",), "published figures are for one model; give `model` instead of `models`"


def _misfits_of_answers(study: Parts) -> Iterator[Misfit]:
    if study.answers is None:
        return
    try:
        with_prompt(study.task, study.answers.prompt, "")
    except ScotomaError as error:
        yield ("answers", "prompt"), str(error)
    try:
        words = words_of(study.task, study.answers.words, "")
        yield from _repeats(("answers", "words"), "words", list(words.values()))
    except ScotomaError as error:
        yield ("answers", "words"), str(error)
    if study.shards:
        yield (
            ("distributed", "sharding"),
            "a task model that answers by likelihood cannot be sharded; use sharding: none, or leave "
            "`answers` out",
        )


def _misfits_of_generators(study: Parts) -> Iterator[Misfit]:
    if study.generator is not None and study.generators:
        yield ("generators",), "give either `generator` or, for several by name, `generators`"
    yield from _unfit_names("generators", study.generators)
    for arm in study.arms:
        if arm.generator is not None and arm.generator not in study.generators:
            known = nearest(arm.generator, study.generators) if study.generators else "Give several there."
            wrong = f"there is no generator {arm.generator!r} in `generators`"
            yield ("arms",), f"arm {arm.name}: {wrong}. {known}"
    idle = study.generators.keys() - {arm.generator for arm in study.all_arms}
    if idle:
        yield ("generators",), f"generators {', '.join(sorted(idle))} are used by no arm"
    for name, writer in study.writers.items():
        if isinstance(writer, FineTuned) and writer.trained_on == "start" and 0 in study.starts:
            yield (
                (*place_of_writer(name), "trained_on"),
                "start is not allowed with start 0, which has no examples to learn from",
            )
        yield from _misfits_of_reading(study, name, writer)


def _misfits_of_reading(study: Parts, name: str, writer: Generator) -> Iterator[Misfit]:
    """Why a generator cannot be given real rows as its settings ask."""
    place, reads = place_of_writer(name), reads_of(writer)
    match writer:
        case PromptedGenerator():
            place = (*place, "prompted")
        case EndpointGenerator():
            place = (*place, "endpoint")
    *first, last = study.task.fields
    known = [*first, ROW]
    if reads == ROW and ROW in study.task.fields:
        yield (
            (*place, "reads"),
            f"{ROW} would mean both a text of the task and the whole row; rename the text",
        )
    elif reads == last:
        why = f"{last} is the last text, after which nothing is left to write"
        yield (*place, "reads"), f"{why}; `reads: {ROW}` gives a whole row to be rewritten"
    elif reads is not None and reads not in known:
        yield (
            (*place, "reads"),
            f"{reads!r} is neither a text that others follow nor {ROW}. {nearest(reads, known)}",
        )
    if not isinstance(writer, FineTuned):
        return
    if writer.hidden is not None and reads != ROW:
        yield (
            (*place, "hidden"),
            f"`hidden` hides words of a row that is to be rewritten: it requires `reads: {ROW}`",
        )
    if writer.hidden is None and reads == ROW:
        yield (
            (*place, "reads"),
            "it is trained to restore rows from which words are hidden; give the share of words to hide, "
            "such as `hidden: 0.3`",
        )


def _misfits_of_rounds(study: Parts) -> Iterator[Misfit]:
    if study.rounds is None or study.n_rounds == 1:
        return
    if not study.writers:
        yield ("rounds",), "rounds need `generator`, which the study does not have"
    for name, writer in study.writers.items():
        if not isinstance(writer, FineTuned):
            which = f"generator {name}" if name else "the generator"
            yield (
                ("rounds",),
                f"{which} is not trained, so it learns nothing from what it wrote; leave it out",
            )
        elif writer.trained_on == "start":
            most = writer.sampling.most_kept * len(study.task.labels)
            needed = max((n0 for n0 in study.starts if n0 != "all"), default=0)
            if most < needed:
                gives = f"{'until' if writer.sampling.until else 'candidates_per_label'} gives {most} at most"
                yield ("rounds",), f"the next learns from {needed} rows; {gives}"
    outside = [arm.name for arm in study.arms if isinstance(arm, Sourced) and not arm.is_written]
    if outside:
        names = ", ".join(outside)
        yield ("rounds",), f"nothing was trained to write the rows of {names}; leave them out"


def _misfits_of_noise(study: Parts, kinds: set[str]) -> Iterator[Misfit]:
    yield from _repeats(("noise",), "noise", [repetition.name for repetition in study.noise])
    if study.noise and "original" not in kinds:
        yield ("noise",), "noise repeats original arms; add one, such as `original: 180`, to `arms`"
    same = {"batch_size": study.recipe.batch_size, "batch_tokens": study.evaluation.batch_tokens}
    for repetition in study.noise:
        if repetition.value is not None and repetition.value == same[repetition.kind]:
            yield (
                ("noise",),
                f"{repetition.kind}: {repetition.value} is already the study's own, so nothing would change",
            )


def _misfits_of_claims(study: Parts) -> Iterator[Misfit]:
    for at, claim in enumerate(study.claims):
        wrong = (*claim.misfits(study.blindspots, study.data.tests), *misfits_of_contrast(study, claim))
        yield from ((("claims", at), what) for what in wrong)


def place_of_writer(name: str) -> Place:
    """The keys that lead to a generator in the file."""
    return ("generators", name) if name else ("generator",)


def _unfit_names(what: str, names: Iterable[str]) -> Iterator[Misfit]:
    unfit = [name for name in names if not re.fullmatch(r"[A-Za-z0-9_]+", name)]
    if unfit:
        shown = ", ".join(map(repr, unfit))
        yield (what,), f"{shown} is not allowed as a name; use letters, digits and underscores"


def _repeats(place: Place, what: str, names: list[str]) -> Iterator[Misfit]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        yield place, f"{what} named twice: {', '.join(repeated)}"

"""What of a study does not fit its base models, found before anything runs where these are here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from scotoma.basics.errors import ScotomaError
from scotoma.models.folders import layer_names
from scotoma.models.sizes import find_config, from_config, model_folder
from scotoma.stages.long_rows import check_long_rows, check_words
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.steps import ForeseenRows, NotForeseeable, Step
from scotoma.study.settings.generators import FineTuned, own_model
from scotoma.study.study import Study

Training = TrainClassifier | TrainGenerator


def needs_cuda(study: Study) -> list[str]:
    """Settings of a study that bitsandbytes serves, on a GPU alone: a model in 4 bits, a state in pages."""
    trained = [writer for writer in study.writers.values() if isinstance(writer, FineTuned)]
    # Of a generator that is trained, its own adapter counts, not that of the model it names.
    writers = [own_model(writer) for writer in study.writers.values() if not isinstance(writer, FineTuned)]
    models = [*study.bases.values(), *(model for model in writers if model is not None)]
    adapters = [*(model.adapter for model in models), *(writer.adapter for writer in trained)]
    recipes = [study.recipe, *(writer.recipe for writer in trained)]
    needs = {
        "kind: qlora": any(adapter.kind == "qlora" for adapter in adapters),
        "optimizer: paged_adamw_32bit": any(one.optimizer == "paged_adamw_32bit" for one in recipes),
    }
    return [setting for setting, is_asked in needs.items() if is_asked]


def needed_device(study: Study) -> str:
    """What a study cannot do without, in a sentence: it may be planned on a machine that has none of it."""
    needs = needs_cuda(study)
    if not needs:
        return ""
    need = "need" if len(needs) > 1 else "needs"
    return (
        f"{' and '.join(needs)} {need} a CUDA device and bitsandbytes on the machine that runs the study; "
        "run scotoma doctor there to check for them."
    )


def misfits(steps: Iterable[Step], see: Callable[[Step], ForeseenRows]) -> Iterator[ScotomaError]:
    """Adapters on layers that a base does not have, words that it does not tell apart, rows it cannot read.

    Each base is asked once for each adapter, and once for each file of rows.

    Args:
        steps: Steps that are still to run; only trainings are looked at.
        see: Tells the rows that a step leaves, or will leave.
    """
    trainings = [step for step in steps if isinstance(step, Training) and _is_sound(step, see)]
    for step in {(one.base.key, one.adapter.model_dump_json()): one for one in trainings}.values():
        try:
            _check_adapter(step)
        except ScotomaError as misfit:
            yield misfit
    classifiers = [step for step in trainings if isinstance(step, TrainClassifier)]
    for step in {one.base.key: one for one in classifiers}.values():
        try:
            if step.answers is not None:
                check_words(step.base, step.task, step.answers)
        except ScotomaError as misfit:
            yield misfit
    corpora = {(one.base.key, one.data.corpus.key): one for one in classifiers if one.data is not None}
    for step in corpora.values():
        if step.data is None:
            continue
        try:
            with suppress(NotForeseeable):
                rows = see(step.data.corpus).rows
                check_long_rows(step.base, step.task, rows, step.data.corpus.source_name, step.answers)
        except ScotomaError as misfit:
            yield misfit


def _is_sound(step: Training, see: Callable[[Step], ForeseenRows]) -> bool:
    """Whether the base can be used, as far as is known; what is wrong with it is told elsewhere."""
    try:
        see(step.base)
    except NotForeseeable:
        return True
    except ScotomaError:
        return False
    return True


def _check_adapter(step: Training) -> None:
    """Refuses an adapter on layers that the base does not have.

    The names in the base's files decide where they can, or those that are known of its family. A library may
    name layers otherwise, so a refusal is the library's own, of the model without its weights.

    Raises:
        ScotomaError: there is no such layer; the message has those that there are.
    """
    if step.adapter.kind == "full":
        return
    folder = model_folder(step.base.name, step.base.revision)
    layers = {*step.adapter.targets, *step.adapter.also_train}
    if folder is not None and layers <= layer_names(folder):
        return
    config = find_config(step.base.name, step.base.revision)
    if config is None:
        return
    if layers <= _known_layers(step, config):
        return
    from scotoma.models.dry_run import check_adapter

    n_labels = None if _is_language_model(step) else len(step.task.labels)
    check_adapter(config, step.precision, step.adapter, n_labels)


def _known_layers(step: Training, config: Mapping[str, Any]) -> set[str]:
    """Layers that a base of a known family has for sure; to ask the library takes seconds."""
    sizes = from_config(config)
    if sizes is None or sizes.is_encoder:
        return {*(sizes.linear if sizes else ())}
    return {*sizes.linear, "embed_tokens", *(("lm_head",) if _is_language_model(step) else ())}


def _is_language_model(step: Training) -> bool:
    return isinstance(step, TrainGenerator) or step.answers is not None

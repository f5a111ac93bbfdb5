"""The study file: one YAML document that says everything a result depends on.

`load_study` reads it, refuses it with every error at once, and fills in what files and weights
hash to, so that planning needs nothing but the study.
"""

import os
import typing
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scotoma.arms.arm import Sourced
from scotoma.basics.errors import ScotomaError, nearest, shown
from scotoma.basics.words import counted
from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.blindspots.predicates.heuristic import RowPredicate
from scotoma.blindspots.titles import title_by_rows
from scotoma.models.names import fingerprint
from scotoma.models.sizes import find_config, is_encoder
from scotoma.store.disk import sha256_of, sha256_of_folder
from scotoma.study.finding import find_study
from scotoma.study.fitting import Misfit, place_of_writer
from scotoma.study.parts import Place
from scotoma.study.settings.base import Settings
from scotoma.study.settings.generators import EndpointGenerator, FineTuned, PromptedGenerator, own_model
from scotoma.study.settings.models import Model
from scotoma.study.settings.sources import Source
from scotoma.study.strict_yaml import parse_yaml
from scotoma.study.study import Study
from scotoma.study.undecided import refuse_undecided
from scotoma.tasks.reading.bundled import bundled
from scotoma.tasks.reading.hub import is_saved

T = TypeVar("T")

#: Most errors in one message, and most characters of each: a value may be as long as the file.
_N_SHOWN = 20
_LONGEST = 500

#: What a value should be, where pydantic's own message is written for programmers.
_IN_WORDS = {
    "model_type": "Input should be a mapping of settings",
    "dict_type": "Input should be a mapping",
}


def load_study(study: str, *, replicates: int | None = None) -> Study:
    """Reads a study file, or a bundled study by name.

    Args:
        study: Path of a YAML file, or a bundled study's name; see `find_study`.
        replicates: Takes the place of the file's number.

    Raises:
        ScotomaError: no such study, or two; or every error in it, each with its place and line.
    """
    path = find_study(study)
    root, content = parse_yaml(path)
    refuse_undecided(root, path.name)
    if not isinstance(content, dict):
        raise ScotomaError(
            "a study is a mapping of settings", where=str(path), remedy="See `scotoma init NAME`."
        )
    content = {"name": path.stem, **content}
    if replicates is not None:
        content |= _up_to(replicates, content.get("replicates"))
    try:
        validated = Study.model_validate(content)
    except ValidationError as error:
        remedy = "`scotoma init NAME` writes a study with every setting explained."
        raise _all_errors(_messages(error), path, root, remedy) from error
    problems: list[Misfit] = []
    resolved = _resolve(validated, path.parent, problems)
    if problems:
        raise _all_errors(problems, path, root)
    return resolved


def _up_to(replicates: int, problems: Any) -> dict[str, Any]:
    """So many replicates in place of the file's; of a study with looks, as many as at one of them, or 1."""
    looks = problems.get("looks") if isinstance(problems, dict) else None
    if not isinstance(looks, list):
        return {"replicates": replicates}
    if replicates not in (1, *looks):  # a single replicate is a rehearsal: nothing is judged
        raise ScotomaError(
            f"--replicates must be one of the looks that the study plans; got {replicates}",
            where="--replicates",
            remedy=f"Give one of {', '.join(map(str, looks))}, or 1 to rehearse, or change the study's "
            "`replicates`.",
        )
    return {"replicates": replicates, "looks": looks}


def _messages(error: ValidationError) -> list[Misfit]:
    """Every error in words, but for a list that is too short because what was in it is wrong."""
    details = error.errors(include_url=False)
    within = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    return [
        (detail["loc"], _message(detail))
        for detail in details
        if detail["type"] != "too_short" or detail["loc"] not in within
    ]


def _all_errors(problems: list[Misfit], path: Path, root: yaml.Node | None, remedy: str = "") -> ScotomaError:
    shown = [f"  {_place(path, root, place)}: {message}" for place, message in problems[:_N_SHOWN]]
    lines = [line[:_LONGEST] for line in shown]
    if len(problems) > _N_SHOWN:
        lines.append(f"  and {len(problems) - _N_SHOWN} more")
    return ScotomaError(
        f"{counted(len(problems), 'error')} in study {path.stem!r}:\n" + "\n".join(lines) + "\n",
        remedy=remedy,
    )


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        *place, name = detail["loc"]
        return f"unknown setting. {_known(place, str(name))}"
    if detail["type"] == "missing":
        return f"missing, and has no default{_meaning(detail['loc'])}"
    if detail["type"] in ("value_error", "misfit"):
        return detail["msg"].removeprefix("Value error, ")
    message = f"{_IN_WORDS.get(detail['type'], detail['msg'])}, got {shown(detail['input'])}"
    return f"{message}{_in_quotes(detail['input'])}" if detail["type"] == "string_type" else message


def _in_quotes(value: object) -> str:
    """The remedy for a value that should be a text and that YAML reads otherwise; empty for others."""
    if isinstance(value, bool):
        return ". Write the word in quotes: YAML reads Yes, No, on and off as true and false"
    return ". Write it in quotes" if isinstance(value, int | float) else ""


def _meaning(place: Sequence[int | str]) -> str:
    """What a setting is, in brackets, as far as its place tells; else nothing."""
    fields = [model.model_fields.get(str(place[-1])) for model in _settings_at(place[:-1])[0]]
    descriptions = {field.description for field in fields if field is not None and field.description}
    return f" ({descriptions.pop().rstrip('.')})" if len(descriptions) == 1 else ""


def _known(place: Sequence[int | str], name: str) -> str:
    """The settings that could stand at a place, and which others of its kind have one of this name."""
    here, others = _settings_at(place)
    known = nearest(name, {setting for model in here for setting in model.model_fields} - {"kind"})
    kinds_with_it = sorted(kind for model in others if name in model.model_fields for kind in _kinds(model))
    return f"{known} It is a setting of {' and '.join(kinds_with_it)}." if kinds_with_it else known


def _settings_at(place: Sequence[int | str]) -> tuple[set[type[Settings]], set[type[Settings]]]:
    """The settings that stand at a place, found by walking the types from Study; and those of other kinds."""
    here: set[type[Settings]] = {Study}
    others = set[type[Settings]]()
    for part in place:
        fields = [model.model_fields[part] for model in here if part in model.model_fields]
        tagged = {model for model in here if part in _kinds(model)}
        if tagged:
            here, others = tagged, here - tagged
        elif fields:  # other parts are positions in a list
            here, others = {model for field in fields for model in _settings_in(field.annotation)}, set()
    return here, others


def _is_setting(place: Sequence[int | str]) -> bool:
    return any(place[-1] in model.model_fields for model in _settings_at(place[:-1])[0])


def _kinds(model: type[Settings]) -> tuple[Any, ...]:
    """The tags that one model of a union goes by."""
    return typing.get_args(model.model_fields["kind"].annotation) if "kind" in model.model_fields else ()


def _settings_in(annotation: Any) -> Iterator[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _settings_in(inner)


def _place(path: Path, root: yaml.Node | None, loc: tuple[int | str, ...]) -> str:
    """`study.yaml:12 arms[2].n`: the line is that of the nearest thing the file has."""
    name, node, line = "", root, 1
    for position, part in enumerate(loc):
        if isinstance(node, yaml.MappingNode):
            entries = {key.value: (key, value) for key, value in node.value}.get(str(part))
            if entries:
                line, node = entries[0].start_mark.line + 1, entries[1]
            elif position + 1 < len(loc):
                continue  # the tag of a union, which the file does not have
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.ScalarNode) and not _is_setting(loc[: position + 1]):
            continue  # the tag of a union
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{path.name}:{line} {name.lstrip('.')}".rstrip()


def _resolve(study: Study, folder: Path, problems: list[Misfit]) -> Study:
    """The study with the hashes of its files and weights filled in; adds to `problems` what is missing."""

    def or_as_it_is(place: Place, what: str, value: T, resolved: Callable[[T], T]) -> T:
        try:
            return resolved(value)
        except ScotomaError as error:
            problems.append((place, f"{what}{error.what}. {error.remedy}".rstrip()))
        except OSError as error:
            problems.append((place, f"{what}{error.filename} cannot be read: {error.strerror}."))
        return value

    def source(place: Place, source: Source) -> Source:
        return or_as_it_is(place, "", source, lambda one: _hashed(one, folder))

    def predicate(place: Place, name: str, predicate: RowPredicate) -> RowPredicate:
        return or_as_it_is(place, f"predicate {name}: ", predicate, lambda one: one.found_in(folder))

    places = _places_of_models(study)

    def model(model: Model) -> Model:
        return or_as_it_is(places[model.name], "", model, lambda one: _found_model(one, folder))

    data = study.data.model_copy(
        update={
            "train": source(("data", "train"), study.data.train),
            "tests": {name: source(("data", "tests", name), one) for name, one in study.data.tests.items()},
        }
    )
    heuristic = study.heuristic
    if heuristic is not None:
        predicate_found = predicate(("heuristic", "predicate"), "heuristic", heuristic.predicate)
        heuristic = heuristic.model_copy(update={"predicate": predicate_found})
    spots = tuple(
        spot.model_copy(
            update={
                "source": source(("blindspots", at, "source"), spot.source),
                "select": {
                    name: predicate(("blindspots", at, "select", name), f"{spot.name}.{name}", one)
                    for name, one in spot.select.items()
                },
            }
        )
        for at, spot in enumerate(study.blindspots)
    )
    spots = tuple(_titled(spot, study.task.fields) for spot in spots)
    arms = tuple(
        arm.model_copy(update={"source": source(("arms",), arm.source)}) if isinstance(arm, Sourced) else arm
        for arm in study.arms
    )
    resolved = study.with_models(model)
    problems += _misfits_of_encoders(resolved)
    return resolved.model_copy(
        update={"data": data, "blindspots": spots, "heuristic": heuristic, "arms": arms}
    )


def _titled(spot: BlindSpot, fields: Sequence[str]) -> BlindSpot:
    """The blind spot under the title of the rows that it holds."""
    known = BLINDSPOTS.get(spot.name)
    return spot.model_copy(update={"title": title_by_rows(spot, known, fields)}) if known else spot


def _misfits_of_encoders(study: Study) -> Iterator[Misfit]:
    """What bases that are encoders cannot do; of a base that is not on this machine nothing is known."""
    bases = {name: base for name, base in study.bases.items() if _is_encoder(base)}
    for name, base in bases.items():
        place: Place = ("models", name) if name else ("model",)
        if len(study.task.fields) > 2:
            fields = ", ".join(study.task.fields)
            yield place, f"{base.name} is an encoder and reads one text or two; the task has {fields}"
        if base.adapter.kind == "qlora":
            yield (*place, "adapter"), f"{base.name} is an encoder; use kind: lora or full, not qlora"
        if study.answers:
            yield place, f"{base.name} is an encoder and has no likelihood of words; leave `answers` out"
        if study.shards:
            yield place, f"{base.name} is an encoder; use distributed: {{sharding: none}}, not fsdp"
    for name, writer in study.writers.items():
        own = own_model(writer)
        writes = [own] if own else [] if isinstance(writer, EndpointGenerator) else list(study.bases.values())
        for model in writes:
            if _is_encoder(model):
                yield (
                    place_of_writer(name),
                    f"{model.name} is an encoder and cannot generate; name a causal language model for the "
                    "generator with `model:`",
                )


def _is_encoder(model: Model) -> bool:
    try:
        config = find_config(model.name, model.revision)
    except ScotomaError:  # it is missing, which has been reported
        return False
    return config is not None and is_encoder(config)


def _hashed(value: Source, folder: Path) -> Source:
    if value.bundled is not None:
        return value.model_copy(update={"sha256": sha256_of(bundled(value.bundled))})
    if value.hub is not None:
        return _hashed_folder(value, value.hub, folder)
    if value.file is None:
        return value
    path = folder / os.path.expanduser(value.file)
    if is_saved(path):
        return value.model_copy(update={"file": str(path.resolve()), "sha256": sha256_of_folder(path)})
    if not os.path.isfile(path):
        raise ScotomaError(
            f"data file {value.file!r} does not exist", remedy="Paths are relative to the study file."
        )
    return value.model_copy(update={"file": str(path.resolve()), "sha256": sha256_of(path)})


def _hashed_folder(model: Source, hub: str, folder: Path) -> Source:
    """A data set that lies in a folder, known by its content; one of the hub as it is named."""
    name, _, split = hub.rpartition(":")
    beside_study = folder / os.path.expanduser(name)
    here = beside_study if os.path.isdir(beside_study) else Path(name)
    if not os.path.isdir(here):
        return model
    return model.model_copy(update={"hub": f"{here.resolve()}:{split}", "sha256": sha256_of_folder(here)})


def _found_model(model: Model, folder: Path) -> Model:
    local = folder / model.name
    name = str(local.resolve()) if os.path.isdir(local) else model.name
    return model.model_copy(update={"name": name, "sha256": fingerprint(name)})


def _places_of_models(study: Study) -> dict[str, Place]:
    """Place in the file where each model is named first."""
    named: list[tuple[str, Place]] = []
    for name, base in study.bases.items():
        named.append((base.name, ("models", name, "name") if name else ("model", "name")))
    for name, writer in study.writers.items():
        place = place_of_writer(name)
        if isinstance(writer, FineTuned) and writer.model:
            named.append((writer.model.name, (*place, "model", "name")))
        if isinstance(writer, PromptedGenerator) and writer.prompted.model:
            named.append((writer.prompted.model.name, (*place, "prompted", "model", "name")))
    return dict(reversed(named))

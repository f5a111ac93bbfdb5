"""The study file: one YAML document that says everything a result depends on.

`load_study` reads it, refuses it with every error at once, and fills in what files and weights
hash to, so that planning needs nothing but the study.
"""

import typing
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.errors import ScotomaError, nearest
from scotoma.models.names import fingerprint
from scotoma.settings import (
    Arm,
    Count,
    Evaluation,
    Generator,
    Heuristic,
    Model,
    OriginalLabeller,
    Recipe,
    Repetition,
    Screening,
    Seed,
    Settings,
    Source,
)
from scotoma.stages.read_examples import bundled
from scotoma.store import sha256_of
from scotoma.tasks import TASKS, Task


def _known_task(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in TASKS:
        raise ValueError(f"task {value!r} is not known. {nearest(value, TASKS)}")
    return TASKS[value]


def _known_blindspot(value: Any) -> Any:
    """A name, or a name with another source of rows: `{name: hans, source: FILE}`."""
    if isinstance(value, BlindSpot) or (isinstance(value, dict) and "label_map" in value):
        return value
    name, changes = (value.get("name"), value) if isinstance(value, dict) else (value, {})
    if name not in BLINDSPOTS:
        raise ValueError(f"blind spot {name!r} is not known. {nearest(str(name), BLINDSPOTS)}")
    return {**BLINDSPOTS[name].model_dump(), **changes}


class Data(Settings):
    """The original data."""

    train: Source = Field(
        description="Starts, original arms and the generator's training data come from here."
    )
    tests: dict[str, Source] = Field(min_length=1, description="General test sets by name.")
    repeated_pairs: Literal["keep", "drop"] = Field(
        description="Training pairs that occur more than once: drop removes every copy."
    )


class Claim(Settings):
    """A statement declared before the first run, to be judged at every start and size the study has."""

    blindspot: str
    cell: str = Field(description="heuristic/label, or all/label over heuristics.")
    measure: Literal["accuracy", "accuracy_sum", "margin", "auc"]
    contrast: str = Field(description="`ARM - original` at the same size, or `ARM - start`.")
    margin: Annotated[float, Field(gt=0)] = Field(
        description="Smallest difference that matters, in the measure's unit."
    )
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        description="Rate at which a false verdict is accepted, over all claims (Holm)."
    )
    beyond: str | None = Field(
        None, description="A general test set whose change is taken off: blind spot against task."
    )


class Study(Settings):
    """Everything a result depends on."""

    name: str
    task: Annotated[Task, BeforeValidator(_known_task)]
    blindspots: tuple[Annotated[BlindSpot, BeforeValidator(_known_blindspot)], ...] = Field(min_length=1)
    data: Data
    model: Model
    seed: Seed = Field(description="Replicate r draws everything from seed + r.")
    replicates: Count = Field(description="Runs of the whole chain, the unit of every interval.")
    starts: tuple[Annotated[int, Field(ge=0)] | Literal["all"], ...] = Field(
        min_length=1, description="Original examples the start model has seen; 0 = an untrained head."
    )
    recipe: Recipe = Field(description="For the start model and for every arm.")
    generator: Generator | None = None
    screening: Screening | None = None
    heuristic: Heuristic | None = Field(None, description="For the biased arms.")
    labeller: Literal["exact"] | OriginalLabeller | None = Field(None, description="For the relabelled arms.")
    arms: tuple[Arm, ...]
    noise: tuple[Repetition, ...] = Field((), description="Repetitions that show the noise floor.")
    evaluation: Evaluation
    claims: tuple[Claim, ...] = ()

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        problems = list(self._misfits())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _misfits(self) -> Iterator[str]:
        kinds = {arm.kind for arm in self.arms}
        written = kinds & {"synthetic", "biased", "anti_biased", "relabelled", "mixed"}
        if written and (self.generator is None or self.screening is None):
            yield f"arms {sorted(written)} need `generator` and `screening`"
        biased = kinds & {"biased", "anti_biased", "original_biased"}
        if biased and self.heuristic is None:
            yield f"arms {sorted(biased)} need `heuristic`"
        if self.heuristic and self.heuristic.label not in self.task.labels:
            yield f"heuristic.label {self.heuristic.label!r} is not a label of task {self.task.name}"
        if "relabelled" in kinds and self.labeller is None:
            yield "arm relabelled needs `labeller`"
        if self.labeller == "exact" and self.task.exact_labeller is None:
            yield f"labeller: exact is not to be had for task {self.task.name}; use {{original: N}}"
        if self.generator and self.generator.trained_on == "start" and 0 in self.starts:
            yield "generator.trained_on: start has nothing to learn from at start 0"
        yield from _repeats("arms", [arm.name for arm in self.arms])
        yield from _repeats("noise", [repetition.name for repetition in self.noise])
        if self.noise and "original" not in kinds:
            yield "noise repeats original arms, and the study has none"
        yield from _repeats("starts", [str(start) for start in self.starts])
        yield from _repeats("test sets", [*self.data.tests, *(b.name for b in self.blindspots)])
        for blindspot in self.blindspots:
            try:
                blindspot.check_covers(self.task.labels, self.task.target)
            except ScotomaError as error:
                yield str(error)
        yield from self._misfits_of_claims(kinds)

    def _misfits_of_claims(self, kinds: set[str]) -> Iterator[str]:
        known = [blindspot.name for blindspot in self.blindspots]
        for claim in self.claims:
            arm, _, reference = claim.contrast.partition(" - ")
            if arm not in kinds or reference not in ("start", "original"):
                yield (
                    f"claim contrast {claim.contrast!r} must be `ARM - start` or `ARM - original` "
                    f"with an arm of this study ({', '.join(sorted(kinds))})"
                )
            if claim.beyond is not None:
                if claim.beyond not in self.data.tests:
                    yield f"claim: {claim.beyond!r} is no test set. {nearest(claim.beyond, self.data.tests)}"
                if claim.measure not in ("accuracy", "auc"):
                    yield f"claim: `beyond` compares accuracy or auc, not {claim.measure}"
            if claim.blindspot not in known:
                yield f"claim: {claim.blindspot!r} is not in this study. {nearest(claim.blindspot, known)}"


def _repeats(what: str, names: list[str]) -> Iterator[str]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        yield f"{what} named twice: {', '.join(repeated)}"


def bundled_studies() -> dict[str, Path]:
    """The studies that come with the package, by name."""
    folder = Path(str(files("scotoma") / "studies"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_study(study: str, *, replicates: int | None = None) -> Study:
    """Reads a study file, or a bundled study by name.

    Args:
        study: Path of a YAML file, or a bundled study's name.
        replicates: Takes the place of the file's number.

    Raises:
        ScotomaError: no such study; or every error in it, each with its place and line.
    """
    path = Path(study)
    if not path.is_file():
        if study not in bundled_studies():
            raise ScotomaError(
                f"study {study!r} is neither a file nor a bundled study",
                remedy=f"{nearest(study, bundled_studies())} `scotoma init NAME` writes one to start from.",
            )
        path = bundled_studies()[study]
    root, content = _parse_yaml(path)
    if not isinstance(content, dict):
        raise ScotomaError(
            "a study is a mapping of settings", where=str(path), remedy="See `scotoma init NAME`."
        )
    content = {"name": path.stem, **content}
    if replicates is not None:
        content["replicates"] = replicates
    try:
        found = Study.model_validate(content)
    except ValidationError as error:
        raise _all_errors(error, path, root) from error
    return _resolve(found, path.parent)


class _Loader(yaml.SafeLoader):
    """Refuses a key given twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is no single word", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _parse_yaml(path: Path) -> tuple[yaml.Node | None, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return yaml.compose(text, _Loader), yaml.load(text, _Loader)
    except UnicodeDecodeError as error:
        raise ScotomaError(
            f"byte {error.object[error.start]:#04x} is not UTF-8",
            where=str(path),
            remedy="Save the file as UTF-8.",
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error)
        raise ScotomaError(
            f"not readable as YAML: {problem}", where=place, remedy="Mend that line."
        ) from error


def _all_errors(error: ValidationError, path: Path, root: yaml.Node | None) -> ScotomaError:
    details = error.errors(include_url=False)
    lines = [f"  {_place(path, root, detail['loc'])}: {_message(detail)}" for detail in details]
    count = f"{len(lines)} errors" if len(lines) > 1 else "1 error"
    return ScotomaError(
        f"{count} in study {path.stem!r}:\n" + "\n".join(lines) + "\n",
        remedy="`scotoma init NAME` writes a study with every setting explained.",
    )


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return f"unknown setting. {nearest(str(detail['loc'][-1]), _known_keys(detail['loc'][:-1]))}"
    if detail["type"] == "missing":
        return "missing, and has no default"
    message = detail["msg"].removeprefix("Value error, ")
    shown = repr(detail["input"])
    return message if detail["type"] == "value_error" or len(shown) > 60 else f"{message}, got {shown}"


def _known_keys(place: tuple[int | str, ...]) -> set[str]:
    """The settings that could stand at a place, found by walking the types from Study."""
    candidates: set[type[Settings]] = {Study}
    for part in place:
        fields = [model.model_fields[part] for model in candidates if part in model.model_fields]
        if fields:  # other parts are positions in a list, or the tag of a union
            candidates = {model for field in fields for model in _settings_in(field.annotation)}
    return {name for model in candidates for name in model.model_fields}


def _settings_in(annotation: Any) -> Iterator[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _settings_in(inner)


def _place(path: Path, root: yaml.Node | None, loc: tuple[int | str, ...]) -> str:
    """`study.yaml:12 arms[2].n`: the line is that of the nearest thing the file has."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    node, line = root, 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = {key.value: (key, value) for key, value in node.value}.get(str(part))
            if found:
                line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return f"{path.name}:{line} {name}".rstrip()


def _resolve(study: Study, folder: Path) -> Study:
    """The study with the hashes of its files and weights filled in."""

    def source(found: Source) -> Source:
        if found.bundled is not None:
            path, named = bundled(found.bundled), found.bundled
        elif found.file is not None:
            path, named = (folder / Path(found.file).expanduser()).resolve(), found.file
        else:
            return found
        if not path.is_file():
            remedy = (
                "Paths are relative to the study file."
                if found.file
                else "Known: mnli/train_10k.tsv.xz, mnli/dev_matched.tsv.xz."
            )
            raise ScotomaError(
                f"data file {named!r} does not exist", where=f"study {study.name}", remedy=remedy
            )
        hashed = {"sha256": sha256_of(path)}
        return found.model_copy(update=hashed if found.file is None else {"file": str(path), **hashed})

    def model(found: Model) -> Model:
        local = folder / found.name
        name = str(local.resolve()) if local.is_dir() else found.name
        return found.model_copy(update={"name": name, "sha256": fingerprint(name)})

    data = study.data.model_copy(
        update={
            "train": source(study.data.train),
            "tests": {k: source(v) for k, v in study.data.tests.items()},
        }
    )
    spots = tuple(spot.model_copy(update={"source": source(spot.source)}) for spot in study.blindspots)
    arms = tuple(
        arm.model_copy(update={"source": source(arm.source)}) if arm.source else arm for arm in study.arms
    )
    generator = study.generator
    if generator is not None and generator.model is not None:
        generator = generator.model_copy(update={"model": model(generator.model)})
    return study.model_copy(
        update={
            "data": data,
            "blindspots": spots,
            "arms": arms,
            "model": model(study.model),
            "generator": generator,
        }
    )

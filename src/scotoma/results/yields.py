"""What became of the rows that generators wrote: how many the screen kept, and why it dropped the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from scotoma.results.reader import Reader
from scotoma.results.shortcut import Shortcut

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Evaluated, Plan


@dataclass(frozen=True)
class Yield:
    """What became of one generator's rows.

    Attributes:
        key: Key of the screening step.
        replicates: Replicates whose chains it belongs to.
        starts: Starts whose arms drew from it.
        generator: Name of the generator, if there are several.
        round: Round in which the generator wrote.
        funnel: Contents of the step's `yield.json`: rows raw, kept and rejected by reason; by label, how
            often each overlap rule holds, and the study's own predicate if it has one.
    """

    key: str
    replicates: tuple[int, ...]
    starts: tuple[str, ...]
    funnel: dict[str, Any]
    generator: str = ""
    round: int = 1

    def __str__(self) -> str:
        where = f"replicate {', '.join(map(str, self.replicates))}, start {', '.join(self.starts)}"
        generator = f", generator {self.generator}" if self.generator else ""
        return f"{where}{generator}{f', round {self.round}' if self.round > 1 else ''}"


def screened(plan: "Plan", shortcut: Shortcut | None, reader: Reader) -> Iterator[Yield]:
    """The funnel of every screening step that is done, with the models that drew from it."""
    users: dict[str, list[Evaluated]] = {}
    for evaluated in plan.models:
        for step in evaluated.predictions.upstream:
            users.setdefault(step.key, []).append(evaluated)
    for step in plan.steps:
        if step.stage == "screen" and reader.done(step):
            funnel = reader.funnel(step)
            if shortcut is not None and not shortcut.is_overlap:
                _add_shares(funnel, shortcut, reader.examples(step))
            drew = users.get(step.key, [])
            yield Yield(
                step.key,
                tuple(dict.fromkeys(evaluated.replicate for evaluated in drew)),
                tuple(dict.fromkeys(evaluated.start for evaluated in drew)),
                funnel,
                next((evaluated.arm.generator or "" for evaluated in drew), ""),
                # Later rounds rest on what earlier ones wrote.
                min((evaluated.round for evaluated in drew), default=1),
            )


def _add_shares(funnel: dict[str, Any], shortcut: Shortcut, pool: pl.DataFrame) -> None:
    """How often the study's own predicate holds, by label: here, so that another one screens nothing anew."""
    obeys = pool.select("label", obeys=pl.Series(shortcut.holds(pool), dtype=pl.Boolean))
    for label, counts in funnel["by_label"].items():
        share = obeys.filter(pl.col("label") == label)["obeys"].mean()
        if share is not None:
            counts[shortcut.name] = round(float(share), 6)  # type: ignore[arg-type]

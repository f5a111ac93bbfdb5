"""What of a study's synthetic data is in the store: every pool, and every arm that draws from one."""

from dataclasses import dataclass
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import EXAMPLES
from scotoma.experiment import Plan
from scotoma.stages.assemble import Assemble
from scotoma.stages.gather_pools import GatherPools
from scotoma.stages.screen import Screen
from scotoma.store.steps import Step
from scotoma.store.store import Store

POOL = "pool"


@dataclass(frozen=True)
class Part:
    """One table of a study's synthetic data.

    Attributes:
        config: `pool`, `pool+GENERATOR`, `pool@ROUND`; or the arm's name.
        split: `replicate_0`; with the start behind it where a replicate has one for every start, and then
            with the sample, from the second on.
        replicate: Replicate whose chain it belongs to.
        starts: The starts it was written, or drawn, for.
        step: Step that made it.
    """

    config: str
    split: str
    replicate: int
    starts: tuple[str, ...]
    step: Screen | Assemble

    @property
    def file(self) -> str:
        """Path of the table in the exported folder."""
        return f"{self.config}/{self.split}.parquet"

    @property
    def is_pool(self) -> bool:
        """Whether it is all that was written, and no arm's draw from it."""
        return isinstance(self.step, Screen)


def parts(planned: Plan) -> list[Part]:
    """Every table of synthetic rows that a study plans, pools first.

    Raises:
        ScotomaError: it has none.
    """
    users: dict[tuple[str, int, int], dict[str, tuple[Screen | Assemble, list[str]]]] = {}
    for model in planned.models:
        data = model.predictions.classifier.data
        if data is None or data.arm == "all":
            continue
        if not data.arm.n_written:  # such as originals made after the generator's pattern
            continue
        pool = data.pool
        # Of pools that were put together, those of the rounds before are their own arms'.
        pool = pool.pools[-1] if isinstance(pool, GatherPools) else pool
        if not isinstance(pool, Screen):
            continue
        for config, sample, step in ((f"{POOL}{data.marks}", 1, pool), (data.drawn_from, data.sample, data)):
            of_table = users.setdefault((config, model.replicate, sample), {})
            _, starts = of_table.setdefault(step.key, (step, []))
            if model.start not in starts:
                starts.append(model.start)
    if not users:
        raise ScotomaError(
            f"study {planned.study.name!r} has no synthetic data",
            where="arms",
            remedy="None of its arms draws from a generator's rows.",
        )
    all_parts = [
        Part(config, _split(replicate, starts, len(steps), sample), replicate, tuple(starts), step)
        for (config, replicate, sample), steps in users.items()
        for step, starts in steps.values()
    ]
    return sorted(all_parts, key=lambda part: not part.is_pool)


def done_parts(planned: Plan, store: Store) -> tuple[list[Part], list[Part]]:
    """The tables that are in the store, unaltered, and those that are not there yet.

    Raises:
        ScotomaError: no pool is there, or one was altered since it was made.
    """
    all_parts = parts(planned)
    done = [part for part in all_parts if store.done(part.step)]
    if not any(part.is_pool for part in done):
        raise ScotomaError(
            f"nothing of the synthetic data of study {planned.study.name!r} is in the store",
            where=str(store.root),
            remedy="`scotoma run` makes it; --store says where that was.",
        )
    for part in done:
        if altered := store.verify(part.step):
            raise ScotomaError(
                f"{', '.join(altered)} differs from its checksum",
                where=str(store.folder(part.step)),
                remedy="`scotoma run` with --remake makes its step again.",
            )
    return done, [part for part in all_parts if part not in done]


def examples(store: Store, step: Step) -> Path:
    """The table that a step left."""
    return store.folder(step) / EXAMPLES


def _split(replicate: int, starts: list[str], n_of_replicate: int, sample: int) -> str:
    name = f"replicate_{replicate}"
    name += f"_start_{starts[0].replace('/', '_')}" if n_of_replicate > 1 else ""
    return f"{name}_sample_{sample}" if sample > 1 else name

"""What a terminal, or a log, shows while a plan runs, and of its state."""

import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from scotoma.api.running import Outlook, Overseen
from scotoma.basics.words import counted, duration, in_bytes, significant, visible
from scotoma.cli.printing import PlainConsole
from scotoma.cli.progress import growing_tree, work_left
from scotoma.experiment import Plan
from scotoma.run.cost import REACHED, CoreRate, Costs
from scotoma.run.inspection import Inspection
from scotoma.run.needed import left_to_make
from scotoma.run.requests import name_of
from scotoma.run.slurm import Submission
from scotoma.run.states import NOT_NEEDED
from scotoma.run.telling import Activity, lines
from scotoma.run.watch import PlainWatch, Watch
from scotoma.run.workers import fresh_logs
from scotoma.store.costs import Cost
from scotoma.store.steps import Step
from scotoma.store.store import Store

#: Seconds between two readings of a store that several processes fill.
_EVERY = 1.0

#: How long a tree is shown before it is drawn again, in multiples of the time that drawing took.
_STAYS = 9


class _Rows(ProgressColumn):
    """`1,088/2,880 rows, 20 s left`; nothing before a step has said how many it has."""

    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text()
        time_left = "" if task.time_remaining is None else f", {duration(task.time_remaining)} left"
        return Text(f"{task.completed:,.0f}/{task.total:,.0f} rows{time_left}")


class LiveWatch:
    """On a terminal: the study as a tree, and under it the rows of the step that runs.

    The screen is refreshed some times a second, not with each step: a tree has a line for every one of these.
    """

    def __init__(self, draw: Callable[[], RenderableType]) -> None:
        title = TextColumn("{task.description}", markup=False)
        self.bars = Progress(title, BarColumn(), _Rows())
        self.rows = self.bars.add_task("", total=None, visible=False)
        self.draw, self.tree = draw, draw()
        self.is_old, self.stays_until = False, 0.0

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        """Names the step, in the tree and under it."""
        self.bars.reset(self.rows, total=None, description=visible(step.title, keep=""), visible=True)
        self.is_old = True

    def progress(self, done: int, total: int) -> None:
        """Moves the step's bar."""
        self.bars.update(self.rows, completed=done, total=total)

    def end(self, step: Step, seconds: float) -> None:
        """Removes the step's bar."""
        self.bars.update(self.rows, visible=False)
        self.is_old = True

    def leave_out(self, step: Step, why: str) -> None:
        """The same; the tree says why."""
        self.end(step, 0.0)

    def __rich__(self) -> RenderableType:
        """What is on the screen; the tree drawn anew if steps began or ended."""
        began = time.monotonic()
        if self.is_old and began >= self.stays_until:
            self.is_old = False  # set before drawing: a step that ends meanwhile makes it outdated again
            self.tree = self.draw()
            self.stays_until = time.monotonic() + _STAYS * (time.monotonic() - began)
        return Group(self.tree, self.bars) if self.bars.tasks[self.rows].visible else self.tree


@contextmanager
def watching(plan: Plan, store: Store, *, console: PlainConsole) -> Iterator[Watch]:
    """A tree on a terminal, plain lines otherwise."""
    if not console.is_terminal:
        yield PlainWatch()
        return
    watch = LiveWatch(growing_tree(plan, store))
    with Live(watch, console=console):
        yield watch
        watch.stays_until = 0.0  # what stays on the screen is how it ended


@contextmanager
def overseeing(plan: Plan, store: Store, *, console: PlainConsole) -> Iterator[Overseen]:
    """For several processes: on a terminal, a folder for their logs, and a callback that draws the tree.

    The tree is drawn from the store, with a line for each worker above it, where a low terminal does not cut
    it off. Otherwise the processes write to standard error themselves, line by line.
    """
    if not console.is_terminal:
        yield None, lambda: None
        return
    logs = fresh_logs(store, name_of(plan.study))
    draw, stays_until = growing_tree(plan, store), 0.0
    with Live(console=console) as live:

        def look() -> None:
            nonlocal stays_until
            began = time.monotonic()
            if began >= stays_until:
                live.update(Group(worker_lines(lines(logs), time.time()), draw()))
                stays_until = time.monotonic() + max(_EVERY, _STAYS * (time.monotonic() - began))

        yield logs, look
        live.update(draw())


def worker_lines(workers: Sequence[Activity | None], now: float) -> Table:
    """A line for each worker: what it does, how many rows are done, how long it will take.

    Args:
        workers: What each is doing; None for one that has not reported yet.
        now: The time, in seconds since 1970.
    """
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True, justify="right")
    for number, doing in enumerate(workers, 1):
        title = "starting" if doing is None else visible(doing.title, keep="") or "waiting for another worker"
        seconds = doing.seconds_left(now) if doing else None
        time_left = "" if seconds is None else f", {duration(seconds)} left"
        rows = f"{doing.done:,}/{doing.total:,} rows{time_left}" if doing and doing.total else ""
        table.add_row(Text(f"worker {number}", style="bold cyan"), Text(title), Text(rows))
    return table


def plan_table(plan: Plan, outlook: Outlook) -> list[RenderableType]:
    """Steps by stage: how many there are, are done, and are missing; what the missing may take, and why."""
    steps = Counter(state.step.stage for state in outlook.states)
    done = Counter(state.step.stage for state in outlook.states if state.word == "done")
    not_needed = Counter(state.step.stage for state in outlook.states if state.word == NOT_NEEDED)
    took = outlook.took
    table = Table(
        title=f"{plan.study.name}: {len(plan.steps)} steps, {len(plan.models)} models", title_justify="left"
    )
    for name in ("stage", "steps", "done", "missing", "time for missing"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for stage, count in steps.items():
        missing = count - done[stage] - not_needed[stage]
        time_left = "" if not missing else "not known until one has run"
        if missing and stage in took:
            time_left = f"about {duration(took[stage] * missing)}"
        table.add_row(stage, str(count), str(done[stage]), str(missing), time_left)
    sentences = [work_left(outlook.states, took), *outlook.missing.sentences]
    return [table, *(Text(line) for line in sentences if line)]


def read_text(inspection: Inspection) -> list[RenderableType]:
    """How the study's own data were read."""
    return [Text(), *(Text(visible(line, keep="")) for line in inspection.read)] if inspection.read else []


def cost_text(
    costs: Costs, store: Store, tflops: float, share: float, core: CoreRate
) -> list[RenderableType]:
    """The costs of the steps, by kind, in all and still to come, and the assumptions of these figures.

    Args:
        costs: Costs as counted.
        store: Store; steps that are done there cost nothing more.
        tflops: Peak of one device, in 10^12 operations a second.
        share: Share of that peak that is reached.
        core: Rate of a core of this machine.
    """
    table = Table(title="Estimated cost", title_justify="left")
    for name in ("stage", "tokens", "PFLOP", "device time", "core time", "disk"):
        table.add_column(name, justify="left" if name == "stage" else "right")

    def add(name: str, chosen: Sequence[tuple[Step, Cost]]) -> None:
        parts = ("tokens", "flops", "size")
        tokens, flops, size = (sum(getattr(cost, part) for _, cost in chosen) for part in parts)
        rates = (tflops * 1e12 * share, core.flops * REACHED)
        times = (duration(flops / rate) if flops else "" for rate in rates)
        worked = (_digits(tokens / 1e6, " M"), _digits(flops / 1e15), *times)
        table.add_row(name, *worked, in_bytes(size))

    for stage in dict.fromkeys(step.stage for step, cost in costs.steps if cost.tokens or cost.size):
        add(stage, [one for one in costs.steps if one[0].stage == stage])
    table.add_section()
    add("all steps", costs.steps)
    missing = {step.key for step in left_to_make((step for step, _ in costs.steps), store)}
    add("missing", [one for one in costs.steps if one[0].key in missing])
    transient = max((cost.transient for _, cost in costs.steps), default=0.0)
    rests_on = [
        f"Device time is for one device with a peak of {tflops:g} TFLOP/s (--device-tflops), of which "
        f"{share:g} is reached (--share); small batches reach less, and models of a few million weights far "
        f"less. Core time is for one core of this machine, measured just now at {core.flops / 1e9:.0f} "
        f"GFLOP/s in {core.precision}, of which {REACHED:g} is reached; --workers divides the work.",
        *costs.assumed,
        (
            f"Training for more than a few minutes keeps checkpoints of up to {in_bytes(transient)} while it "
            "runs."
        ),
    ]
    if costs.n_unknown:
        rests_on.append(f"Not counted: {counted(costs.n_unknown, 'step')}; {'; '.join(costs.unknown)}.")
    return [Text(), table, Text(" ".join(rests_on))]


def submission_text(handed: Submission, n_asked: list[str]) -> list[str]:
    """What was submitted, and how to follow it; `n_asked` names the study and the store."""
    waiting = f"{counted(handed.n_there, 'worker')} already waiting or running"
    first = (
        f"Submitted {counted(handed.n_new, 'worker')} as job {handed.job} ({handed.name})"
        + (f"; {waiting}." if handed.n_there else ".")
        if handed.n_new
        else f"Nothing submitted: {waiting} ({handed.name})."
    )
    return [
        first,
        f"Progress:         scotoma status {shlex.join(n_asked)}",
        f"When it is done:  scotoma report {shlex.join(n_asked)}",
        f"Workers' output:  {handed.logs}",
    ]


def _digits(n: float, unit: str = "") -> str:
    """At least three digits: `2,190 M`, `30.1`, `0.0186`; empty for nothing."""
    return f"{significant(n, 3)}{unit}" if n else ""

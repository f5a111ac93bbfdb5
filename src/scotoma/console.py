"""What a terminal, or a log, shows while a plan runs and of how it stands."""

import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from scotoma.cost import Cost, Costs
from scotoma.execute import Watch
from scotoma.experiment import Plan
from scotoma.leases import Holder
from scotoma.printing import PlainConsole
from scotoma.slurm import Submission
from scotoma.steps import Step
from scotoma.store import Store
from scotoma.words import counted, in_bytes, visible

#: Seconds between two lines about the same step.
_QUIET_FOR = 30


class PlainWatch:
    """Lines for logs and pipes: a step begins, how far it is now and then, it ends."""

    def __init__(self) -> None:
        self.started = self.spoke = time.monotonic()

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        """Says which step runs."""
        self.started = self.spoke = time.monotonic()
        self._say(f"[{position}/{n_steps}] {step.title}")

    def progress(self, done: int, total: int) -> None:
        """Says how far the step is and how long it will take, at most twice a minute."""
        now = time.monotonic()
        if now - self.spoke >= _QUIET_FOR and done:
            self.spoke = now
            left = (now - self.started) / done * (total - done)
            self._say(f"    {done} of {total} rows, about {duration(left)} left")

    def end(self, step: Step, seconds: float) -> None:
        """Says how long it took."""
        self._say(f"    done: {step.title}, {duration(seconds)}")

    def _say(self, line: str) -> None:
        # A file's name must not begin a line of its own in a log.
        sys.stderr.write(f"{visible(line, keep='')}\n")
        sys.stderr.flush()


class BarWatch:
    """Two bars on a terminal: steps of the study, and rows of the step that runs."""

    def __init__(self, bars: Progress, n_steps: int) -> None:
        self.bars = bars
        self.steps = bars.add_task("study", total=n_steps)
        self.rows = bars.add_task("", total=None, visible=False)

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        """Names the step."""
        self.bars.update(self.steps, completed=position - 1, total=n_steps)
        self.bars.reset(self.rows, total=None, description=step.title, visible=True)

    def progress(self, done: int, total: int) -> None:
        """Moves the step's bar."""
        self.bars.update(self.rows, completed=done, total=total)

    def end(self, step: Step, seconds: float) -> None:
        """Leaves a line behind."""
        said = (("done", "green"), f" {step.title} ", (duration(seconds), "dim"))
        self.bars.console.print(Text.assemble(*said))
        self.bars.advance(self.steps)


@contextmanager
def watching(n_steps: int, console: PlainConsole) -> Iterator[Watch]:
    """Bars on a terminal, plain lines otherwise."""
    if not console.is_terminal:
        yield PlainWatch()
        return
    title = TextColumn("{task.description}", markup=False)
    columns = (title, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield BarWatch(bars, n_steps)


def plan_table(plan: Plan, store: Store) -> Table:
    """Steps by stage: how many there are, are done, and are missing, and what the missing may take."""
    steps: Counter[str] = Counter(step.stage for step in plan.steps)
    done: Counter[str] = Counter(step.stage for step in plan.steps if store.done(step))
    seconds: dict[str, list[float]] = {}
    for step in plan.steps:
        if store.done(step):
            seconds.setdefault(step.stage, []).append(float(store.manifest(step)["seconds"]))
    table = Table(
        title=f"{plan.study.name}: {len(plan.steps)} steps, {len(plan.models)} models", title_justify="left"
    )
    for name in ("stage", "steps", "done", "missing", "time for the missing"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for stage, count in steps.items():
        missing = count - done[stage]
        mean = sum(seconds[stage]) / len(seconds[stage]) if stage in seconds else None
        left = (
            ""
            if not missing
            else "not known until one has run"
            if mean is None
            else f"about {duration(mean * missing)}"
        )
        table.add_row(stage, str(count), str(done[stage]), str(missing), left)
    return table


def cost_text(costs: Costs, store: Store, tflops: float, share: float) -> list[RenderableType]:
    """What the steps cost, by kind, in all and still to come, and what these figures rest on.

    Args:
        costs: As counted.
        store: What is done there costs nothing any more.
        tflops: Peak of one device, in 10^12 operations a second.
        share: Of that peak that is reached.
    """
    table = Table(title="Cost, by a model of it", title_justify="left")
    for name in ("stage", "tokens", "PFLOP", "device time", "disk"):
        table.add_column(name, justify="left" if name == "stage" else "right")

    def add(name: str, chosen: Sequence[Cost]) -> None:
        tokens, flops, size = (sum(getattr(c, part) for c in chosen) for part in ("tokens", "flops", "size"))
        seconds = flops / (tflops * 1e12 * share)
        worked = (_digits(tokens / 1e6, " M"), _digits(flops / 1e15), duration(seconds) if flops else "")
        table.add_row(name, *worked, in_bytes(size))

    for stage in dict.fromkeys(cost.step.stage for cost in costs.steps if cost.tokens or cost.size):
        add(stage, [cost for cost in costs.steps if cost.step.stage == stage])
    table.add_section()
    add("all steps", costs.steps)
    add("missing", [cost for cost in costs.steps if not store.done(cost.step)])
    transient = max((cost.transient for cost in costs.steps), default=0.0)
    rests_on = [
        f"Time on one device that peaks at {tflops:g} TFLOP/s (--device-tflops) and reaches {share:g} of it "
        "(--share): less for small batches, far less for models of a few million weights.",
        *costs.assumed,
        f"A training of more than some minutes has checkpoints of up to {in_bytes(transient)} while it runs.",
    ]
    if costs.n_unknown:
        rests_on.append(f"Not counted: {counted(costs.n_unknown, 'step')}; {'; '.join(costs.unknown)}.")
    return [Text(), table, Text(" ".join(rests_on))]


def status_table(plan: Plan, store: Store, spoilt: Mapping[str, list[str]]) -> Table:
    """Every step and how it stands: done, altered, running, failed (with its cause in a line), or to do.

    Args:
        plan: Whose steps.
        store: Where they stand.
        spoilt: Altered files by the step's key.
    """
    table = Table(title=f"{plan.study.name} in {store.root}", title_justify="left")
    for name in ("step", "state", "time"):
        table.add_column(name, justify="right" if name == "time" else "left", overflow="fold")
    for step in plan.steps:
        if step.key in spoilt:
            table.add_row(step.title, f"altered: {', '.join(spoilt[step.key])}", "")
        elif store.done(step):
            table.add_row(step.title, "done", duration(float(store.manifest(step)["seconds"])))
        elif holder := store.running(step):
            table.add_row(step.title, _running(holder), "")
        elif error := store.error(step):
            table.add_row(step.title, f"failed: {error.strip().splitlines()[-1]}", "")
        else:
            table.add_row(step.title, "to do", "")
    return table


def _running(holder: Holder) -> str:
    """Where, since when, and, if no lock says that it lives, when it last gave a sign of life."""
    heard = "" if holder.sure else f", last heard of {holder.heard}"
    return f"running on {holder.host} since {holder.since}{heard}"


def handed_over(handed: Submission, asked: list[str], name: str) -> list[str]:
    """What was submitted, and how to see what becomes of it; `asked` names the study and the store."""
    there = f"{counted(handed.n_there, 'worker')} there already, waiting or running"
    first = (
        f"Submitted {counted(handed.n_new, 'worker')} as job {handed.job} ({handed.name})"
        + (f"; {there}." if handed.n_there else ".")
        if handed.n_new
        else f"Nothing submitted: {there} ({handed.name})."
    )
    return [
        first,
        f"How it stands:    scotoma status {shlex.join(asked)}",
        f"When it is done:  scotoma report {shlex.join(asked)} --out reports/{name}",
        f"What they say:    {handed.logs}",
    ]


def _digits(n: float, unit: str = "") -> str:
    """At least three digits: `2,190 M`, `30.1`, `0.0186`; empty for nothing."""
    if not n:
        return ""
    return f"{n:,.0f}{unit}" if n >= 1000 else f"{n:.3g}{unit}"


def duration(seconds: float) -> str:
    """Seconds in words: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"

"""What a terminal, or a log, shows while a plan runs and of how it stands."""

import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from scotoma.execute import Watch
from scotoma.experiment import Plan
from scotoma.slurm import Submission
from scotoma.store import Step, Store
from scotoma.words import counted

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
        sys.stderr.write(f"{line}\n")
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
        self.bars.console.print(f"[green]done[/] {step.title} [dim]{duration(seconds)}[/]")
        self.bars.advance(self.steps)


@contextmanager
def watching(n_steps: int, console: Console) -> Iterator[Watch]:
    """Bars on a terminal, plain lines otherwise."""
    if not console.is_terminal:
        yield PlainWatch()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
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
        elif store.running(step):
            table.add_row(step.title, "running", "")
        elif error := store.error(step):
            table.add_row(step.title, f"failed: {error.strip().splitlines()[-1]}", "")
        else:
            table.add_row(step.title, "to do", "")
    return table


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


def duration(seconds: float) -> str:
    """Seconds in words: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"

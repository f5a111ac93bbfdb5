"""Steps that take no time, or as long as they are told; as a program, one process that makes some.

    python tests/toy.py STORE LOG [--seconds S] [--steps N] [--host NAME] [--hasty]

Every try adds a line to LOG. With `--hasty`, the process gives signs of life often, and soon misses those of
others; with `--host` too, and it believes to be on that machine, whose locks no other sees.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from scotoma.run.execute import execute
from scotoma.store import leases
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.store.store import Store


class Toy(Step):
    """What a stage declares that stands in tests alone: it loads no model and costs nothing."""

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False

    def cost(self, forecast: Forecast) -> Cost:
        return Cost()


class Number(Toy):
    """Writes a number."""

    version: ClassVar[int] = 1
    value: float

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        (out / "number.txt").write_text(str(self.value))


class Sum(Toy):
    """Adds them up."""

    version: ClassVar[int] = 1
    parts: tuple[tuple[str, Number], ...]
    offset: Number | None = None

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        total = sum(float((inputs(step) / "number.txt").read_text()) for step in self.inputs)
        if total < 0:
            raise ValueError("below zero")
        (out / "number.txt").write_text(str(total))


class Link(Toy):
    """One of a chain: checks that the one before is whole, and writes two files with a pause between."""

    version: ClassVar[int] = 1
    number: int
    before: tuple["Link", ...] = ()

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        options = _options()
        with options.log.open("a") as log:
            log.write(f"{self.number}\n")
        for step in self.before:
            # Its manifest holds the checksums of what we are about to read.
            assert Store(options.store).verify(step) == []
            assert (inputs(step) / "second.txt").read_text() == str(step.number)
        (out / "first.txt").write_text("half")
        time.sleep(options.seconds)
        (out / "second.txt").write_text(str(self.number))


class Silence:
    """Watches and says nothing."""

    def begin(self, step: Step, position: int, n_steps: int) -> None: ...
    def progress(self, done: int, total: int) -> None: ...
    def end(self, step: Step, seconds: float) -> None: ...
    def leave_out(self, step: Step, why: str) -> None: ...


def make_all(store: Store, step: Step) -> int:
    """Makes a step and its inputs; how many ran."""
    return execute([*step.inputs, step], store, device="cpu", watch=Silence())


def made(store: Store, wanted: Step) -> Path:
    """The folder of a step that is made, and whatever it rests on before it."""

    def make(step: Step) -> None:
        for needed in step.inputs:
            make(needed)
        store.make(step, Runtime())

    make(wanted)
    return store.folder(wanted)


def sum_of(*values: float) -> Sum:
    """The sum, a number a step."""
    return Sum(parts=tuple((str(i), Number(value=value)) for i, value in enumerate(values)))


def links(n: int) -> list[Link]:
    """Several chains of three."""
    made: list[Link] = []
    for number in range(n):
        made.append(Link(number=number, before=(made[-1],) if number % 3 else ()))
    return made


def on_host(name: str) -> None:
    """From now on this process is on another machine, whose locks nobody else sees."""
    leases._host = lambda: name  # type: ignore[assignment]
    leases._lock = lambda file, kind: True
    hasten()


def hasten() -> None:
    """From now on this process gives signs of life often, and soon misses those of others."""
    leases._BEAT, leases._SILENCE = 0.05, 0.5


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--host")
    parser.add_argument("--hasty", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Makes them."""
    options = _options()
    if options.host:
        on_host(options.host)
    if options.hasty:
        hasten()
    n = execute(links(options.steps), Store(options.store), device="cpu", watch=Silence())
    os.write(1, f"{n}\n".encode())


if __name__ == "__main__":
    main()

"""Runs readers over damaged inputs and keeps count: taken, refused in words, or a failure."""

import faulthandler
import os
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.basics.words import visible

from .readers import Reader

#: Seconds of processor time that one input may take.
LIMIT = 5.0
#: Seconds after which even code that hears no signal is stopped, with a traceback.
_LAST = 300
#: Characters of an error: someone is to read it.
_LONGEST = 6000


class TooLong(BaseException):
    """An input took longer than the limit; no reader catches it."""


@dataclass
class Tally:
    """What became of one reader's inputs."""

    reader: Reader
    n_taken: int = 0
    n_refused: int = 0
    slowest: float = 0.0
    slowest_input: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Inputs tried."""
        return self.n_taken + self.n_refused + len(self.failures)


def shares(readers: Sequence[Reader], n: int) -> list[int]:
    """How many of n inputs each reader gets, by weight; n in all."""
    total, counts, passed = sum(reader.weight for reader in readers), [], 0.0
    for reader in readers:
        before, passed = round(n * passed / total), passed + reader.weight
        counts.append(round(n * passed / total) - before)
    return counts


def run(reader: Reader, n: int, seed: int, failures: Path) -> Tally:
    """n inputs of one reader; each that fails is kept in a folder, with its traceback."""
    tally = Tally(reader)
    before = signal.signal(signal.SIGPROF, _too_long)
    try:
        for number in range(n):
            _try(tally, number, seed, failures)
    finally:
        signal.signal(signal.SIGPROF, before)
    return tally


def _try(tally: Tally, number: int, seed: int, failures: Path) -> None:
    reader = tally.reader
    files = reader.make(stream(seed, "fuzz", reader.name, number))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        started = time.process_time()
        faulthandler.dump_traceback_later(_LAST, exit=True)
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        try:
            reader.read(folder)
            tally.n_taken += 1
        except ScotomaError as error:
            signal.setitimer(signal.ITIMER_PROF, 0)
            if len(str(error)) > _LONGEST or not _is_safe(visible(str(error))):
                tally.failures.append(_keep(failures, reader, number, files))
            else:
                tally.n_refused += 1
        except (Exception, TooLong):  # whatever it is, it is what is looked for
            signal.setitimer(signal.ITIMER_PROF, 0)
            tally.failures.append(_keep(failures, reader, number, files))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()
        seconds = time.process_time() - started
        if seconds > tally.slowest:
            tally.slowest, tally.slowest_input = seconds, number


def _is_safe(text: str) -> bool:
    return all(one.isprintable() or one == "\n" for one in text)


def _keep(failures: Path, reader: Reader, number: int, files: dict[str, bytes]) -> str:
    folder = failures / f"{''.join(one if one.isalnum() else '-' for one in reader.name)}-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    text = traceback.format_exc()
    (folder / "traceback.txt").write_text(text, encoding="utf8", errors="backslashreplace")
    last = text.strip().splitlines()[-1]
    return f"{folder}{os.linesep}    {visible(last[:200], keep='')}"


def _too_long(signum: int, frame: object) -> None:
    raise TooLong(f"more than {LIMIT:g} s of processor time")

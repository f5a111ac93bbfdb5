"""A signal stops a process, wherever in its own code or a library's it comes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, model_serializer

from scotoma.basics.interruption import (
    INTERRUPTED,
    Interrupted,
    end_at_once,
    install_handler,
    is_requested,
    raise_pending,
    saves_first,
)
from scotoma.run.execute import execute
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from toy import Number, Silence, Toy

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


@pytest.fixture(autouse=True)
def _listening() -> Iterator[None]:
    before = {name: signal.getsignal(name) for name in SIGNALS}
    install_handler()
    yield
    end_at_once()
    for name, handler in before.items():
        signal.signal(name, handler)


def ask(number: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_obeyed_at_once(number: signal.Signals) -> None:
    with pytest.raises(Interrupted):
        ask(number)


def test_work_that_saves_first_is_asked_and_a_second_signal_stops_it() -> None:
    seen = []

    @saves_first()
    def work() -> None:
        ask()
        raise_pending()
        seen.append(is_requested())
        ask()
        seen.append("it goes on")

    with pytest.raises(Interrupted):
        work()
    assert seen == [True]


def test_a_signal_waits_for_the_end_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, it would be taken for a library that is not installed."""
    (tmp_path / "slow_to_import.py").write_text(
        "import os, signal, time\ntry:\n    os.kill(os.getpid(), signal.SIGTERM)\n    time.sleep(.3)\n"
        "except BaseException:\n    raise SystemExit\n",
        encoding="utf8",
    )
    monkeypatch.syspath_prepend(tmp_path)

    def use() -> None:
        import slow_to_import  # type: ignore[import-not-found]  # noqa: F401

        time.sleep(60)

    with pytest.raises(Interrupted):
        use()


def test_what_compiled_code_cannot_raise_is_not_shown_and_raised_later(
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Dying:
        def __del__(self) -> None:
            ask()

    Dying()
    assert capfd.readouterr().err == ""
    with pytest.raises(Interrupted):
        raise_pending()


def test_an_import_that_does_not_end_is_interrupted_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scotoma.basics.interruption._OFTEN", 3)
    (tmp_path / "never_imported.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(60)\n", encoding="utf8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Interrupted):
        import never_imported  # type: ignore[import-not-found]  # noqa: F401


def test_what_was_swallowed_is_raised_before_the_next_step(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Number(value=1)
    with contextlib.suppress(Interrupted):  # as some library's callback does
        ask()
    with pytest.raises(Interrupted):
        execute([step], store, device="cpu", watch=Silence())
    assert not store.done(step)


class Serialised(BaseModel):
    """Asks to stop while pydantic's compiled code has the word."""

    @model_serializer
    def _as_nothing(self) -> str:
        ask()
        return ""


class Serialising(Toy):
    """Makes an error of another kind of an interruption."""

    version: ClassVar[int] = 1

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        Serialised().model_dump()


def test_an_error_that_a_library_makes_of_an_interruption_is_no_failure_of_the_step(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Serialising()
    with pytest.raises(Interrupted):
        store.make(step, Runtime())
    assert store.error(step) is None
    assert list(tmp_path.glob("work/*")) == []


#: Sends a signal while a command's own modules are imported, and is then the command.
INTERRUPTING = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.{number})
sys.meta_path.insert(0, Finder())
from scotoma.cli import main
main()
"""


@pytest.mark.parametrize(
    ("name", "number"),
    [("typer", "SIGINT"), ("scotoma.cli.audit", "SIGTERM"), ("polars", "SIGUSR1")],
)
def test_a_command_that_is_interrupted_while_it_starts_says_so(
    name: str, number: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", INTERRUPTING.format(name=name, number=number), "plan", "quickstart"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == INTERRUPTED, ended.stderr
    assert ended.stderr == "\nInterrupted. To continue: scotoma plan quickstart\n"


#: A command in which Python drops what the signal raises, as it does in a finalizer or in compiled code.
LOSING = """
import os, signal, sys, types
class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
def commands():
    Finalized()
    sys.exit({code})
app = types.ModuleType("scotoma.cli.app")
app.commands = commands
sys.modules[app.__name__] = app
from scotoma.cli import main
main()
"""


@pytest.mark.parametrize(("code", "ends"), [(0, INTERRUPTED), (2, 2)])
def test_a_signal_whose_exception_is_lost_still_interrupts_a_command_that_has_no_error(
    code: int, ends: int
) -> None:
    command = [sys.executable, "-c", LOSING.format(code=code), "plan", "quickstart"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == ends, ended.stderr
    assert ("Interrupted. To continue" in ended.stderr) == (ends == INTERRUPTED)


def test_what_listens_to_signals_is_there_before_anything_that_takes_time() -> None:
    code = "import sys, scotoma.cli; print('typer' in sys.modules or 'rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"

"""As a program: a step is made, discarded and made again, and killed at every file operation of the store on
the way, each time in a fresh store; then it is made without being killed. Prints how many times it died.

    python tests/dying.py FOLDER
"""

import itertools
import os
import signal
import sys
from pathlib import Path

from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from toy import Number

_OPERATIONS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "fcntl.flock"}
_STEP = Number(value=1)


def make_twice(store: Store) -> None:
    """With the artifact discarded in between."""
    store.make(_STEP, Runtime())
    store.discard(_STEP)
    store.make(_STEP, Runtime())


def kill_before(operation: int) -> None:
    """Kills this process before its file operation of that number."""
    left = operation

    def count(event: str, _arguments: object) -> None:
        nonlocal left
        if event in _OPERATIONS:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def main() -> None:
    """Until a try lives to its end."""
    folder = Path(sys.argv[1])
    for operation in itertools.count():
        store = Store(folder / str(operation))
        child = os.fork()
        if child == 0:
            kill_before(operation)
            make_twice(store)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert not store.done(_STEP) or store.verify(_STEP) == [], operation
        assert store.running(_STEP) is None
        store.make(_STEP, Runtime())
        assert store.verify(_STEP) == [], operation
        assert (store.folder(_STEP) / "number.txt").read_text() == "1.0"
    os.write(1, f"{operation}\n".encode())


if __name__ == "__main__":
    main()

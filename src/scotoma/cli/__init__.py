"""The commands. The only folder that knows typer."""

import atexit
import gc
import shlex
import sys
from typing import NoReturn

from scotoma.basics.interruption import INTERRUPTED, Interrupted, end_at_once, install_handler, is_requested


def main() -> None:
    """Runs the command line; user errors exit 2 without a traceback, interruptions 75.

    Signals are listened to before anything is imported that takes time.
    """
    install_handler()
    # Else Python looks for cycles among the objects of all modules before it ends: a tenth of a second.
    atexit.register(gc.freeze)
    try:
        from scotoma.cli.app import commands

        commands()
    except Interrupted:
        _leave()
    except SystemExit as ended:
        if is_requested() and not ended.code:  # compiled code lost the Interrupted of a signal
            _leave()
        raise
    except Exception:
        if not is_requested():  # else a library turned the Interrupted of a signal into another error
            raise
        _leave()
    finally:
        end_at_once()


def _leave() -> NoReturn:
    end_at_once()
    if "work" not in sys.argv[1:2]:  # the process that started it reports
        sys.stderr.write(f"\nInterrupted. To continue: {shlex.join(['scotoma', *sys.argv[1:]])}\n")
    sys.exit(INTERRUPTED)

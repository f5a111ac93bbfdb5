"""The commands. The only folder that knows typer."""

import atexit
import gc
import shlex
import sys
from typing import NoReturn

from scotoma.basics.interruption import INTERRUPTED, Interrupted, asked, end_at_once, listen


def main() -> None:
    """Runs the command line; user errors exit 2 without a traceback, interruptions 75.

    Signals are listened to before anything is imported that takes time.
    """
    listen()
    # Else Python looks for cycles among the objects of all modules before it ends: a tenth of a second.
    atexit.register(gc.freeze)
    try:
        from scotoma.cli.app import commands

        commands()
    except Interrupted:
        _leave()
    except SystemExit as ended:
        if asked() and not ended.code:  # compiled code lost the Interrupted of a signal
            _leave()
        raise
    except Exception:
        if not asked():  # else a library turned the Interrupted of a signal into another error
            raise
        _leave()
    finally:
        end_at_once()


def _leave() -> NoReturn:
    end_at_once()
    if "work" not in sys.argv[1:2]:  # the process that started it reports
        sys.stderr.write(f"\nInterrupted. To continue: {shlex.join(['scotoma', *sys.argv[1:]])}\n")
    sys.exit(INTERRUPTED)

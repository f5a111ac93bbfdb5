"""Requests: a study as it was when its run was asked for, as JSON in the store.

So edits of the study file while workers run, or wait in a queue, change nothing for them.
"""

import hashlib
import sys
from pathlib import Path

from scotoma.experiment import plan
from scotoma.run.execute import execute, follow
from scotoma.run.watch import Watch
from scotoma.run.workers import present
from scotoma.store.store import Store
from scotoma.study.study import Study


def name_of(study: Study) -> str:
    """A request's name: the study's, and a hash of its content."""
    return f"{study.name}-{hashlib.sha256(_text(study).encode()).hexdigest()[:12]}"


def leave_request(study: Study, store: Store) -> Path:
    """Writes a request and returns its file, named after it."""
    return store.write_text("requests", f"{name_of(study)}.json", _text(study))


def read_request(path: Path) -> Study:
    """The study that was asked for."""
    return Study.model_validate_json(path.read_text(encoding="utf8"))


def worker_command(request: Path, store: Path, *how: str) -> list[str]:
    """The command of a worker that makes the steps of a request; `how` are more options of `scotoma work`."""
    return [sys.executable, "-m", "scotoma", "work", str(request), "--store", str(store), *how]


def fulfil(request: Path, store: Store, *, name: str, device: str, watch: Watch) -> None:
    """Makes the steps of a request, beside other workers; alone, or as one process of a team.

    Args:
        request: Request file, as `leave_request` wrote it.
        store: Store that the workers share.
        name: Name of this worker.
        device: Torch device name, or `auto`.
        watch: Informed of every step.
    """
    from scotoma.models.device import resolve_device
    from scotoma.models.together import join, leave, own_device

    device = resolve_device(own_device(device))
    study = read_request(request)
    team, steps = join(device, shards=study.shards), plan(study).steps
    try:
        if team.rank:
            follow(steps, store, device=device, team=team)
        else:
            with present(store, request.stem, name):
                execute(steps, store, device=device, watch=watch, team=team)
    except BaseException:
        leave(failed=True)
        raise
    leave()


def _text(study: Study) -> str:
    return study.model_dump_json(indent=1) + "\n"

"""A run spread over a Ray cluster: every Ray task is a worker on the one store.

The same as `--workers`, on other machines. A task takes strings and returns a number; results go
through the store alone. (Ray pickles what it sends to its tasks; nothing of that reaches the store.)
"""

import importlib.util
import logging
import math
import signal
from pathlib import Path
from typing import Any

from scotoma.basics.errors import ScotomaError
from scotoma.basics.interruption import INTERRUPTED, Interrupted, install_handler
from scotoma.run.requests import fulfil
from scotoma.run.watch import PlainWatch
from scotoma.store.store import Store

_WHERE = "--on ray"
_NEEDS = ("num_cpus", "num_gpus")


def work_on_ray(request: Path, store: Store, *, workers: int, device: str, needs: dict[str, str]) -> None:
    """Runs a request's workers as tasks of a Ray cluster, and waits until all is done.

    Ray restarts a worker whose node is lost, up to three times. An interruption is passed on to the workers,
    which save their trainings.

    Args:
        request: Request file, as `leave_request` wrote it.
        store: Store that all nodes see under the same path.
        workers: Number of tasks; those for which the cluster has no room wait.
        device: Torch device name on the nodes.
        needs: Resources of each worker, `num_cpus` and `num_gpus`; Ray's own default is one core and no GPU.

    Raises:
        ScotomaError: Ray is not installed, no cluster is running, or a worker failed.
    """
    needed = _numbers(needs)
    ray = _connected()
    try:
        spread = ray.remote(max_retries=3, scheduling_strategy="SPREAD", **needed)(_work)
        tasks = [spread.remote(str(request), str(store.root), device) for _ in range(workers)]
        _wait(ray, tasks)
    finally:
        ray.shutdown()


def _work(request: str, store: str, device: str) -> int:
    """One worker, in a process that Ray started."""
    install_handler(signal.SIGINT)  # which Ray sends to cancel a task; so a training can save first
    try:
        fulfil(Path(request), Store(store), name="ray", device=device, watch=PlainWatch())
    except Interrupted:
        return INTERRUPTED
    return 0


def _connected() -> Any:
    if importlib.util.find_spec("ray") is None:
        raise ScotomaError("Ray is not installed", where=_WHERE, remedy="pip install 'scotoma[ray]'")
    import ray

    own_handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address="auto", log_to_driver=True, logging_level=logging.ERROR)
    except ConnectionError as error:
        raise ScotomaError(
            "no Ray cluster is running here",
            where=_WHERE,
            remedy="Start one with `ray start --head`, or name one in RAY_ADDRESS.",
        ) from error
    signal.signal(signal.SIGTERM, own_handler)  # Ray has replaced ours
    return ray


def _wait(ray: Any, tasks: list[Any]) -> None:
    waiting = list(tasks)
    try:
        while waiting:
            ready, waiting = ray.wait(waiting)
            ray.get(ready)
    except ray.exceptions.RayError as error:
        raise ScotomaError(
            f"a worker failed: {str(error).strip().splitlines()[-1]}",
            where=_WHERE,
            remedy="`scotoma status` names the step; the same command continues.",
        ) from error
    finally:
        for task in waiting:
            ray.cancel(task)
        ray.wait(waiting, num_returns=len(waiting), timeout=60) if waiting else None


def _numbers(needs: dict[str, str]) -> dict[str, float]:
    try:
        numbers = {name: float(value) for name, value in needs.items() if name in _NEEDS}
    except ValueError:
        numbers = {}
    if len(numbers) != len(needs) or not all(0 <= number < math.inf for number in numbers.values()):
        raise ScotomaError(
            f"{needs} is not a list of Ray resources",
            where="--ray-options",
            remedy="Write, for example, num_cpus=4,num_gpus=1.",
        )
    return numbers

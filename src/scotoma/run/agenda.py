"""Which step is made next: the first of a plan whose inputs are done, without a look at all the others."""

import heapq
from collections.abc import Iterable

from scotoma.store.steps import Step


class Agenda:
    """Steps that are not done, one after another; a step comes once its inputs have been reported done.

    A look at each step after each step would make a run's own work grow with the square of its steps.

    Args:
        steps: Steps that are not done, inputs before what needs them.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = {step.key: step for step in steps}
        self._places = {key: place for place, key in enumerate(self._steps)}
        self._waits_for: dict[str, set[str]] = {}
        self._needed_by: dict[str, list[str]] = {key: [] for key in self._steps}
        for key, step in self._steps.items():
            self._waits_for[key] = {needed.key for needed in step.inputs} & self._steps.keys()
            for needed in self._waits_for[key]:
                self._needed_by[needed].append(key)
        self._ready = [(place, key) for key, place in self._places.items() if not self._waits_for[key]]
        self._busy: list[tuple[int, str]] = []

    def next(self) -> Step | None:
        """The first step that can be made; None where all that could be are busy, or none is left."""
        return self._steps[heapq.heappop(self._ready)[1]] if self._ready else None

    def done(self, step: Step) -> None:
        """Reports that a step is done: it does not come again, and what waited for nothing else does."""
        for key in self._needed_by[step.key]:
            self._waits_for[key].discard(step.key)
            if not self._waits_for[key]:
                heapq.heappush(self._ready, (self._places[key], key))

    def busy(self, step: Step) -> None:
        """Notes that another process is making a step: it is offered again after `look_again`."""
        self._busy.append((self._places[step.key], step.key))

    def look_again(self) -> bool:
        """Lets busy steps come again; whether there were any."""
        busy, self._busy = self._busy, []
        for one in busy:
            heapq.heappush(self._ready, one)
        return bool(busy)

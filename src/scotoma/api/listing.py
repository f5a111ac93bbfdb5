"""What comes with the package, by the names that study files and options use: each in a line of its own."""

import inspect
from collections.abc import Callable, Mapping

from scotoma.arms import ARMS
from scotoma.blindspots import BLINDSPOTS
from scotoma.blindspots.predicates.rules import study_rules
from scotoma.measures import MEANINGS
from scotoma.study.finding import bundled_studies, first_sentence
from scotoma.tasks import TASKS


def _studies() -> dict[str, str]:
    return {name: first_sentence(path) for name, path in bundled_studies().items()}


def _tasks() -> dict[str, str]:
    return {
        name: f"{', '.join(task.fields)}: {', '.join(task.labels)} ({task.citation})"
        for name, task in TASKS.items()
    }


def _blindspots() -> dict[str, str]:
    return {name: f"{spot.title}: {' '.join(spot.heuristics.values())}" for name, spot in BLINDSPOTS.items()}


def _arms() -> dict[str, str]:
    return {name: (inspect.getdoc(kind) or "").partition("\n\n")[0] for name, kind in ARMS.items()}


def _measures() -> dict[str, str]:
    return dict(MEANINGS)


def _predicates() -> dict[str, str]:
    rules = study_rules(("premise", "hypothesis"))
    return {name: f"holds where {rule.sentence}" for name, rule in rules.items()}


#: For each kind of thing, what gives its names and what each of them is.
KINDS: Mapping[str, Callable[[], dict[str, str]]] = {
    "studies": _studies,
    "tasks": _tasks,
    "blindspots": _blindspots,
    "arms": _arms,
    "measures": _measures,
    "predicates": _predicates,
}

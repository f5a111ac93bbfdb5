"""Scotoma tells whether training on synthetic data makes a language model less robust.

| name | what it does |
|---|---|
| `audit` | does a data set carry the shortcut? Before anything is trained on it |
| `predict` | a causal language model's answers to a blind spot, by likelihood |
| `score` | one model's predictions on a blind spot, cell by cell |
| `compare` | two models, or two recipes by their replicates: WORSE, BETTER, EQUIVALENT? |
| `Study` | the whole experiment: `read`, `plan`, `run`, `report` |
| `ScotomaError` | what is wrong, where, and what to do about it |

Names are imported when they are first used, so that `import scotoma` itself takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scotoma.api.audit import AuditResult, audit
    from scotoma.api.predicting import predict
    from scotoma.api.predictions import ComparisonResult, ScoreResult, compare, score
    from scotoma.api.study import PlanResult, Study, StudyResult
    from scotoma.api.verdict import Verdict
    from scotoma.basics.errors import ScotomaError

__version__ = "0.3.0"

__all__ = [
    "AuditResult",
    "ComparisonResult",
    "PlanResult",
    "ScoreResult",
    "ScotomaError",
    "Study",
    "StudyResult",
    "Verdict",
    "__version__",
    "audit",
    "compare",
    "predict",
    "score",
]

_HOMES = {
    "AuditResult": "scotoma.api.audit",
    "ComparisonResult": "scotoma.api.predictions",
    "PlanResult": "scotoma.api.study",
    "ScoreResult": "scotoma.api.predictions",
    "ScotomaError": "scotoma.basics.errors",
    "Study": "scotoma.api.study",
    "StudyResult": "scotoma.api.study",
    "Verdict": "scotoma.api.verdict",
    "audit": "scotoma.api.audit",
    "compare": "scotoma.api.predictions",
    "predict": "scotoma.api.predicting",
    "score": "scotoma.api.predictions",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value  # from now on without this function
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

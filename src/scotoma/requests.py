"""What a worker is asked to do: a study as it was when it was asked for, as JSON in the store.

So whoever edits the study file while its workers run, or wait in a queue, changes nothing for them.
"""

import hashlib
from pathlib import Path

from scotoma.store import Store
from scotoma.study import Study


def leave_request(study: Study, store: Store) -> Path:
    """The request's file, named after the study and its content."""
    text = study.model_dump_json(indent=1) + "\n"
    name = f"{study.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return store.write_text("requests", f"{name}.json", text)


def read_request(path: Path) -> Study:
    """The study that was asked for."""
    return Study.model_validate_json(path.read_text(encoding="utf8"))

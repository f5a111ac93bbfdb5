"""Pages of the documentation that are written from the code, so that they cannot fall behind it."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from reference import commands, json_files, python_api, records, study_file


class Page(NamedTuple):
    """A page that is written from the code.

    Attributes:
        source: The file or folder it is written from. A document links to that, for the forge; in the site
            the link leads to the page.
        write: Gives its Markdown.
    """

    source: str
    write: Callable[[], str]


#: By their paths in the site.
PAGES = {
    "reference/commands.md": Page("src/scotoma/cli/app.py", commands.page),
    "reference/python.md": Page("src/scotoma/__init__.py", python_api.page),
    "reference/study.md": Page("src/scotoma/study/parts.py", study_file.page),
    "reference/studies.md": Page("src/scotoma/bundled/studies", records.studies),
    "reference/tasks.md": Page("src/scotoma/tasks", records.tasks),
    "reference/measures.md": Page("src/scotoma/measures", records.measures),
    "reference/results.md": Page("src/scotoma/bundled/results.schema.json", json_files.results),
    "reference/audit.md": Page(
        "src/scotoma/bundled/audit.schema.json", partial(json_files.command, "audit", "audit.md")
    ),
    "reference/score.md": Page(
        "src/scotoma/bundled/score.schema.json", partial(json_files.command, "score", "predictions.md")
    ),
    "reference/compare.md": Page(
        "src/scotoma/bundled/compare.schema.json", partial(json_files.command, "compare", "predictions.md")
    ),
    "reference/plan.md": Page(
        "src/scotoma/bundled/plan.schema.json", partial(json_files.command, "plan", "commands.md")
    ),
    "reference/status.md": Page(
        "src/scotoma/bundled/status.schema.json", partial(json_files.command, "status", "commands.md")
    ),
}

__all__ = ["PAGES", "Page"]

"""Documentation pages that are generated from the code, so that they are never out of date."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from reference import commands, json_files, python_api, records, study_file


class Page(NamedTuple):
    """A page that is generated from the code.

    Attributes:
        source: The file or folder that the page is generated from. Documents link to it, for the forge; on
            the site the link leads to the page.
        write: Returns the page's Markdown.
    """

    source: str
    write: Callable[[], str]


#: Pages by their paths on the site.
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

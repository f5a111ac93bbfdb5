"""From predictions to numbers, contrasts, verdicts and pages; no model is needed for any of it."""

from scotoma.report.declaration import declare
from scotoma.report.files import write_report
from scotoma.report.older_seeds import older_seeds
from scotoma.report.results import Results, pilot, pilot_measures, results
from scotoma.report.terminal import terminal

__all__ = [
    "Results",
    "declare",
    "older_seeds",
    "pilot",
    "pilot_measures",
    "results",
    "terminal",
    "write_report",
]

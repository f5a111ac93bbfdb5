"""Draws what a study found: `results.json`, tables, a page, figures for print, the terminal's table."""

from scotoma.report.files import write_report
from scotoma.report.terminal import terminal

__all__ = ["terminal", "write_report"]

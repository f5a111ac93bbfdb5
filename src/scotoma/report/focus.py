"""Where a report looks first."""

from scotoma.blindspots import BlindSpot
from scotoma.study import Study


def focus(study: Study, blindspot: BlindSpot) -> tuple[str, str]:
    """The cell and measure that a report shows first: the first claim's, if there is one."""
    for claim in study.claims:
        if claim.blindspot == blindspot.name:
            return claim.cell, claim.measure
    return f"all/{blindspot.labels[1]}", "accuracy"

"""The cells and measures that a report shows first."""

from scotoma.blindspots import BlindSpot
from scotoma.measures import cell_on_the_task
from scotoma.study.claims import Claim
from scotoma.study.study import Study


def focus(study: Study, blindspot: BlindSpot) -> tuple[str, str]:
    """The cell and measure that a report shows first: the first claim's, if there is one."""
    for claim in study.claims:
        if claim.blindspot == blindspot.name:
            return claim.cell, claim.measure
    return f"all/{blindspot.labels[1]}", "accuracy"


def on_the_task(study: Study, claim: Claim) -> str:
    """The cell of a general test set that a claim's cell is held against."""
    (spot,) = (spot for spot in study.blindspots if spot.name == claim.blindspot)
    return cell_on_the_task(claim.measure, spot, study.task)


def followed_cells(study: Study) -> dict[str, tuple[str, str, str]]:
    """What is followed from round to round: the task, and what a report shows first of every blind spot."""
    task = next(iter(study.data.tests))
    places = {f"accuracy on {task}": (task, "all", "accuracy")}
    for spot in study.blindspots:
        cell, measure = focus(study, spot)
        places[f"{measure} on {spot.name} {cell}"] = (spot.name, cell, measure)
    return places

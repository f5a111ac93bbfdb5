"""The arms of several generators beside one another, at the same size and in the same round."""

from scotoma.arms.arm import GENERATOR_MARK, ROUND_MARK
from scotoma.blindspots import BlindSpot
from scotoma.report.tables.models import Table, paired
from scotoma.results.focus import focus
from scotoma.results.results import Results
from scotoma.results.values import values


def beside_the_first(results: Results, blindspot: BlindSpot) -> Table:
    """How far each generator's arms are from the same arm of the study's first, paired by replicate."""
    first, *others = results.study.generators
    cell, measure = focus(results.study, blindspot)
    places = {f"{measure} on {cell}": (blindspot.name, cell, measure)}
    places |= {f"accuracy on {test}": (test, "all", "accuracy") for test in results.general}
    found = {name: values(results.measures, *place) for name, place in places.items()}
    rows = []
    for start, arm in next(iter(found.values())):
        kind, _, rest = arm.partition(GENERATOR_MARK)
        generator, _, number = rest.partition(ROUND_MARK)
        if generator not in others:
            continue
        reference = arm.replace(f"{GENERATOR_MARK}{generator}", f"{GENERATOR_MARK}{first}", 1)
        cells = [paired(of.get((start, reference), {}), of.get((start, arm), {})) for of in found.values()]
        rows.append((start, kind, generator, number or "1", *cells))
    caption = (
        f"{blindspot.title}: arms of each generator against the same arm of generator {first}, differences "
        "paired by replicate, with 95 % intervals."
    )
    return Table(caption, ("start", "arm", "generator", "round", *found), tuple(rows), n_names=4)

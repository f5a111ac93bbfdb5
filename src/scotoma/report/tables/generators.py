"""The arms of several generators beside one another, at the same size and in the same round."""

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
    values_by_name = {name: values(results.measures, *place) for name, place in places.items()}
    study = results.study
    written = {
        arm.name_in(number): (arm, number)
        for arm in study.all_arms
        for number in study.rounds_of(arm)
        if arm.generator in others
    }
    rows = []
    for start, name in next(iter(values_by_name.values())):
        if name not in written:
            continue
        arm, number = written[name]
        alone, reference = (arm.model_copy(update={"generator": one}) for one in (None, first))
        own, of_first = (start, name), (start, reference.name_in(number))
        cells = [paired(of.get(of_first, {}), of.get(own, {})) for of in values_by_name.values()]
        rows.append((start, alone.name, str(arm.generator), str(number), *cells))
    caption = (
        f"{blindspot.title}: arms of each generator against the same arm of generator {first}, differences "
        "paired by replicate, with 95 % intervals."
    )
    return Table(caption, ("start", "arm", "generator", "round", *values_by_name), tuple(rows), n_names=4)

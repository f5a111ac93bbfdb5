"""`scotoma plan` and `scotoma status`: what a study is going to do, and how it stands. They run nothing.

As in the other commands on studies, the file is read before what is needed to go on is imported: most errors
are in the file.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import counted
from scotoma.cli.options import AsJson, Replicates, StoreDir, StudyName
from scotoma.cli.printing import PlainConsole


def plan_command(
    study: StudyName,
    store: StoreDir = Path("store"),
    replicates: Replicates = None,
    sd: Annotated[
        float | None, typer.Option(help="Standard deviation between replicates, if no pilot has run.")
    ] = None,
    power: Annotated[
        float, typer.Option(min=0.5, max=0.99, help="Required chance of reaching the true verdict.")
    ] = 0.8,
    device_tflops: Annotated[
        float, typer.Option(min=1e-3, help="Peak of one device, in TFLOP/s; 312 is an A100's in bf16.")
    ] = 312,
    share: Annotated[
        float, typer.Option(min=1e-3, max=1, help="Fraction of the peak that is reached.")
    ] = 0.2,
    parameters: Annotated[
        int | None, typer.Option(min=1, help="Number of weights of the base, if its size is not known here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at a study's data; show its steps, their cost, and what its replicates can show. Runs nothing."""
    from scotoma.study.file import load_study

    settings = load_study(study, replicates=replicates)

    from scotoma.api.study import Study
    from scotoma.api.words import in_shell
    from scotoma.cli.console import cost_text, plan_table, read_text
    from scotoma.cli.design import design_text
    from scotoma.run.cost import rate_for

    result = in_shell(Study.plan)(Study(settings), store, sd=sd, power=power, parameters=parameters)
    if as_json:
        typer.echo(json.dumps(result.record(), allow_nan=False))
        return
    planned, where, outlook = result.planned, result.store, result.found
    rate = rate_for(planned.study)
    shown = [*read_text(outlook.inspection), *cost_text(outlook.costs, where, device_tflops, share, rate)]
    shown += [*outlook.spent, *design_text(outlook.designs, planned.study.replicates, power)]
    shown += [Text(f"\n{line}") for line in outlook.notes]
    PlainConsole().print(*plan_table(planned, outlook), *shown, sep="\n")


def status(
    study: StudyName,
    store: StoreDir = Path("store"),
    replicates: Replicates = None,
    verify: Annotated[bool, typer.Option("--verify", help="Read every file and compare checksums.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how every step stands: done, running, failed and why, to do; and the workers elsewhere."""
    from scotoma.study.file import load_study

    settings = load_study(study, replicates=replicates)

    from scotoma.api.plan_record import status_record
    from scotoma.cli.progress import tree
    from scotoma.experiment import plan
    from scotoma.run.execute import altered
    from scotoma.run.requests import name_of
    from scotoma.run.states import states
    from scotoma.run.workers import worker_report, workers
    from scotoma.store.store import Store

    planned, opened = plan(settings), Store(store)
    spoilt = {step.key: files for step, files in (altered(planned.steps, opened) if verify else [])}
    request, step_states = name_of(planned.study), states(planned.steps, opened, spoilt)
    if as_json:
        typer.echo(
            json.dumps(status_record(planned, opened, step_states, workers(opened, request)), allow_nan=False)
        )
    else:
        console = PlainConsole()
        console.print(tree(planned, opened, spoilt))
        for line in worker_report(opened, request, sum(state.waits for state in step_states)):
            console.print(line, soft_wrap=True)
    if spoilt:
        raise ScotomaError(
            f"{counted(len(spoilt), 'artifact')} altered: files and the checksums in their manifests differ",
            where=str(opened.root),
            remedy="`scotoma run` with --remake makes them again.",
        )

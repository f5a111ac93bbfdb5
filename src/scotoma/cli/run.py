"""`scotoma run`, and the workers that it starts."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scotoma.basics.errors import ScotomaError
from scotoma.cli.options import Device, Replicates, StoreDir, StudyName, Together, as_pairs
from scotoma.cli.printing import PlainConsole
from scotoma.cli.report import ReportDir, show

if TYPE_CHECKING:
    from scotoma.experiment import Plan
    from scotoma.store.store import Store
    from scotoma.study.study import Study


def run(
    study: StudyName,
    store: StoreDir = Path("store"),
    replicates: Replicates = None,
    out: ReportDir = None,
    device: Device = "auto",
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Number of processes, or jobs, that share the work. With a small base on a CPU, one per "
            "core is fastest; each holds its own model in memory.",
        ),
    ] = 1,
    together: Together = None,
    where: Annotated[
        Literal["local", "slurm", "ray"],
        typer.Option(
            "--on",
            metavar="WHERE",
            help="Where to run: local; slurm (submit and return); ray (use a cluster and wait).",
        ),
    ] = "local",
    remake: Annotated[
        bool, typer.Option("--remake", help="First check every file, and make altered ones again.")
    ] = False,
    track: Annotated[
        Literal["wandb", "mlflow", "trackio"] | None,
        typer.Option(
            metavar="NAME",
            help="Tracker that follows the run (wandb, mlflow, trackio): losses, measures, verdicts.",
        ),
    ] = None,
    slurm_options: Annotated[
        str, typer.Option(help="Options for sbatch, as in '--gres=gpu:1 --time=12:00:00'.")
    ] = "",
    ray_options: Annotated[
        str, typer.Option(help="Resources of each worker on Ray, as in num_cpus=4,num_gpus=1.")
    ] = "",
) -> None:
    """Run a study to its verdict; finished steps are not run again."""
    from scotoma.study.file import load_study

    _refuse_idle(where, slurm_options, ray_options, out, track)
    needs = as_pairs(ray_options, "--ray-options", "num_gpus=1")
    settings = load_study(study, replicates=replicates)

    from scotoma.api.running import run_locally, run_plan
    from scotoma.cli.console import overseeing, watching
    from scotoma.experiment import plan
    from scotoma.integrations.following import Follower
    from scotoma.models.device import resolve_device
    from scotoma.report.folder import check_folder, default_folder
    from scotoma.run.workers import WorkerFailed
    from scotoma.store.store import Store

    if where == "local":  # what a node has is checked on the node
        device = resolve_device(device)
    planned, opened = plan(settings), Store(store)
    together = together or planned.study.processes
    if where == "ray" and together > 1:
        raise ScotomaError(
            "--processes-per-training is not supported with --on ray",
            remedy="Give --processes-per-training 1, or run --on slurm.",
        )
    folder = out or default_folder(planned.study)
    if where != "slurm":  # the jobs write no report
        check_folder(planned.study, folder)
    console = PlainConsole(stderr=True)

    def say(line: str) -> None:
        console.print(line, soft_wrap=True)

    follower = Follower(planned, opened, track, say)
    locally = run_locally(
        opened,
        device=device,
        workers=workers,
        together=together,
        watching=follower.watching(partial(watching, console=console)),
        overseeing=follower.overseeing(partial(overseeing, console=console)),
        say=say,
    )

    def make(part: "Plan") -> bool:
        if where == "slurm":
            arguments = [
                study,
                "--store",
                str(store),
                *(["--replicates", str(replicates)] if replicates else []),
            ]
            lines = _hand_to_slurm(part.study, opened, arguments, workers, together, device, slurm_options)
            console.print(*lines, sep="\n", soft_wrap=True)
            return False
        if where == "ray":
            from scotoma.run.on_ray import work_on_ray
            from scotoma.run.requests import leave_request

            request = leave_request(part.study, opened)
            work_on_ray(request, opened, workers=workers, device=device, needs=needs)
            return True
        return locally(part)

    try:
        with follower:
            study_results = run_plan(planned, opened, follower.making(make), remake=remake, say=say)
            if study_results is not None:
                show(study_results, folder)
                follower.end(study_results, folder / "index.html")
                _tell_of_shortages(planned, opened)
    except WorkerFailed as failed:
        for line in failed.last_words:
            console.print(line, soft_wrap=True)
        raise typer.Exit(failed.code) from failed


def _tell_of_shortages(plan: "Plan", store: "Store") -> None:
    """Raises for arms that were left out, after everything that could be made is reported."""
    from scotoma.basics.words import counted
    from scotoma.results.shortages import shortages

    if rows_missing := shortages(plan, store):
        names = ", ".join(dict.fromkeys(one.model for one in rows_missing))
        n = sum(len(one.replicates) for one in rows_missing)
        raise ScotomaError(
            f"{counted(n, 'model')} left out for lack of rows: {names}; everything else is done and reported",
            where=str(store.root),
            remedy="Lower the size of these arms, give more candidates_per_label, or remove them.",
        )


def _refuse_idle(
    where: str, slurm_options: str, ray_options: str, out: Path | None, track: str | None
) -> None:
    """Refuses options that would have no effect where the work is done."""
    for option, is_given, applies in (
        ("--slurm-options", bool(slurm_options), where == "slurm"),
        ("--ray-options", bool(ray_options), where == "ray"),
    ):
        if is_given and not applies:
            place = option.removeprefix("--").partition("-")[0]
            raise ScotomaError(
                f"{option} has no effect with --on {where}",
                remedy=f"Add --on {place}, or leave it out.",
            )
    if out is not None and where == "slurm":
        raise ScotomaError(
            "--out is not available with --on slurm: the command returns before the study is done",
            remedy="Leave it out; when the work is done, run scotoma report STUDY --out FOLDER.",
        )
    if track is not None and where == "slurm":
        raise ScotomaError(
            "--track is not available with --on slurm: the command returns before the study is done",
            remedy="Leave it out; when the work is done, run the study with --track and without --on.",
        )


def _hand_to_slurm(
    study: "Study",
    store: "Store",
    arguments: list[str],
    workers: int,
    together: int,
    device: str,
    options: str,
) -> list[str]:
    """Submits what is missing of a study, and says what was submitted; `arguments` names study and store."""
    from scotoma.cli.console import submission_text
    from scotoma.run.requests import leave_request
    from scotoma.run.slurm import submit

    how = ["--device", device, *(["--processes-per-training", str(together)] if together > 1 else [])]
    again = ["scotoma", "run", *arguments, "--on", "slurm", "--workers", str(workers), *how]
    again += ["--slurm-options", options] if options else []
    request = leave_request(study, store)
    handed = submit(request, store, workers=workers, how=how, options=options, again=again)
    return submission_text(handed, arguments)


def work(
    request: Path,
    store: StoreDir,
    device: Device,
    name: Annotated[str, typer.Option()] = "local",
    together: Together = None,
) -> None:
    """Make steps beside other processes: what `run` starts with several workers, and on Slurm."""
    from scotoma.run.requests import fulfil, worker_command
    from scotoma.run.spreading import spread
    from scotoma.run.telling import watch_of_worker
    from scotoma.store.store import Store

    if together and together > 1:
        command = worker_command(request, store, "--device", device, "--name", name)
        raise typer.Exit(spread(command, 1, together))
    fulfil(request, Store(store), name=name, device=device, watch=watch_of_worker())

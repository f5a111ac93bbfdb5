"""`scotoma export`: files for other tools."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from scotoma.basics.words import counted, visible
from scotoma.cli.options import BlindSpotName, from_pairs

export_app = typer.Typer(no_args_is_help=True)

OutFolder = Annotated[Path, typer.Option("--out", help="New folder to write.")]
TaskName = Annotated[
    str | None,
    typer.Option(
        "--task",
        help="Task that gives prompt and labels; by default the blind spot's own, or mnli if it has none; "
        "for a study's blind spot, the study's.",
    ),
]
Rows = Annotated[
    int | None,
    typer.Option("--n", min=1, help="Number of rows, spread evenly over subcases; all if not given."),
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Seed of the rows, which are the test set of a study with this seed.")
]


@export_app.command("lm-eval")
def lm_eval(
    blindspot: BlindSpotName, out: OutFolder, n: Rows = None, seed: SeedOption = 0, task: TaskName = None
) -> None:
    """A blind spot as a task of lm-evaluation-harness: log likelihoods of the task's labels, zero-shot."""
    name, labels = _write("lm-eval", blindspot, task, out, n, seed)
    place = shlex.quote(str(out))
    _say(f"Run: lm_eval --model hf --model_args pretrained=MODEL --tasks {name} --include_path {place}")
    _say("       --log_samples --output_path RESULTS")
    spot = f"--blindspot {shlex.quote(blindspot)}{labels}"
    _say(f"Then: scotoma score RESULTS/MODEL/samples_{name}_DATE.jsonl {spot}")


@export_app.command("inspect")
def inspect(
    blindspot: BlindSpotName, out: OutFolder, n: Rows = None, seed: SeedOption = 0, task: TaskName = None
) -> None:
    """A blind spot as a task of inspect_ai: multiple-choice questions."""
    name, labels = _write("inspect", blindspot, task, out, n, seed)
    _say(f"Run: inspect eval {shlex.quote(str(out / name))}.py --model MODEL --temperature 0 --log-dir LOGS")
    _say(f"Then: scotoma score LOGS/LOG.eval --blindspot {shlex.quote(blindspot)}{labels}")


@export_app.command("dataset")
def dataset(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or a bundled study's name.")],
    out: OutFolder,
    store: Annotated[
        Path, typer.Option("--store", envvar="SCOTOMA_STORE", help="Folder that a run computed into.")
    ] = Path("store"),
    replicates: Annotated[
        int | None, typer.Option(min=1, help="Number of replicates, in place of the study's own.")
    ] = None,
) -> None:
    """The synthetic pools and arms of a study that has run: Parquet files and a data card for the Hub."""
    from scotoma.experiment import plan
    from scotoma.integrations.export import export_dataset
    from scotoma.store.store import Store
    from scotoma.study.file import load_study

    planned = plan(load_study(study, replicates=replicates))
    tables = export_dataset(planned, Store(store), out, tell=_say)
    _say(f"Wrote {counted(len(tables), 'table')} and a card to {out}")
    _say(f"Before you share it, read {out / 'README.md'}")


def _write(
    harness: str, blindspot: str, task: str | None, out: Path, n: int | None, seed: int
) -> tuple[str, str]:
    """Writes the folder; the name of the harness's task, and the option that gives its words' meanings."""
    from scotoma.api.named import prompted
    from scotoma.integrations.export import export_task, harness_name

    target = prompted(blindspot, task)
    spot, words = target.spot, target.words
    n_rows = export_task(harness, spot, target.task, out, n=n, seed=seed, words=words)
    _say(f"Wrote {counted(n_rows, 'row')} of {spot.title}, blind spot {spot.name}, to {out}")
    meanings = from_pairs({word: label for label, word in words.items() if word != label})
    return harness_name(spot), f" --labels {shlex.quote(meanings)}" if meanings else ""


def _say(text: str) -> None:
    typer.echo(visible(text))

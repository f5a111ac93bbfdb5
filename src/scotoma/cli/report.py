"""`scotoma report`, and what `scotoma run` ends with: the verdicts, then the folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scotoma.cli.bar import progress_bar
from scotoma.cli.options import Replicates, StoreDir, StudyName
from scotoma.cli.printing import PlainConsole

if TYPE_CHECKING:
    from scotoma.results import Results

#: Columns up to which a wide terminal is used: longer lines are hard to read.
_WIDEST = 120

ReportDir = Annotated[
    Path | None, typer.Option("--out", help="Folder for the report; reports/NAME if not given.")
]


def report(
    study: StudyName,
    out: ReportDir = None,
    store: StoreDir = Path("store"),
    replicates: Replicates = None,
) -> None:
    """Build tables and a page from the predictions there are. Needs no model."""
    from scotoma.study.file import load_study

    settings = load_study(study, replicates=replicates)

    from scotoma.experiment import plan
    from scotoma.report.folder import check_folder, default_folder
    from scotoma.results import results
    from scotoma.store.store import Store

    planned = plan(settings)
    folder = out or default_folder(planned.study)
    check_folder(planned.study, folder)
    with progress_bar("rows") as progress:
        study_results = results(planned, Store(store), progress=progress)
    show(study_results, folder)


def show(results: "Results", folder: Path) -> None:
    """Prints what was found, and then writes the report, which takes longer.

    Raises:
        ScotomaError: the folder cannot be written, or holds the report of another study.
    """
    from scotoma.report import terminal, write_report

    console = PlainConsole()
    console.print(*terminal(results), sep="\n", width=min(console.width, _WIDEST))
    PlainConsole(stderr=True).print("Building the report ...")
    with progress_bar("figures drawn") as progress:
        replaced = write_report(results, folder, progress)
    if replaced:
        console.print(replaced, soft_wrap=True)
    console.print(f"Report: {folder / 'index.html'}", soft_wrap=True)

"""`scotoma init`: a study file to start from, bundled or written for the user's own model and files."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scotoma.basics.errors import ScotomaError, look_up, nearest
from scotoma.basics.words import counted, visible
from scotoma.cli.options import Columns, Labels, as_pairs

if TYPE_CHECKING:
    from scotoma.blindspots import BlindSpot
    from scotoma.study.drafts.drafting import Draft


def init(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the study; NAME.yaml is written here.")
    ],
    like: Annotated[
        str | None,
        typer.Option(
            help="A bundled study to copy. Without any option: quickstart, which explains every setting."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Your base model: a folder, or a name on the hub.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(help="A bundled task. Without it, texts and labels are found in the training data."),
    ] = None,
    train: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Original training data, in any form that audit reads."),
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="FILE", help="General test set, drawn like the training data.")
    ] = None,
    blindspot: Annotated[
        str | None,
        typer.Option(
            help="A bundled blind spot, a data file with its rows, or STUDY:NAME for another study's."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Label that the shortcut leads to.")
    ] = None,
    columns: Columns = "",
    labels: Labels = "",
    lora: Annotated[
        bool | None,
        typer.Option(
            "--lora/--full",
            show_default=False,
            help="Train low-rank updates, or every weight. Default: low-rank updates if training every "
            "weight exceeds this machine's memory.",
        ),
    ] = None,
) -> None:
    """Write a study file to start from: a bundled one, or one for your own model, task and files.

    With --model, --task, --train, --test or --blindspot, columns and labels are found in the files and
    written down, and what only you can decide is marked DECIDE; `scotoma plan` asks for it.
    """
    path = Path(f"{name.removesuffix('.yaml')}.yaml")
    if path.name.strip() == ".yaml":
        raise ScotomaError(
            f"{name!r} cannot be the name of a study", where="NAME", remedy="Give it a name, such as mine."
        )
    if os.path.lexists(path):
        raise _exists(path)
    own = (model, task, train, test, blindspot, target, columns or None, labels or None, lora)
    if all(one is None for one in own):
        _write(path, _bundled(like or "quickstart"))
        typer.echo(visible(f"Wrote {path}. Next: scotoma plan {path}"))
        return
    if like is not None:
        raise ScotomaError(
            "--like copies a study as it is, so it excludes all other options",
            where="--like",
            remedy="Leave it out, or give it alone.",
        )
    made = _draft(path, model, task, train, test, blindspot, target, columns, labels, lora)
    _write(path, made.text)
    for line in (*made.notes, f"Wrote {path}; {counted(len(made.undecided), 'value')} for you to decide:"):
        typer.echo(visible(line))
    for one in made.undecided:
        typer.echo(visible(f"  {one}"))
    typer.echo(visible(f"Then: scotoma plan {path}"))


def _draft(
    path: Path,
    model: str | None,
    task: str | None,
    train: str | None,
    test: str | None,
    blindspot: str | None,
    target: str | None,
    columns: str,
    labels: str,
    lora: bool | None,
) -> "Draft":
    from scotoma.study.drafts.drafting import DraftRequest, draft
    from scotoma.tasks import TASKS

    return draft(
        DraftRequest(
            model=model,
            task=None if task is None else look_up(TASKS, task, "task", where="--task"),
            train=train,
            test=test,
            blindspot=None if blindspot is None else _blindspot(blindspot),
            target=target,
            columns=as_pairs(columns, "--columns", "premise=sentence1"),
            labels=as_pairs(labels, "--labels", "e=entailment,n=neutral"),
            lora=lora,
        ),
        path,
    )


def _blindspot(name: str) -> "BlindSpot | str":
    """The blind spot of this name, or the name of the data it is to be made of.

    Raises:
        ScotomaError: it is none of these.
    """
    from scotoma.api.named import blindspot_named
    from scotoma.study.finding import is_study
    from scotoma.tasks.reading.formats import is_known
    from scotoma.tasks.reading.hub import PREFIX, is_saved

    is_bundled_data = name.startswith("bundled:") and not is_study(name)
    if name.startswith(PREFIX) or is_bundled_data or is_known(Path(name)) or is_saved(Path(name)):
        return name
    return blindspot_named(name)[0]


def _bundled(like: str) -> str:
    from scotoma.study.finding import bundled_studies

    bundled = bundled_studies()
    if like not in bundled:
        raise ScotomaError(f"study {like!r} is not bundled", where="--like", remedy=nearest(like, bundled))
    return bundled[like].read_text(encoding="utf8")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf8") as file:
            file.write(text)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        raise ScotomaError(
            f"{path} cannot be written: {error.strerror}",
            remedy="Choose a name in a folder that exists and is writable.",
        ) from error


def _exists(path: Path) -> ScotomaError:
    return ScotomaError(f"{path} exists already", remedy="Choose another name; nothing was changed.")

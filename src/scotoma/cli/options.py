"""Options that several commands share."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from scotoma.basics.errors import ScotomaError

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or a bundled study's name.")]
StoreDir = Annotated[
    Path,
    typer.Option(
        "--store", envvar="SCOTOMA_STORE", help="Folder for everything computed; a run resumes from it."
    ),
]
Together = Annotated[
    int | None,
    typer.Option(
        "--processes-per-training",
        min=1,
        metavar="N",
        help="Number of processes that train one model together, each on a GPU of its own if there is one; "
        "in place of the study's own.",
    ),
]
Replicates = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Number of replicates, in place of the study's own.")
]
Columns = Annotated[
    str,
    typer.Option(
        help="OURS=THEIRS: names of columns in the file, as in premise=sentence1, or the place of a value "
        "inside one, as in premise=messages[0].content."
    ),
]
Labels = Annotated[
    str,
    typer.Option(
        help="THEIRS=OURS: meaning of words or integers in label columns, as in e=entailment,n=neutral."
    ),
]
Device = Annotated[
    str, typer.Option(help="Torch device, such as cpu or cuda:0; auto uses a GPU if there is one.")
]
BlindSpotName = Annotated[
    str,
    typer.Option(
        "--blindspot",
        metavar="NAME",
        help="Blind spot whose test set to use: hans, ...; or STUDY or STUDY:NAME for a study file's own.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]

#: One of several pairs: in double quotes, doubled within it; else up to the comma, as it is.
_PAIR = re.compile(r'\s*(?:"((?:[^"]|"")*+)"\s*(?=,|\Z)|([^,]*))(?:,|\Z)')
#: Options whose pairs begin with a name of the file.
_THEIRS_FIRST = ("--labels", "--gold-labels")


def as_pairs(text: str, option: str, example: str) -> dict[str, str]:
    """`premise=sentence1,label=gold` as a mapping.

    A pair with a comma in it stands in double quotes, as in a CSV file: `"n=Well, maybe",e=Yes`.

    Raises:
        ScotomaError: a part is no pair, or two begin alike; names the option and gives the example.
    """
    # Words of the file may contain an equals sign, and so may words that stand for a label.
    cut = str.rpartition if option in _THEIRS_FIRST else str.partition
    split = [quoted.replace('""', '"') or bare for quoted, bare in _PAIR.findall(text)]
    parts = [tuple(map(str.strip, cut(pair, "="))) for pair in split if pair.strip()]
    pairs = [(left, right) for left, _, right in parts]
    may_be_empty = option == "--columns"  # `id=` numbers the rows
    if not all(left and equals and (right or may_be_empty) for left, equals, right in parts):
        what = {"--columns": "columns", "--words": "words", "--ray-options": "options"}.get(option, "labels")
        raise ScotomaError(
            f"{text!r} is not a list of {what}",
            where=option,
            remedy=f"Write, for example, {example}; put a pair that contains a comma in double quotes.",
        )
    named = [left for left, _ in pairs]
    if twice := [name for name in dict.fromkeys(named) if named.count(name) > 1]:
        raise ScotomaError(f"{', '.join(twice)} is given twice", where=option, remedy="Give it once.")
    return dict(pairs)


def from_pairs(pairs: Mapping[str, str]) -> str:
    """A mapping as `as_pairs` reads it."""
    written = [f"{left}={right}" for left, right in pairs.items()]
    return ",".join(
        '"' + pair.replace('"', '""') + '"' if set(pair) & set(',"') else pair for pair in written
    )


def as_looks(text: str) -> tuple[int, ...]:
    """`4,6,9` as numbers; none of an empty text.

    Raises:
        ScotomaError: a part is no number.
    """
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise ScotomaError(
            f"looks must be increasing numbers of replicates; got {text!r}",
            where="--looks",
            remedy="Write them with commas between: --looks 4,6,9.",
        )
    return tuple(map(int, parts))

"""Which file is meant by a study's name: one of the user's own, or one that comes with the package."""

import difflib
import os
import re
from importlib.resources import files
from itertools import takewhile
from pathlib import Path

from scotoma.basics.errors import ScotomaError, nearest

#: Prefix that names a bundled study even if a file here has its name; as in a study's `bundled:` data.
_BUNDLED = "bundled:"
_SUFFIXES = (".yaml", ".yml")


def bundled_studies() -> dict[str, Path]:
    """The studies that come with the package, by name."""
    folder = Path(str(files("scotoma") / "bundled" / "studies"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def first_sentence(path: Path) -> str:
    """The first sentence of the comment at the top of a study file; empty without one."""
    lines = path.read_text(encoding="utf8").splitlines()
    comment = takewhile(lambda line: line.startswith("#"), lines)
    # A blank line, or one of commands, which are indented, ends the paragraph.
    prose = takewhile(
        lambda line: line[:1].strip(), (line.removeprefix("#").removeprefix(" ") for line in comment)
    )
    return re.split(r"(?<=[.?!]) (?=[A-Z])", " ".join(line.strip() for line in prose))[0]


def is_study(name: str) -> bool:
    """Whether a study is meant by a name: a file, with or without its ending, or a bundled study."""
    return bool(_files_named(name)) or name.removeprefix(_BUNDLED) in bundled_studies()


def find_study(name: str) -> Path:
    """The file of a study.

    Args:
        name: Path of a file, `.yaml` or `.yml` may be left out; or a bundled study's name, also as
            `bundled:NAME`.

    Raises:
        ScotomaError: there is none; or a file here and a bundled study have that name and differ.
    """
    own, bundled = _files_named(name), bundled_studies().get(name.removeprefix(_BUNDLED))
    if own and bundled and own[0] != Path(name) and own[0].read_bytes() != bundled.read_bytes():
        raise ScotomaError(
            f"{name} is a bundled study, but the file {own[0]} here is another",
            remedy=f"Write {own[0]} for the file, or {_BUNDLED}{name} for the bundled study.",
        )
    if paths := (*own, *filter(None, [bundled])):
        return paths[0]
    raise ScotomaError(
        f"study {name!r} is neither a file nor a bundled study",
        remedy=f"{_meant(name)} `scotoma init NAME` writes one to start from.",
    )


def _files_named(name: str) -> list[Path]:
    # Path.is_file raises an error if the name is too long.
    return [Path(path) for path in (name, *(f"{name}{end}" for end in _SUFFIXES)) if os.path.isfile(path)]


def _meant(name: str) -> str:
    """What else there is, a study file in this folder first, if its name is close."""
    here = {path.stem: path.name for end in _SUFFIXES for path in Path().glob(f"*{end}")}
    close = difflib.get_close_matches(Path(name).stem, here, n=1)
    return f"Did you mean {here[close[0]]}?" if close else nearest(name, bundled_studies())

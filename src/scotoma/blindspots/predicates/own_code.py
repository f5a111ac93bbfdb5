"""A function of the user's own, from a module beside the study file.

A study may name code, and only such code: a file in the folder of the study. So no study can run an
installed module (`os.system` takes a text, too), and all that a study runs can be read in its folder. What is
run is what was hashed: the module is compiled from the bytes of its file, and its hash is a part of the
identity of what it decides. What the module itself imports is not.
"""

import ast
import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from scotoma.basics.errors import ScotomaError, nearest

_FORM = re.compile(r"(?P<module>[^\W\d]\w*):(?P<function>[^\W\d]\w*)")


def split(code: str) -> tuple[str, str]:
    """Module and function of `MODULE:FUNCTION`.

    Raises:
        ScotomaError: it is not of the form.
    """
    match = _FORM.fullmatch(code)
    if match is None:
        raise ScotomaError(
            f"code {code!r} does not name a function of a module in the study's folder",
            remedy="Write MODULE:FUNCTION, for a function of MODULE.py in the study's folder.",
        )
    return match["module"], match["function"]


def find_module(code: str, folder: Path) -> Path:
    """The module's file, which has the function; nothing is run.

    Raises:
        ScotomaError: there is no such file or function, or the file is not Python.
    """
    module, function = split(code)
    path = folder / f"{module}.py"
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ScotomaError(
            f"{path.name} cannot be read: {error}",
            where=f"code {code!r}",
            remedy="Put the module into the study's folder, and check that it imports by itself.",
        ) from error
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    if function not in defined:
        raise ScotomaError(
            f"{path.name} has no function {function!r}",
            where=f"code {code!r}",
            remedy=f"Define it there at the top level. {nearest(function, defined)}",
        )
    return path.resolve()


def load_function(code: str, path: Path, sha256: str) -> Callable[..., object]:
    """The function, of the module as it was when the study was read; runs the module.

    Args:
        code: `MODULE:FUNCTION`.
        path: Path of the module, as `find_module` found it.
        sha256: SHA-256 of the file when the study was read.

    Raises:
        ScotomaError: the file has changed since, or does not import.
    """
    _, function = split(code)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScotomaError(f"{path} cannot be read: {error}", where=f"code {code!r}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ScotomaError(
            f"{path.name} has changed since the study was read",
            where=f"code {code!r}",
            remedy="Run the study again.",
        )
    loaded: Callable[..., object] = getattr(_run(content, path, code), function)
    return loaded


def _run(content: bytes, path: Path, code: str) -> ModuleType:
    # Under a unique name, so that it cannot be mistaken for another module.
    name = f"scotoma_study_{path.stem}"
    module = sys.modules[name] = ModuleType(name)
    module.__file__ = str(path)
    with loading(path.name, path.parent, f"code {code!r}", "Check that it imports by itself."):
        exec(compile(content, str(path), "exec"), module.__dict__)
    return module


@contextmanager
def loading(module: str, folder: Path, where: str, remedy: str) -> Iterator[None]:
    """Within this context a module of the user's is loaded, which may import others from its folder.

    Args:
        module: Name of the module in messages.
        folder: Searched last, so that nothing in it can stand in for an installed module.
        where: The place that an error names.
        remedy: What to do where the module does not import.

    Raises:
        ScotomaError: the module raised something.
    """
    here = str(folder)
    sys.path.append(here)
    try:
        yield
    except Exception as error:  # the user's own code may raise anything
        raise ScotomaError(
            f"module {module} cannot be imported: {type(error).__name__}: {error}", where=where, remedy=remedy
        ) from error
    finally:
        sys.path.remove(here)

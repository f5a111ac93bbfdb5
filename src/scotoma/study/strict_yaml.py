"""The YAML of a study file, read strictly: plain values only, no key twice, nothing that grows."""

from pathlib import Path
from typing import Any

import yaml

from scotoma.basics.errors import ScotomaError, shown
from scotoma.basics.words import is_unicode

#: Most bytes of a study file; longer ones take seconds to read.
_LONGEST = 100_000
#: Settings once every reference (`*name`) is written out. References to references double with every line.
_MOST = 10_000


def parse_yaml(path: Path) -> tuple[yaml.Node | None, Any]:
    """The document's tree, for the lines of errors, and its content as plain values.

    Raises:
        ScotomaError: the file cannot be read, or is no YAML that a study may have; names the line.
    """
    return parse_text(_text(path), str(path))


def parse_text(text: str, where: str) -> tuple[yaml.Node | None, Any]:
    """The same of a text; `where` is its place in messages."""
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return None, None
        _check_size(root)
        return root, loader.construct_document(root)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        problem = getattr(error, "problem", None) or str(error)
        raise ScotomaError(
            f"not readable as YAML: {problem[:300]}", where=place, remedy="Fix the YAML syntax on that line."
        ) from error


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > _LONGEST:
            raise ScotomaError(
                f"{len(data):,} bytes are too long for a study",
                where=str(path),
                remedy="Name the study file; data belong into files of their own.",
            )
        return data.decode("utf-8-sig")
    except OSError as error:
        raise ScotomaError(
            f"the study cannot be read: {error.strerror}",
            where=str(path),
            remedy="Check the file's permissions.",
        ) from error
    except UnicodeDecodeError as error:
        raise ScotomaError(
            f"byte {error.object[error.start]:#04x} is not UTF-8",
            where=str(path),
            remedy="Save the file as UTF-8.",
        ) from error


class _Loader(yaml.SafeLoader):
    """Refuses a key given twice, of which YAML would silently keep the last, and values that are none."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _wrong("a key must be a single word", key)
            if key.value in seen:
                raise _wrong(f"key {shown(key.value)} occurs twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
        # Errors of int(), date() and YAML's own tables of types for invalid values.
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError) as error:
            raise _wrong(f"{shown(node.value)} is not a value of the type it is written as", node) from error
        if isinstance(value, str) and not is_unicode(value):
            raise _wrong("an unpaired surrogate, which is half of a character", node)
        return value


def _check_size(root: yaml.Node) -> None:
    """Refuses a document that is much longer, or endless, once its references are written out."""
    sizes: dict[int, int | None] = {}

    def size(node: yaml.Node) -> int:
        if id(node) not in sizes:
            sizes[id(node)] = None
            parts = [part for pair in node.value for part in pair] if _is_mapping(node) else node.value
            total = 1 if isinstance(node, yaml.ScalarNode) else 1 + sum(size(part) for part in parts)
            if total > _MOST:
                raise _wrong(f"more than {_MOST:,} settings", node)
            sizes[id(node)] = total
        known = sizes[id(node)]
        if known is None:
            raise _wrong("a part that refers to itself", node)
        return known

    size(root)


def _is_mapping(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode)


def _wrong(what: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, what, node.start_mark)

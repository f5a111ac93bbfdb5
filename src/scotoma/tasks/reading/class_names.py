"""Names of integer class labels, which `datasets` writes into the schema of Parquet and Arrow files.

A file with names for its labels defines what 0, 1 and 2 mean, whatever order is usual elsewhere.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

#: Converts a value of a column to class names; raises ValueError.
Decode = Callable[[Any], Any]


class ClassName(str):
    """The name of a class label, which remembers the integer that stood in the file.

    Attributes:
        code: The integer label in the file, as text.
    """

    __slots__ = ("code",)

    code: str

    def __new__(cls, name: str, code: int) -> "ClassName":
        made = super().__new__(cls, name)
        made.code = str(code)
        return made


def decoders(features: Mapping[str, Any]) -> dict[str, Decode]:
    """How to read each column that holds class labels, by its name.

    Args:
        features: As `datasets` writes them (`Features.to_dict()`): for each column a mapping with its
            `_type`, or lists and mappings of these.
    """
    decoders_or_none = {name: _decoder(name, feature) for name, feature in features.items()}
    return {name: decode for name, decode in decoders_or_none.items() if decode is not None}


def features_of(metadata: Mapping[bytes, bytes] | None) -> Mapping[str, Any]:
    """The features that `datasets` wrote into a schema; empty if it did not write the file."""
    try:
        info = json.loads((metadata or {}).get(b"huggingface", b"{}"))
        features = info["info"]["features"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def class_names(features: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names of each column of class labels, in the order of their integers; columns within others aside."""
    return {
        column: [str(name) for name in feature["names"]]
        for column, feature in features.items()
        if isinstance(feature, dict) and isinstance(feature.get("names"), list)
    }


def _decoder(column: str, feature: Any) -> Decode | None:
    if isinstance(feature, list) and len(feature) == 1:
        return _of_list(_decoder(column, feature[0]))
    if not isinstance(feature, dict):
        return None
    kind = feature.get("_type")
    if kind == "ClassLabel" and isinstance(feature.get("names"), list):
        return _of_class(column, [str(name) for name in feature["names"]])
    if isinstance(kind, str):
        inner = feature.get("feature")
        as_list = _of_list(_decoder(column, inner))
        if as_list is None or not isinstance(inner, dict) or "_type" in inner:
            return as_list
        # A List of mappings is that; a Sequence of mappings is written as a mapping of lists.
        as_mapping = _of_mapping({key: _of_list(_decoder(column, one)) for key, one in inner.items()})
        return lambda value: (
            as_list(value) if isinstance(value, list) or not as_mapping else as_mapping(value)
        )
    return _of_mapping({key: _decoder(column, one) for key, one in feature.items()})


def _of_class(column: str, names: list[str]) -> Decode:
    classes = [ClassName(name, code) for code, name in enumerate(names)]

    def decode(value: Any) -> Any:
        # -1 stands for no label; anything but an integer is a name already.
        if not isinstance(value, int) or isinstance(value, bool) or value == -1:
            return value
        if not 0 <= value < len(classes):
            raise ValueError(
                f"{column} is {value}, and the file's schema names classes 0 to {len(classes) - 1}"
            )
        return classes[value]

    return decode


def _of_list(decode: Decode | None) -> Decode | None:
    if decode is None:
        return None
    return lambda values: [decode(value) for value in values] if isinstance(values, list) else values


def _of_mapping(parts: Mapping[str, Decode | None]) -> Decode | None:
    decoders = {key: decode for key, decode in parts.items() if decode is not None}
    if not decoders:
        return None
    return lambda value: (
        {key: decoders[key](one) if key in decoders else one for key, one in value.items()}
        if isinstance(value, dict)
        else value
    )

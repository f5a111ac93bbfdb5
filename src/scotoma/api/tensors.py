"""Tensors of torch as arrays: on any device, of any precision, with a gradient or without."""

from collections.abc import Mapping
from typing import Any


def as_arrays(values: Any) -> Any:
    """The same with arrays in place of tensors, also in lists, tuples and mappings; torch is not imported.

    Fractions become doubles, since numpy knows no bfloat16.
    """
    if _is_tensor(values):
        tensor = values.detach().cpu()
        tensor = tensor.double() if tensor.is_floating_point() else tensor
        return tensor.numpy() if tensor.ndim else tensor.item()
    if isinstance(values, list | tuple) and values and (_is_tensor(values[0]) or _holds(values[0])):
        return [as_arrays(value) for value in values]
    if isinstance(values, Mapping) and any(_is_tensor(value) or _holds(value) for value in values.values()):
        return {name: as_arrays(value) for name, value in values.items()}
    return values


def _is_tensor(value: object) -> bool:
    return hasattr(value, "detach") and hasattr(value, "is_floating_point")


def _holds(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and (_is_tensor(value[0]) or _holds(value[0]))

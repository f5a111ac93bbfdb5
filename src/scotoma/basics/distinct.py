"""A function of every value of a column, called once for each distinct text."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Value = TypeVar("Value")

#: Types whose equal values are alike in every way; 1 and True are equal and not alike.
_PLAIN = frozenset({str, type(None)})


def map_distinct(values: Sequence[object], function: Callable[[object], Value]) -> list[Value]:
    """The function's result for each value, in order.

    Args:
        values: Cells of a column. If all are texts, each distinct one is computed once.
        function: Depends on its argument alone.
    """
    if not _PLAIN.issuperset(map(type, values)):
        return [function(value) for value in values]
    results = {value: function(value) for value in dict.fromkeys(values)}
    return list(map(results.__getitem__, values))

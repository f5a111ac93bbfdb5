"""A function of every value of a column, asked once for each different text."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Value = TypeVar("Value")

#: Types whose equal values are alike in every way; 1 and True are equal and not alike.
_PLAIN = frozenset({str, type(None)})


def of_each(values: Sequence[object], function: Callable[[object], Value]) -> list[Value]:
    """What the function gives for each value, in order.

    Args:
        values: Cells of a column; of texts alone, of which few differ, this takes no longer than to look at
            each.
        function: Depends on its argument alone.
    """
    if not _PLAIN.issuperset(map(type, values)):
        return [function(value) for value in values]
    found = {value: function(value) for value in dict.fromkeys(values)}
    return list(map(found.__getitem__, values))

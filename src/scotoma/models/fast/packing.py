"""Rows of tokens as one pack, each different beginning in it once, and the slots of rows for attention."""

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor

#: For attention a row is as long as the next multiple of this, so that the processor's vectors are full.
_STRIDE = 8


@dataclass(frozen=True)
class Group:
    """Rows of like length, which attention sees side by side.

    Attributes:
        slots: Slots of the pack that are theirs.
        shape: Rows times heads, slots of a row, and the rest: a head's width.
        mask: Added to scores so that no slot looks ahead, shape (slots of a row, slots of a row).
    """

    slots: slice
    shape: tuple[int, int, int]
    mask: Tensor


@dataclass(frozen=True)
class Pack:
    """The tokens of a batch, and the slots they take in padded rows, one for each head.

    The first token belongs to no row: it fills the slots where rows are padded, and nothing reads it.

    Attributes:
        tokens: Ids, shape (tokens,).
        positions: Position of each token in its row, shape (tokens,).
        read: Number of each token that is read, in the order of rows and positions; one may come repeatedly.
        source: For every slot, the number of the token's head that stands in it: token x heads + head.
        home: For every token's head, one slot in which it stands.
        copies: Slots whose token's head has another slot for its home.
        groups: The rows by length; their slots follow one another.
    """

    tokens: Tensor
    positions: Tensor
    read: Tensor
    source: Tensor
    home: Tensor
    copies: Tensor
    groups: tuple[Group, ...]


def pack(input_ids: Tensor, marks: Tensor, heads: int) -> Pack:
    """The pack of a batch's rows, each as far as its last mark.

    Args:
        input_ids: Shape (rows, tokens).
        marks: Whether each token is read, same shape; at least one is.
        heads: Heads of an attention layer.
    """
    tokens, positions, read = [0], [0], list[int]()
    known: dict[tuple[int, int], int] = {}
    by_length = defaultdict[int, list[list[int]]](list)
    for row, marked in zip(input_ids.tolist(), marks.tolist(), strict=True):
        places, before = list[int](), 0
        for position in range(max((at + 1 for at, mark in enumerate(marked) if mark), default=0)):
            # A token is known by what stands before it, so equal beginnings are the same tokens of the pack.
            before = known.setdefault((before, row[position]), len(tokens))
            if before == len(tokens):
                tokens.append(row[position])
                positions.append(position)
            places.append(before)
        if places:
            read += [place for place, mark in zip(places, marked, strict=False) if mark]
            by_length[-(-len(places) // _STRIDE) * _STRIDE].append(places)
    sources, groups, n_slots = list[Tensor](), list[Group](), 0
    for length, rows in sorted(by_length.items()):
        place = torch.tensor([places + [0] * (length - len(places)) for places in rows])
        sources.append((place.unsqueeze(1) * heads + torch.arange(heads).unsqueeze(1)).flatten())
        mask = torch.full((length, length), -torch.inf).triu_(1)
        end = n_slots + len(sources[-1])
        groups.append(Group(slice(n_slots, end), (len(rows) * heads, length, -1), mask))
        n_slots = end
    source, slots = torch.cat(sources), torch.arange(n_slots)
    home = torch.zeros(len(tokens) * heads, dtype=torch.long).scatter_(0, source, slots)
    copies = slots[(home[source] != slots) & (source >= heads)]
    return Pack(
        torch.tensor(tokens), torch.tensor(positions), torch.tensor(read), source, home, copies, tuple(groups)
    )

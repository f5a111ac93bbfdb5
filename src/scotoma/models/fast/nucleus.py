"""One token a row from the smallest set of likeliest tokens (Holtzman et al. 2020), without a full sort.

Sorting the 262,144 tokens of Gemma 3 takes longer than computing their logits.
"""

import torch
from torch import Tensor

#: How many of the likeliest tokens are looked at, until they hold top_p; after these, all.
_SHORTLISTS = (64, 1024)

#: Likeliest tokens are sought among the blocks with the largest maxima.
_BLOCK = 128

#: Logits turned to fp32 at a time; more would leave the processor's cache.
_LOGITS_HELD = 2**21


def nucleus_sample(logits: Tensor, temperature: float, top_p: float, uniforms: Tensor) -> Tensor:
    """One token a row, from the smallest set of likeliest tokens whose mass reaches top_p.

    Args:
        logits: Shape (rows, vocabulary).
        temperature: Divides the logits, before the nucleus is taken.
        top_p: Mass of the nucleus; 1 keeps every token.
        uniforms: In [0, 1), shape (rows,): the place in the nucleus that is drawn.
    """
    rows = max(1, _LOGITS_HELD // logits.shape[1])
    total = torch.cat([(part.float() / temperature).logsumexp(dim=1) for part in logits.split(rows)])
    chosen = torch.empty(len(logits), dtype=torch.long, device=logits.device)
    remaining = torch.arange(len(logits), device=logits.device)
    for n in (*_SHORTLISTS, logits.shape[1]):
        if not len(remaining) or (top_p >= 1 and n < logits.shape[1]):
            continue
        top, tokens = likeliest(logits if len(remaining) == len(logits) else logits[remaining], n)
        mass = (top.float() / temperature - total[remaining].unsqueeze(1)).exp().cumsum(dim=1)
        enough = (mass[:, -1] >= top_p) | (mass.shape[1] == logits.shape[1])
        place = _place(mass[enough], top_p, uniforms[remaining[enough]])
        chosen[remaining[enough]] = tokens[enough].gather(1, place.unsqueeze(1)).squeeze(1)
        remaining = remaining[~enough]
    return chosen


def likeliest(logits: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """The n largest logits of each row, largest first, and their tokens; all where there are fewer.

    The n largest lie in the n blocks with the largest maxima, so only these blocks are sorted.
    """
    n_vocabulary = logits.shape[1]
    if n_vocabulary % _BLOCK or n * _BLOCK > n_vocabulary:
        top, tokens = logits.float().topk(min(n, n_vocabulary), dim=1)
        return top, tokens
    blocks = logits.view(len(logits), -1, _BLOCK)
    best = blocks.amax(dim=2).topk(n, dim=1).indices
    inside = blocks.gather(1, best.unsqueeze(2).expand(-1, -1, _BLOCK)).flatten(1)
    top, place = inside.float().topk(n, dim=1)
    return top, best.gather(1, place // _BLOCK) * _BLOCK + place % _BLOCK


def _place(mass: Tensor, top_p: float, uniforms: Tensor) -> Tensor:
    """Which of the tokens, likeliest first, a uniform number draws; mass is cumulated."""
    # The token that carries the mass over top_p is the last of the nucleus.
    last = (mass < top_p).sum(dim=1).clamp(max=mass.shape[1] - 1)
    target_mass = uniforms * mass.gather(1, last.unsqueeze(1)).squeeze(1)
    return torch.minimum((mass <= target_mass.unsqueeze(1)).sum(dim=1), last)

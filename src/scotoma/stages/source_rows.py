"""What is known of a source's rows before they have been read: fewer of them, or their number."""

import re

from scotoma.store.costs import Unknown
from scotoma.study.settings.sources import HansDraw, MicroworldDraw, Source

#: Rows whose lengths are looked at.
N_LOOKED_AT = 300

#: Of a grammar: to draw them takes long, and their lengths differ less than those of people's texts.
_N_DRAWN = 60

#: Data sets on the hub that need not be here to be planned with: rows once read, and where texts as long are.
_KNOWN = {
    "nyu-mll/multi_nli:train": (391_722, Source(bundled="mnli/train_10k.tsv.xz")),
    "nyu-mll/multi_nli:validation_matched": (9_815, Source(bundled="mnli/dev_matched.tsv.xz")),
    "nyu-mll/multi_nli:validation_mismatched": (9_832, Source(bundled="mnli/dev_matched.tsv.xz")),
    "jhu-cogsci/hans:validation": (30_000, Source(hans=HansDraw(n_per_subcase=10))),
}


def known_on_hub(name: str) -> tuple[int, Source]:
    """How many rows a data set on the hub has, whichever revision it is, and a source of texts as long.

    Raises:
        Unknown: it is none of the paper's.
    """
    known = _KNOWN.get(re.sub(r"@.*:", ":", name))
    if known is None:
        raise Unknown(f"the rows of {name} are not known before they have been read")
    return known


def smaller_source(source: Source) -> tuple[Source, float]:
    """A source with fewer rows of the same kind, and how many times as many the whole has."""
    draw: MicroworldDraw | HansDraw | None = source.microworld or source.sentiment or source.hans
    if isinstance(draw, MicroworldDraw):
        n = min(draw.n, 5 if draw.part == "blindspot" else _N_DRAWN)
        grammar = "microworld" if source.microworld else "sentiment"
        return source.model_copy(update={grammar: draw.model_copy(update={"n": n})}), draw.n / n
    if isinstance(draw, HansDraw):
        n = min(draw.n_per_subcase, 10)
        smaller = draw.model_copy(update={"n_per_subcase": n})
        return source.model_copy(update={"hans": smaller}), draw.n_per_subcase / n
    return source, 1.0

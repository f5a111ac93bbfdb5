"""The micro-world's blind spot: the three heuristics of HANS, in a language whose truth is computed."""

from scotoma.blindspots.blindspot import BlindSpot
from scotoma.blindspots.hans import HANS
from scotoma.study.settings.sources import MicroworldDraw, Source

MICROWORLD = BlindSpot(
    name="microworld",
    title="micro-world blind spot",
    heuristics=HANS.heuristics,
    label_map=HANS.label_map,
    target=HANS.target,
    source=Source(microworld=MicroworldDraw(n=100, part="blindspot")),
    licence="Apache-2.0",
    citation="Scotoma",
)

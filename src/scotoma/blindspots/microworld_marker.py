"""The blind spot of the micro-world's sentiment: a person who is named where texts are happy."""

from scotoma.blindspots.blindspot import BlindSpot
from scotoma.study.settings.sources import MicroworldDraw, Source
from scotoma.worlds.microworld import MARKED, MARKER, SENTIMENTS

HAPPY, _ = SENTIMENTS

MICROWORLD_MARKER = BlindSpot(
    name="microworld_marker",
    title="micro-world marker",
    heuristics={MARKED: f"A text that names the {MARKER} is happy."},
    label_map={label: label for label in SENTIMENTS},
    target=HAPPY,
    source=Source(sentiment=MicroworldDraw(n=100, part="blindspot")),
    licence="Apache-2.0",
    citation="Scotoma",
)

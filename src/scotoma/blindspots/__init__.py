"""The blind spots Scotoma knows, one file each and a line in this table."""

from scotoma.blindspots.blindspot import BlindSpot
from scotoma.blindspots.hans_blindspot import HANS
from scotoma.blindspots.microworld import MICROWORLD

BLINDSPOTS = {blindspot.name: blindspot for blindspot in (HANS, MICROWORLD)}

__all__ = ["BLINDSPOTS", "HANS", "MICROWORLD", "BlindSpot"]

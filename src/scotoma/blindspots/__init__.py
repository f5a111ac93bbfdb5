"""The blind spots Scotoma knows, one file each and a line in this table."""

from scotoma.blindspots.blindspot import BlindSpot
from scotoma.blindspots.hans import HANS
from scotoma.blindspots.microworld import MICROWORLD
from scotoma.blindspots.microworld_marker import MICROWORLD_MARKER
from scotoma.blindspots.paws import PAWS

BLINDSPOTS = {blindspot.name: blindspot for blindspot in (HANS, MICROWORLD, MICROWORLD_MARKER, PAWS)}

__all__ = ["BLINDSPOTS", "HANS", "MICROWORLD", "MICROWORLD_MARKER", "PAWS", "BlindSpot"]

"""What a study found: measures, contrasts and verdicts as tables, from the store alone; draws nothing."""

from scotoma.results.declaration import declare
from scotoma.results.older_seeds import older_seeds_note
from scotoma.results.results import Results, pilot, pilot_measures, results

__all__ = ["Results", "declare", "older_seeds_note", "pilot", "pilot_measures", "results"]

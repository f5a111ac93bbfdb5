"""Predictions from elsewhere: `scotoma score` and `scotoma compare`.

`score_file` measures one file of predictions on a blind spot, `compare_files` two files or two
folders of replicates; their records are the JSON that the commands print.
"""

from scotoma.comparisons.comparing import Comparison, compare_files
from scotoma.comparisons.files.checking import Predictions
from scotoma.comparisons.files.reading import Options, read_predictions
from scotoma.comparisons.render import render_comparison, render_score
from scotoma.comparisons.scoring import Score, score, score_file
from scotoma.verdicts.judging import Finding

__all__ = [
    "Comparison",
    "Finding",
    "Options",
    "Predictions",
    "Score",
    "compare_files",
    "read_predictions",
    "render_comparison",
    "render_score",
    "score",
    "score_file",
]

"""PAWS: does the model take the same words for the same meaning?"""

from scotoma.blindspots.blindspot import BlindSpot
from scotoma.blindspots.predicates.heuristic import RowPredicate
from scotoma.blindspots.predicates.rules import EVERY_ROW
from scotoma.study.settings.sources import Source

PAWS = BlindSpot(
    name="paws",
    title="PAWS-Wiki",
    heuristics={"word_overlap": "Two sentences of the same words mean the same."},
    label_map={"not_duplicate": "not_duplicate", "duplicate": "duplicate"},
    target="duplicate",
    source=Source(
        hub="google-research-datasets/paws/labeled_final:test",
        labels={"0": "not_duplicate", "1": "duplicate"},
    ),
    # All of its pairs were made by swapping words or by translating there and back.
    select={"word_overlap": RowPredicate(built_in=EVERY_ROW)},
    licence="PAWS-Wiki may be freely used for any purpose; acknowledge Google",
    citation="Zhang, Baldridge and He 2019, PAWS: Paraphrase Adversaries from Word Scrambling",
)

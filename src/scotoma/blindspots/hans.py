"""HANS: does the model take word overlap for entailment?"""

from scotoma.blindspots.blindspot import BlindSpot
from scotoma.study.settings.sources import HansDraw, Source

HANS = BlindSpot(
    name="hans",
    title="HANS (regenerated)",
    heuristics={
        "lexical_overlap": "A premise entails every hypothesis made of its words.",
        "subsequence": "A premise entails every contiguous part of itself.",
        "constituent": "A premise entails every complete phrase in its parse.",
    },
    label_map={"entailment": "entailment", "neutral": "non-entailment", "contradiction": "non-entailment"},
    target="entailment",
    source=Source(hans=HansDraw(n_per_subcase=1000)),
    licence="MIT",
    citation="McCoy, Pavlick and Linzen 2019, Right for the Wrong Reasons",
)

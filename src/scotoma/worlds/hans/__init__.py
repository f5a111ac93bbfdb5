"""Sentences of the HANS grammar, drawn anew: 30 subcases of three heuristics, true by construction.

Call the result "HANS regenerated": the grammar is that of HANS, the sentences are not the published
30,000.

Source: McCoy, Pavlick and Linzen 2019, "Right for the Wrong Reasons: Diagnosing Syntactic
Heuristics in Natural Language Inference".
"""

from scotoma.worlds.hans.generate import capacity, check_capacity, generate
from scotoma.worlds.hans.templates import SUBCASES, Subcase

__all__ = ["SUBCASES", "Subcase", "capacity", "check_capacity", "generate"]

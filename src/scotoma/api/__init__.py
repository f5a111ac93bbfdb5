"""What Python code calls: `scotoma.audit`, `score`, `compare` and `Study`, and what they give back.

Frames, arrays and paths go in; frames, verdicts and drawings for notebooks come out. The commands call
the same functions. Nothing here prints.
"""

"""Fast computations that have a plain twin; tests hold that both give the same numbers."""

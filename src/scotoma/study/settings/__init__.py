"""The pieces of a study file, each a frozen record; together they are part of every step's identity."""

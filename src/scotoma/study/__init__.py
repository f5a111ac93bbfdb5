"""A study file: its settings, how it is read, and what it declares before its first run."""

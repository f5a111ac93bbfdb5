"""A study file written for somebody's own model, task and files; what is not theirs to know is left open."""

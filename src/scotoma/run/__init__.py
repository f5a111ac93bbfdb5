"""Runs the steps of a plan: in one process or several, under Slurm or on Ray; what they will cost."""

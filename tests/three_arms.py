"""A study of three arms that tests change in one place and look at: in full, so that they stand as it is."""

from pathlib import Path

#: Its file.
THREE_ARMS = Path(__file__).parent / "three_arms.yaml"

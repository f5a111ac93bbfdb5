"""Damaged and hostile inputs in volume, for every reader: `make fuzz`, or `python -m fuzz` beside `tests/`.

An input is named by its reader and number, and drawn from a stream of its own, so any one can be made
again alone. `mutations` damages, `inputs` makes the files, `readers` reads them, `trials` keeps count.
"""

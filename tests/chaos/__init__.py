"""A study under fire: runs that are killed, stopped and cut short, and files that are damaged."""

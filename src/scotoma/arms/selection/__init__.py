"""Which rows an arm takes: tables in, tables out.

A ranked table has a column `rank`, a number that depends on the seed and the row's id alone. Whoever takes
the lowest ranks takes the same first rows for a small arm as for a large one.
"""

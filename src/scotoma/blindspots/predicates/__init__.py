"""Tests of a row: overlap and other built-in predicates, a study's own rules, a study's own code."""

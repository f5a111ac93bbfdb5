"""How many replicates a verdict takes; imports nothing, as a study is checked against it."""

#: With two, one degree of freedom: the t quantile is 6.3 and nearly every answer is INCONCLUSIVE.
MIN_REPLICATES = 3

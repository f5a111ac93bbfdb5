"""Arrays in, numbers out: measures of one model, intervals over replicates, verdicts."""

"""Steps whose settings name their results, and the folder where finished ones are kept."""

"""Other people's data files: formats, columns, labels and rows, every fault of a file at once."""

"""Other people's predictions: formats, harness logs, answers and gold labels, read and checked."""

"""What every folder may use: errors, named random streams, tables of rows, words for numbers, signals."""

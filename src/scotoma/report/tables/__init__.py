"""The tables of the page and of the terminal."""

"""Scotoma tells whether training on synthetic data makes a language model less robust."""

__version__ = "0.2.0"

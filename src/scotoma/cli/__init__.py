"""The commands. The only folder that knows typer."""

from scotoma.cli.app import main

__all__ = ["main"]

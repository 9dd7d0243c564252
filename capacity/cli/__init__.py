"""The command line: parse, call, print. Everything heavy is imported inside the commands: --help is instant."""

from capacity.cli.program import app, main

__all__ = ["app", "main"]

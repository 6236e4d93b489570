"""The command line: one thin command per capability."""

from glocal.cli.app import main

__all__ = ["main"]

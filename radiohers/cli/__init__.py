"""The command line: ``radiohers <command>``."""

from radiohers.cli._main import main

__all__ = ["main"]

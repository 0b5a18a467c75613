"""The command line, `agentkit`. Nothing is loaded before it is called."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line (the process's own where none is given); returns the exit code."""
    from agentkit.cli.app import execute

    return execute(arguments)

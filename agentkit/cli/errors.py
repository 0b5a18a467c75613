"""Exit codes, and errors as one clear line."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from agentkit.errors import AgentkitError, UsageError

if TYPE_CHECKING:
    from agentkit.result import RunStatus

__all__ = ["EXIT_OF", "FAILED", "INTERRUPTED", "NOT_PROVEN", "OK", "WRONG_USAGE", "report"]

OK = 0
FAILED = 1
WRONG_USAGE = 2
NOT_PROVEN = 3
"""There is a solution, but no proof that it is the best."""
INTERRUPTED = 130

EXIT_OF: dict[RunStatus, int] = {
    "answered": OK,
    "failed": FAILED,
    "partial": 3,
    "waiting": 4,
    "cancelled": FAILED,
}
"""What the process says of how a run ended."""


@runtime_checkable
class _Complaint(Protocol):
    """What the parser of command lines raises; whose class that is depends on typer's version."""

    exit_code: int

    def format_message(self) -> str: ...


def report(error: Exception, *, debug: bool) -> int:
    """Say on stderr what went wrong, with the traceback where `debug` is on; returns the exit code."""
    if isinstance(error, _Complaint):
        _say(f"error: {error.format_message()} (see --help)")
        return error.exit_code
    if debug:
        traceback.print_exception(error)
    if isinstance(error, AgentkitError):
        _say(f"error: {error}")
    else:
        hint = "" if debug else " (run it again with --debug to see where)"
        _say(f"error: {type(error).__name__}: {error}{hint}")
    for note in getattr(error, "__notes__", ()):
        if not note.startswith("During task"):  # LangGraph's, which says nothing to people
            _say(note)
    return WRONG_USAGE if isinstance(error, UsageError) else FAILED


def _say(text: str) -> None:
    print(f"agentkit: {' '.join(text.split())}", file=sys.stderr)

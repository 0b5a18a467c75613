"""Keeps what agents print out of everybody's way: each sample's output goes into its own record."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

__all__ = ["Printed", "captured_output", "printed_by_this_sample"]

KEPT = 2_000
"""Characters of a sample's output that are kept, the last ones."""

_CURRENT: ContextVar[Printed | None] = ContextVar("agentkit_printed", default=None)


class Printed:
    """What one sample printed, the last of it."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> None:
        """Take more in."""
        self._text = (self._text + text)[-KEPT:]

    @property
    def text(self) -> str:
        """The last of it, without the blanks round it."""
        return self._text.strip()


class _Divided(io.TextIOBase):
    """A stream that goes to the sample whose code writes, and otherwise where it always went."""

    def __init__(self, usual: TextIO) -> None:
        self._usual = usual

    def write(self, text: str) -> int:
        printed = _CURRENT.get()
        if printed is None:
            return self._usual.write(text)
        printed.write(text)
        return len(text)

    def flush(self) -> None:
        self._usual.flush()

    def isatty(self) -> bool:
        return self._usual.isatty()

    def fileno(self) -> int:
        return self._usual.fileno()

    @property
    def encoding(self) -> str:
        return self._usual.encoding


@contextmanager
def captured_output() -> Iterator[None]:
    """While this lasts, what is printed within `printed_by_this_sample` does not reach the terminal."""
    usual = sys.stdout, sys.stderr
    # Both are text streams in all but name: io.TextIOBase has their methods.
    sys.stdout, sys.stderr = _Divided(usual[0]), _Divided(usual[1])  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = usual


@contextmanager
def printed_by_this_sample() -> Iterator[Printed]:
    """What this task, the tasks that it begins and the threads that copy its context print meanwhile."""
    printed = Printed()
    token = _CURRENT.set(printed)
    try:
        yield printed
    finally:
        _CURRENT.reset(token)

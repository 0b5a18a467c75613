"""Keeps what agents print out of everybody's way: each sample's output goes into its own record."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

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


class _Divided:
    """A stream that goes to the sample whose code writes, and otherwise where it always went."""

    def __init__(self, usual: TextIO) -> None:
        self._usual = usual

    def write(self, text: str) -> int:
        printed = _CURRENT.get()
        if printed is None:
            return self._usual.write(text)
        printed.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual, name)


@contextmanager
def captured_output() -> Iterator[None]:
    """While this lasts, what is printed within `printed_by_this_sample` does not reach the terminal."""
    usual = sys.stdout, sys.stderr
    # Streams in all but name: what is not theirs to do is done by the usual one.
    divided: Any = [_Divided(stream) for stream in usual]
    sys.stdout, sys.stderr = divided
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

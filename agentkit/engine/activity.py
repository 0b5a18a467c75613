"""Knows when a run with open questions has nothing left to do but wait for people."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Activity"]


class Activity:
    """Counts the steps at work.

    A step that waits for another step's result does not count, or a run whose first subtask asks a
    person would never be seen to stand still.
    """

    def __init__(self) -> None:
        self._working = 0
        self._suspended = False
        self.still = asyncio.Event()
        """Set while a question is open and nobody works."""

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count the caller as at work."""
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    @contextmanager
    def parked(self) -> Iterator[None]:
        """Within `working`: do not count the caller while it waits for others."""
        self._change(-1)
        try:
            yield
        finally:
            self._change(1)

    def suspend(self) -> None:
        """A question is open."""
        self._suspended = True
        self._change(0)

    def _change(self, by: int) -> None:
        self._working += by
        if self._suspended and self._working == 0:
            self.still.set()
        else:
            self.still.clear()

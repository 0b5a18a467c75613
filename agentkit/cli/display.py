"""Shows a run while it happens: as a live tree, as plain lines, or not at all."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, Self

from rich.console import Console, RenderableType
from rich.live import Live

from agentkit.cli.lines import line_of
from agentkit.cli.tree import draw
from agentkit.cli.view import RunView
from agentkit.events import Event

__all__ = ["Display", "LinesDisplay", "LiveDisplay", "SilentDisplay", "choose_display"]

_PER_SECOND = 8


class Display(Protocol):
    """Shows events. Use it as an async context manager while the run lasts."""

    def show(self, event: Event) -> None:
        """One more event; the view has taken it in already."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the screen to somebody else meanwhile."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *error: object) -> None: ...


def choose_display(view: RunView, *, as_json: bool) -> Display:
    """What suits stderr, where displays are drawn: stdout is for the answer alone."""
    if as_json:
        return SilentDisplay()
    console = Console(stderr=True)
    can_redraw = sys.stderr.isatty() and not console.is_dumb_terminal
    return LiveDisplay(view, console) if can_redraw else LinesDisplay()


class SilentDisplay:
    """Shows nothing."""

    def show(self, event: Event) -> None:
        """Nothing."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing to pause."""
        yield

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass


class LinesDisplay(SilentDisplay):
    """A line on stderr for each event that says something."""

    def show(self, event: Event) -> None:
        """Print it at once."""
        if (line := line_of(event)) is not None:
            print(line, file=sys.stderr, flush=True)


class LiveDisplay:
    """The tree of the plan, drawn anew several times a second, and left standing at the end."""

    def __init__(self, view: RunView, console: Console) -> None:
        self._view = view
        self._console = console
        self._ended = False
        self._live = self._new_live()
        self._ticking: asyncio.Task[None] | None = None

    def show(self, event: Event) -> None:
        """Nothing at once: the next drawing has it."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the tree off the screen meanwhile."""
        self._live.transient = True
        self._live.stop()
        try:
            yield
        finally:
            self._live = self._new_live()  # the old one would draw over what was printed meanwhile
            self._live.start(refresh=True)

    async def __aenter__(self) -> Self:
        self._live.start(refresh=True)
        self._ticking = asyncio.ensure_future(self._tick())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
        self._view.stop()
        self._ended = True
        self._live.refresh()
        self._live.stop()

    def _new_live(self) -> Live:
        return Live(console=self._console, auto_refresh=False, get_renderable=self._draw)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1 / _PER_SECOND)
            if self._live.is_started:
                self._live.refresh()

    def _draw(self) -> RenderableType:
        now = time.time()
        if self._ended:
            return draw(self._view, now)  # the cost is told with the answer
        return draw(self._view, now, seconds=now - (self._view.began or now), lines=self._console.height)

"""Puts a run's questions to the person at the terminal."""

from __future__ import annotations

import asyncio
import os
import sys

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from agentkit.cli.display import Display
from agentkit.cli.figures import printable
from agentkit.result import Question

__all__ = ["TerminalPerson", "somebody_is_there"]


def somebody_is_there() -> bool:
    """Whether a person can see what is asked, and type an answer."""
    return sys.platform != "win32" and sys.stdin.isatty() and sys.stderr.isatty()


class TerminalPerson:
    """Asks on stderr and reads a line from stdin; an empty line leaves the run waiting."""

    def __init__(self, display: Display, console: Console | None = None, stdin: int = 0) -> None:
        self._display = display
        self._console = console or Console(stderr=True)
        self._stdin = stdin
        self._read = b""
        self._ended = False

    async def __call__(self, question: Question) -> str | None:
        """The answer; None for an empty line or the end of the input."""
        with self._display.paused():
            body = Text(printable(question.prompt), style="bold")
            if question.detail:
                body.append(f"\n\n{printable(question.detail)}", style="not bold")
            title = f"{question.kind} {question.id}" + (f" of {question.subtask}" if question.subtask else "")
            self._console.print(Panel(body, title=Text(title), title_align="left", border_style="cyan"))
            self._console.print("Your answer (empty: decide later): ", end="")
            answer = (await self._line()).strip()
        return answer or None

    async def _line(self) -> str:
        """A line, read without a thread: one that waits for input could never be ended by Ctrl-C."""
        loop = asyncio.get_running_loop()
        while b"\n" not in self._read and not self._ended:
            readable = asyncio.Event()
            loop.add_reader(self._stdin, readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(self._stdin)
            block = os.read(self._stdin, 65536)
            self._ended = not block
            self._read += block
        line, _, self._read = self._read.partition(b"\n")
        return line.decode(errors="replace")

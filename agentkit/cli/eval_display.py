"""Shows how far evaluations have come: a bar for each agent on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from agentkit.cli.figures import duration_text
from agentkit.evals.progress import EvalProgress

__all__ = ["EvalDisplay", "choose_eval_display", "progress_text"]

EVERY = 10.0
"""Seconds between plain lines."""


class EvalDisplay(Protocol):
    """Shows progress. Use it as a context manager while evaluations go on."""

    def show(self, progress: EvalProgress) -> None:
        """How far one agent has come."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def choose_eval_display(*, as_json: bool) -> EvalDisplay:
    """What suits stderr; stdout is for the result alone."""
    if as_json:
        return _Silent()
    console = Console(stderr=True)
    return _Bars(console) if sys.stderr.isatty() and not console.is_dumb_terminal else _Lines()


def progress_text(progress: EvalProgress) -> str:
    """The counts, the cost and the time left, on a line.

    >>> progress_text(EvalProgress("bare", 40))
    'right 0, wrong 0, errors 0, limits 0, $0'
    """
    count = progress.outcomes
    parts = [f"right {count['right']}", f"wrong {count['wrong']}"]
    parts += [f"errors {count['error']}", f"limits {count['limit']}"]
    if count["unscored"]:
        parts.append(f"unscored {count['unscored']}")
    parts.append(progress.usage.cost_text() if progress.usage.calls else "$0")
    left = progress.seconds_left
    if left is not None and progress.done < progress.total:
        parts.append(f"{duration_text(left)} left")
    return ", ".join(parts)


class _Silent:
    def show(self, progress: EvalProgress) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put in order."""


class _Lines(_Silent):
    """A line at the beginning, at the end, and every few seconds."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def show(self, progress: EvalProgress) -> None:
        now = time.monotonic()
        due = now - self._last.get(progress.agent, float("-inf")) >= EVERY
        if due or progress.done == progress.total:
            self._last[progress.agent] = now
            line = f"{progress.agent}: {progress.done} of {progress.total}: {progress_text(progress)}"
            print(line, file=sys.stderr, flush=True)


class _Bars:
    """A bar for each agent."""

    def __init__(self, console: Console) -> None:
        counted = TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[text]}", markup=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=20), counted, console=console
        )
        self._tasks: dict[str, TaskID] = {}

    def show(self, progress: EvalProgress) -> None:
        if progress.agent not in self._tasks:
            made = self._progress.add_task(progress.agent, total=progress.total, text="")
            self._tasks[progress.agent] = made
        self._progress.update(
            self._tasks[progress.agent], completed=progress.done, text=progress_text(progress)
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

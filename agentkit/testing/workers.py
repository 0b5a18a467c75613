"""`ScriptedWorker` and `FunctionWorker`: workers whose results a test writes down."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence

from agentkit.protocols import Assignment, WorkerContext
from agentkit.result import Failure, WorkerResult
from agentkit.tools.tool import Tool

__all__ = ["FunctionWorker", "Said", "ScriptedWorker"]

Said = str | Failure | WorkerResult
"""What a worker made of its subtask: an answer, why there is none, or a whole result."""


class ScriptedWorker:
    """Gives the results of a script, one a subtask, in the order of asking; errors in it are raised.

    `assignments` holds what it was given. When the script has run out an `AssertionError` says what
    was asked beyond it.

    >>> import asyncio
    >>> from typing import Any, cast
    >>> from agentkit.plan import Subtask
    >>> worker = ScriptedWorker(["12 rows"])
    >>> given = Assignment(goal="report", subtask=Subtask(id="a", goal="count"))
    >>> asyncio.run(worker.run(given, cast(Any, None))).answer
    '12 rows'
    """

    tools: Sequence[str | Tool] = ()

    def __init__(
        self,
        script: Sequence[Said | Exception],
        *,
        name: str = "scripted",
        description: str = "Follows a script.",
    ) -> None:
        self.name = name
        self.description = description
        self._script = list(script)
        self.assignments: list[Assignment] = []

    async def run(self, assignment: Assignment, context: WorkerContext) -> WorkerResult:
        """The next result of the script."""
        self.assignments.append(assignment)
        number = len(self.assignments)
        if number > len(self._script):
            raise AssertionError(
                f"{self.name}: the script has {len(self._script)} results, and subtask "
                f"{assignment.subtask.id!r} wants another one"
            )
        said = self._script[number - 1]
        if isinstance(said, Exception):
            raise said
        return _result(said)


class FunctionWorker:
    """Does what a function (sync or async) of assignment and context says; `assignments` holds what came."""

    def __init__(
        self,
        function: Callable[[Assignment, WorkerContext], Said | Awaitable[Said]],
        *,
        name: str = "function",
        description: str = "Does what a test says.",
        tools: Sequence[str | Tool] = (),
    ) -> None:
        self.name = name
        self.description = description
        self.tools = tools
        self._function = function
        self.assignments: list[Assignment] = []

    async def run(self, assignment: Assignment, context: WorkerContext) -> WorkerResult:
        """What the function says; its exceptions pass through."""
        self.assignments.append(assignment)
        said = self._function(assignment, context)
        return _result(await said if inspect.isawaitable(said) else said)


def _result(said: Said) -> WorkerResult:
    if isinstance(said, WorkerResult):
        return said
    if isinstance(said, Failure):
        return WorkerResult(failure=said, steps=1)
    return WorkerResult(answer=said, steps=1)

"""A Workforce whose model answers by rule, shared by the benchmarks of agentkit."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Sequence
from typing import Any

from agentkit.engine.workforce import Workforce
from agentkit.messages import ChatRequest, Completion, ToolCall
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, WorkerContext
from agentkit.result import WorkerResult
from agentkit.testing import FunctionModel
from agentkit.workers.reasoning import ReasoningWorker

__all__ = ["Sleeper", "Team", "answer", "call", "plan"]


class Sleeper:
    """A worker that takes as long as its subtask says, without a model."""

    name = "sleeper"
    description = "Sleeps."
    tools: tuple[str, ...] = ()

    async def run(self, assignment: Assignment, context: WorkerContext) -> WorkerResult:
        """Sleep."""

        await asyncio.sleep(float(assignment.subtask.goal))
        return WorkerResult(answer="slept")


def answer(request: ChatRequest) -> str | Completion:
    """What a well-behaved model says to each stage, for a plan of 50 subtasks and five workers."""
    if request.stage == "plan":
        pieces = [
            {"id": f"s{n}", "goal": f"Do item {n}.", "needs": [], "expects": "a word"} for n in range(50)
        ]
        return json.dumps({"subtasks": pieces})
    if request.stage == "assign":
        ids = re.findall(r"^\[(\S+)\]", request.messages[-1].content, re.MULTILINE)
        chosen = [{"subtask": key, "worker": f"w{n % 5}"} for n, key in enumerate(ids)]
        return json.dumps({"assignments": chosen})
    if request.stage == "verify":
        return json.dumps({"accepted": True, "reason": ""})
    return "done"


class Team:
    """Runs a Workforce in a folder of its own, with journal and checkpoints on disk."""

    def __init__(self, workers: Sequence[Any] | None = None, *, delay: float = 0.0, **options: Any) -> None:
        self.folder = tempfile.TemporaryDirectory()
        team = workers or [ReasoningWorker(f"w{n}", tools=()) for n in range(options.pop("count", 1))]
        model = FunctionModel(_slowly(delay) if delay else answer)
        self.force = Workforce(team, model=model, home=self.folder.name, **options)

    async def run(self) -> None:
        """Do one task."""
        result = await self.force.run("Do all the items.")
        if result.status != "answered":
            raise RuntimeError(f"{result.status}: {result.reason}")


def _slowly(delay: float) -> Any:

    async def slow(request: ChatRequest) -> str | Completion:
        await asyncio.sleep(delay)
        return answer(request)

    return slow


def plan(count: int) -> list[Subtask]:
    """So many subtasks that do not need each other."""
    return [Subtask(id=f"s{n}", goal=f"Do item {n}.") for n in range(count)]


def call(turn: int) -> Completion:
    """A model's wish for one tool call."""
    return Completion(tool_calls=(ToolCall(id=str(turn), name="successor", arguments={"x": turn}),))

"""Teams and models whose words the coordinator's tests write down."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from agentkit.events import RecoveryChosen
from agentkit.messages import ChatRequest
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, ChatModel, Verdict, WorkerContext
from agentkit.result import Failure, FailureKind, WorkerResult
from agentkit.testing import FunctionModel, FunctionWorker
from tests.engine.conftest import Heard

Words = str | BaseModel | Callable[[str], Any]


def by_stage(**words: Words) -> FunctionModel:
    """A model that has an answer for each stage, or a function of the last message; it knows no others."""

    def speak(request: ChatRequest) -> Any:
        said = words[request.stage]
        return said(request.messages[-1].content) if callable(said) else said

    return FunctionModel(speak)


def stages(model: FunctionModel) -> list[str]:
    return [r.stage for r in model.requests]


def prompts(model: FunctionModel, stage: str) -> list[str]:
    return [r.messages[-1].content for r in model.requests if r.stage == stage]


def piece(key: str, *needs: str, worker: str | None = None, **more: Any) -> Subtask:
    return Subtask(id=key, goal=f"do {key}", needs=needs, worker=worker, **more)


def plan_text(*pieces: tuple[str, Sequence[str]]) -> str:
    """A plan as a model writes it down."""
    return json.dumps(
        {"subtasks": [{"id": i, "goal": f"do {i}", "needs": list(n), "expects": f"{i}'s"} for i, n in pieces]}
    )


def by_subtask(answers: dict[str, Any]) -> Callable[[Assignment, WorkerContext], Any]:
    """Acts by subtask: a text, a failure, or a list of these, one for each attempt."""
    tries: dict[str, int] = {}

    def act(assignment: Assignment, _: WorkerContext) -> Any:
        key = assignment.subtask.id
        said = answers.get(key, f"{key} done")
        if isinstance(said, list):
            tries[key] = tries.get(key, -1) + 1
            said = said[tries[key]]
        return said

    return act


def does(name: str = "doer", more: dict[str, Any] | None = None, **answers: Any) -> FunctionWorker:
    """A worker that answers as `by_subtask` does."""
    return FunctionWorker(by_subtask(answers | (more or {})), name=name, description=f"Is {name}.")


def fails(kind: FailureKind, why: str = "no luck") -> Failure:
    return Failure(kind=kind, message=why)


def turn(answer: str = "", *calls: tuple[str, dict[str, Any]], give_up: str = "") -> str:
    """A worker's turn, as models without native tools write it down."""
    wanted = [{"tool": name, "arguments": arguments} for name, arguments in calls]
    return json.dumps({"thought": "", "calls": wanted, "answer": answer, "give_up": give_up})


def part(prompt: str) -> str:
    """The id of the subtask that a worker's prompt is about."""
    found = re.search(r"(?:Your part|is left): do (\w+)", prompt)
    return found[1] if found else "task"


def joined(prompt: str) -> str:
    """A composer that says which results it was given."""
    return " + ".join(line for line in prompt.splitlines() if line.endswith("done"))


COMPOSER = {"compose": joined}


def recoveries(heard: Heard) -> list[tuple[str, str]]:
    return [(e.subtask, e.recovery) for e in heard if isinstance(e, RecoveryChosen)]


class Everything:
    """Accepts whatever it sees."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def verify(self, assignment: Assignment, result: WorkerResult, model: ChatModel) -> Verdict:
        self.asked.append(assignment.subtask.id)
        return Verdict(accepted=True)

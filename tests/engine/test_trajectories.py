"""Trajectories are read out of the journal: what each worker thought, did and saw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.engine.store import open_journal
from agentkit.engine.trajectories import read_trajectories
from agentkit.engine.workforce import Workforce
from agentkit.errors import RunNotFoundError
from agentkit.messages import ChatRequest
from agentkit.plan import Subtask
from agentkit.result import RunResult
from agentkit.testing import FunctionModel
from agentkit.tools.tool import tool
from agentkit.trajectory import Trajectory
from agentkit.workers.reasoning import ReasoningWorker


@tool
def double(x: int) -> int:
    """Twice as much."""
    return 2 * x


@tool(repeatable=False)
def post(text: str) -> str:
    """Put a letter in the box."""
    return f"posted {text}"


def turn(thought: str, answer: str = "", **calls: dict[str, Any]) -> str:
    wanted = [{"tool": name, "arguments": arguments} for name, arguments in calls.items()]
    return json.dumps({"thought": thought, "calls": wanted, "answer": answer, "give_up": ""})


def speak(request: ChatRequest) -> str:
    if request.stage == "verify":
        return json.dumps({"accepted": "better" in request.messages[-1].content, "reason": "too rough"})
    if len(request.messages) == 2:
        return turn("let me see", double={"x": 4}, post={"text": "hi"})
    again = "too rough" in request.messages[1].content
    return turn("that is it", answer="8, better" if again else "8")


async def run(home: Path) -> RunResult:
    worker = ReasoningWorker(tools=(double, post))
    plan = [Subtask(id="a/b", goal="double four")]
    return await Workforce([worker], planner=plan, verifier=True, model=FunctionModel(speak), home=home).run(
        "x"
    )


async def trajectories(home: Path) -> list[Trajectory]:
    result = await run(home)
    journal = open_journal(home)
    try:
        return read_trajectories(journal, result.run_id)
    finally:
        journal.close()


async def test_every_attempt_has_its_steps_with_thoughts_actions_and_what_was_seen(tmp_path: Path) -> None:
    first, second = await trajectories(tmp_path)

    assert (first.subtask, first.attempt, first.goal, first.success) == ("a/b", 1, "double four", False)
    assert [s.thought for s in first.steps] == ["let me see", "that is it"]
    seen = {a.name: o.text for a, o in zip(first.steps[0].actions, first.steps[0].observations, strict=True)}
    assert seen == {"double": "8", "post": "posted hi"}
    assert first.steps[1].actions == ()
    assert (second.attempt, second.answer, second.success) == (2, "8, better", True)


async def test_a_run_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    with pytest.raises(RunNotFoundError):
        read_trajectories(journal, "nobody's")
    journal.close()

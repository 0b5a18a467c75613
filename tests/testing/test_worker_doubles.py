"""Workers that follow a script or a function, for tests of whatever uses workers."""

from __future__ import annotations

from typing import Any, cast

import pytest

from agentkit.errors import WorkerError
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, Worker, WorkerContext
from agentkit.result import Failure, WorkerResult
from agentkit.testing import FunctionWorker, ScriptedWorker, check_worker

NOTHING = cast(WorkerContext, None)
GAVE_UP = Failure(kind="gave_up", message="no data")


def given(name: str = "a") -> Assignment:
    return Assignment(goal="report", subtask=Subtask(id=name, goal=f"do {name}"))


async def test_a_script_gives_answers_failures_results_and_errors_in_order() -> None:
    whole = WorkerResult(answer="y", steps=3)
    worker = ScriptedWorker(["x", GAVE_UP, whole, WorkerError("broken")])
    assert (await worker.run(given(), NOTHING)).answer == "x"
    assert (await worker.run(given(), NOTHING)).failure == GAVE_UP
    assert await worker.run(given("b"), NOTHING) == whole
    with pytest.raises(WorkerError, match="broken"):
        await worker.run(given(), NOTHING)
    assert [a.subtask.id for a in worker.assignments] == ["a", "a", "b", "a"]


async def test_a_script_that_has_run_out_says_who_wanted_more() -> None:
    with pytest.raises(AssertionError, match="has 0 results, and subtask 'late'"):
        await ScriptedWorker([]).run(given("late"), NOTHING)


async def test_a_function_may_be_sync_or_async() -> None:
    async def slowly(assignment: Assignment, context: WorkerContext) -> str:
        return f"slowly {assignment.subtask.id}"

    assert (await FunctionWorker(slowly).run(given(), NOTHING)).answer == "slowly a"
    swiftly = FunctionWorker(lambda assignment, context: GAVE_UP, name="swift")
    assert (await swiftly.run(given(), NOTHING)).failure == GAVE_UP
    assert [a.subtask.id for a in swiftly.assignments] == ["a"]


@pytest.mark.parametrize("double", [ScriptedWorker(["x"] * 9), FunctionWorker(lambda *_: "x")])
async def test_they_are_workers(double: Any) -> None:
    assert isinstance(double, Worker)
    await check_worker(double)

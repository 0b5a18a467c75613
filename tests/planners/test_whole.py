"""The planner that never splits."""

from __future__ import annotations

from pathlib import Path

from agentkit.engine.workforce import Workforce
from agentkit.plan import Plan, Subtask
from agentkit.planners.whole import WholePlanner
from agentkit.protocols import PlanRequest, WorkerCard
from agentkit.registry import resolve
from agentkit.result import Failure
from agentkit.task import Task
from agentkit.testing import FunctionModel, FunctionWorker, ScriptedModel, check_planner

CARDS = (WorkerCard(name="one", description="Is one."), WorkerCard(name="two", description="Is two."))
REQUEST = PlanRequest(task=Task(goal="read, count and report"), workers=CARDS)
WHOLE = Plan(subtasks=(Subtask(id="task", goal="read, count and report"),))


async def made(request: PlanRequest) -> Plan | None:
    """Its plan, which it makes without a word from the model."""
    return await WholePlanner().plan(request, ScriptedModel([]))


async def test_every_task_is_one_piece_however_many_there_are_to_do_it() -> None:
    assert await made(REQUEST) == WHOLE
    assert await made(REQUEST.model_copy(update={"workers": CARDS[:1]})) == WHOLE
    assert await made(REQUEST.model_copy(update={"on_demand": True})) == WHOLE


async def test_a_task_that_failed_as_a_whole_cannot_be_planned_otherwise() -> None:
    assert await made(REQUEST.model_copy(update={"plan": WHOLE})) is None
    assert await made(REQUEST.model_copy(update={"plan": WHOLE, "feedback": "in two parts"})) is None


async def test_what_was_too_much_for_one_go_stays_whole_all_the_same() -> None:
    assert await made(REQUEST.model_copy(update={"feedback": "split it"})) == WHOLE


async def test_it_keeps_its_obligations_and_is_found_by_name() -> None:
    await check_planner(WholePlanner())
    assert resolve("planner", "whole") is WholePlanner


async def test_a_worker_that_could_split_a_task_is_not_offered_to(tmp_path: Path) -> None:
    """To compare with: what one worker alone makes of the task."""
    answer = '{"thought": "", "calls": [], "answer": "42", "give_up": ""}'
    model = FunctionModel(lambda _: answer)
    result = await Workforce(planner="whole", model=model, home=tmp_path).run("x")
    assert (result.status, result.answer, result.usage.calls) == ("answered", "42", 1)
    assert "split_task" not in model.requests[0].model_dump_json()


async def test_a_team_that_cannot_do_it_whole_has_failed(tmp_path: Path) -> None:
    worker = FunctionWorker(lambda *_: Failure(kind="step_limit", message="no end"))
    result = await Workforce([worker], planner="whole", model=ScriptedModel([]), home=tmp_path).run("x")
    assert (result.status, result.reason) == ("failed", "task: no end")
    assert len(worker.assignments) == 1

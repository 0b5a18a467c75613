"""The planner that has its plan already."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import PlanError, UsageError
from agentkit.plan import Plan, Subtask
from agentkit.planners.fixed import FixedPlanner
from agentkit.protocols import PlanRequest
from agentkit.task import Task
from agentkit.testing import ScriptedModel

REQUEST = PlanRequest(task=Task(goal="do it"), workers=())
PIECES = [Subtask(id="a", goal="x"), Subtask(id="b", goal="y", needs=("a",))]


async def made(planner: FixedPlanner, request: PlanRequest = REQUEST) -> Plan | None:
    return await planner.plan(request, ScriptedModel([]))


@pytest.mark.parametrize("given", [PIECES, tuple(PIECES), Plan(subtasks=tuple(PIECES))])
async def test_it_gives_the_plan_that_it_was_given(given: Any) -> None:
    assert await made(FixedPlanner(given)) == Plan(subtasks=tuple(PIECES))


async def test_without_a_plan_the_task_is_one_piece() -> None:
    assert await made(FixedPlanner()) == Plan(subtasks=(Subtask(id="task", goal="do it"),))


async def test_it_has_no_other_plan_to_offer() -> None:
    plan = Plan(subtasks=tuple(PIECES))
    assert await made(FixedPlanner(PIECES), REQUEST.model_copy(update={"plan": plan})) is None
    assert await made(FixedPlanner(PIECES), REQUEST.model_copy(update={"feedback": "otherwise"})) is None


def test_a_plan_that_cannot_be_is_refused_at_once() -> None:
    with pytest.raises(PlanError, match="in a circle"):
        FixedPlanner([Subtask(id="a", goal="x", needs=("a",))])
    wrong: Any = ["a", "b"]
    with pytest.raises(UsageError, match="Subtask objects"):
        FixedPlanner(wrong)

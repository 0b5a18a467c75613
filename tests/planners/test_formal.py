"""The formal planner: the model describes the world, a search finds the proven best sequence of actions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentkit.engine.workforce import Workforce
from agentkit.errors import OutputError, PlanError
from agentkit.plan import Plan, Subtask
from agentkit.planners.formal import FormalPlanner
from agentkit.protocols import FailedSubtask, FinishedSubtask, PlanRequest, WorkerCard
from agentkit.result import Failure, WorkerResult
from agentkit.task import Task
from agentkit.testing.models import ScriptedModel
from agentkit.testing.workers import FunctionWorker

WORLD: dict[str, Any] = {
    "sets": {"rooms": ["kitchen", "hall", "attic"], "things": ["lamp", "book"]},
    "planning": {
        "fluents": {"here": "rooms", "at": "things, rooms", "held": "things", "free": ""},
        "actions": {
            "walk": {
                "over": "a in rooms, b in rooms if a != b",
                "pre": ["here(a)"],
                "effects": ["here(b)", "not here(a)"],
                "says": "walk from {a} to {b}",
            },
            "take": {
                "over": "t in things, r in rooms",
                "pre": ["here(r)", "at(t, r)", "free"],
                "effects": ["held(t)", "not at(t, r)", "not free"],
            },
            "drop": {
                "over": "t in things, r in rooms",
                "pre": ["here(r)", "held(t)"],
                "effects": ["at(t, r)", "free", "not held(t)"],
            },
        },
        "start": ["here('hall')", "at('lamp', 'kitchen')", "at('book', 'attic')", "free"],
        "goal": ["at('lamp', 'attic')", "at('book', 'kitchen')"],
    },
}
REQUEST = PlanRequest(
    task=Task(goal="Swap the lamp and the book"),
    workers=(WorkerCard(name="robot", description="Walks and carries."),),
)


async def plan(*replies: Any, request: PlanRequest = REQUEST) -> tuple[Plan, ScriptedModel]:
    model = ScriptedModel([json.dumps(one) for one in replies])
    made = await FormalPlanner().plan(request, model)
    assert made is not None and model.left == 0
    return made, model


def changed(**planning: Any) -> dict[str, Any]:
    return {**WORLD, "planning": {**WORLD["planning"], **planning}}


async def test_the_plan_is_the_shortest_sequence_each_step_after_the_one_before() -> None:
    made, _ = await plan(WORLD)

    steps = [subtask.goal for subtask in made.subtasks]
    assert steps == [
        "walk from hall to kitchen",
        "(take lamp kitchen)",
        "walk from kitchen to attic",
        "(drop lamp attic)",
        "(take book attic)",
        "walk from attic to kitchen",
        "(drop book kitchen)",
    ]
    assert [subtask.needs for subtask in made.subtasks][:2] == [(), ("step_1",)]


async def test_a_world_with_faults_goes_back_to_the_model() -> None:
    made, model = await plan(changed(goal=["at('lamp', 'cellar')"]), WORLD)

    assert "cellar" in model.requests[1].messages[-1].content
    assert len(made.subtasks) == 7


async def test_a_model_that_never_describes_it_is_an_output_error() -> None:
    with pytest.raises(OutputError, match="cellar"):
        await plan(*[changed(goal=["at('lamp', 'cellar')"])] * 3)


async def test_a_goal_that_cannot_be_reached_is_said() -> None:
    with pytest.raises(PlanError, match="cannot be reached"):
        await plan(changed(start=["here('hall')", "free"]))


async def test_a_goal_that_holds_already_needs_nothing() -> None:
    made, _ = await plan(changed(goal=["free"]))

    assert "holds already" in made.subtasks[0].goal


async def test_what_is_no_sequence_of_actions_stays_whole() -> None:
    made, _ = await plan({"sets": {}, "planning": {}})

    assert [subtask.goal for subtask in made.subtasks] == ["Swap the lamp and the book"]


async def test_after_a_failed_step_it_plans_from_the_new_state_with_new_ids() -> None:
    before = Plan(
        subtasks=(Subtask(id="step_1", goal="walk"), Subtask(id="step_2", goal="take", needs=("step_1",)))
    )
    request = REQUEST.model_copy(
        update={
            "plan": before,
            "finished": (FinishedSubtask(id="step_1", goal="walk", answer="in the kitchen"),),
            "failed": (
                FailedSubtask(subtask=before.subtasks[1], failure=Failure(kind="error", message="too heavy")),
            ),
        }
    )

    made, model = await plan(
        changed(start=["here('kitchen')", "at('lamp', 'kitchen')", "free"], goal=["held('lamp')"]),
        request=request,
    )

    assert [subtask.id for subtask in made.subtasks] == ["step_3"]
    told = model.requests[0].messages[1].content
    assert "in the kitchen" in told and "too heavy" in told


async def test_an_environment_can_carry_the_steps_out_in_order(tmp_path: Any) -> None:
    done: list[str] = []

    async def act(assignment: Any, context: Any) -> WorkerResult:
        done.append(assignment.subtask.goal)
        return WorkerResult(answer="done")

    robot = FunctionWorker(act, name="robot", description="Walks and carries.")
    team = Workforce(
        [robot], planner=FormalPlanner(), model=ScriptedModel([json.dumps(WORLD)]), home=tmp_path
    )
    result = await team.run("Swap the lamp and the book")

    assert result.status == "answered"
    assert len(done) == 7 and done[0] == "walk from hall to kitchen" and done[-1] == "(drop book kitchen)"

"""The planner of LLMFP's multi-step problems: actions and a goal become the proven best sequence.

Source: Hao, Zhang and Fan 2024, "Planning Anything with Rigor: General-Purpose Zero-Shot Planning with
LLM-based Formalized Programming" (arXiv 2410.12112), section 4. The model writes the world's rules once; the
sequence is found, proven best and simulated without it.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agentkit.errors import FormulationError, PlanError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.ground import ground_planning
from agentkit.formulation.instance import Instance
from agentkit.formulation.reading.data_files import task_data_of
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve_instance
from agentkit.formulation.task_data import TaskData
from agentkit.messages import ChatRequest, Message
from agentkit.models.structured import structured
from agentkit.plan import Plan, Subtask
from agentkit.planning.simulation import simulate
from agentkit.prompts import load_prompt
from agentkit.protocols import ChatModel, PlanRequest
from agentkit.solvers.highs import SolveLimits

__all__ = ["FormalPlanner", "plan_of"]


class _World(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sets: dict[str, list[str | int]]
    planning: dict[str, object]
    assumed: list[str] = Field(default_factory=list)


class FormalPlanner:
    """Has the model formulate the task's world, and makes the best sequence of actions a plan.

    Each step is a subtask, `(name arguments)` or in the task's own words, and needs the one before, so that
    an environment can carry them out in order. Where a step failed, the world is formulated anew from what is
    told of the state. A task that is no sequence of actions stays whole, for other planners or workers.
    """

    name = "formal"

    def __init__(self, *, time_limit: float = 60.0, max_steps: int = 200) -> None:
        self.time_limit = time_limit
        self.max_steps = max_steps

    async def plan(self, request: PlanRequest, model: ChatModel) -> Plan | None:
        """A plan. Raises `OutputError` where the model gives no world that can be planned in, and `PlanError`
        where the goal cannot be reached or no plan was found in time."""
        data = await asyncio.to_thread(task_data_of, request.task.attachments)

        def check(world: _World) -> _World:
            try:
                _formulation(world, data)
            except FormulationError as error:
                raise ValueError(str(error)) from error  # shown to the model, which may mend it
            return world

        messages = (
            Message(role="system", content=load_prompt(__file__, "formal")),
            Message(role="user", content=_brief(request)),
        )
        chat = ChatRequest(messages=messages, stage="plan", max_tokens=8192)
        found = await structured(model, chat, Annotated[_World, AfterValidator(check)], name="world")
        if not found.value.planning:
            return Plan(subtasks=(Subtask(id="task", goal=request.task.goal),))
        solution = await self._solved(_formulation(found.value, data))
        before = len(request.plan.subtasks) if request.plan is not None else 0
        return plan_of(solution, self.max_steps, first=before + 1)

    async def _solved(self, instance: Instance) -> Solution:
        stopped = threading.Event()
        limits = SolveLimits(seconds=self.time_limit, should_stop=stopped.is_set)
        try:
            return await asyncio.to_thread(solve_instance, instance, limits)
        finally:
            stopped.set()


def plan_of(solution: Solution, max_steps: int = 200, *, first: int = 1) -> Plan:
    """A sequence of actions as a plan, its steps numbered from `first`.

    Raises `PlanError` where there is none, or it is too long.
    """
    outcome = solution.plan
    if outcome is None or outcome.plan is None:
        why = outcome.reason if outcome is not None and outcome.reason else "there is no plan"
        raise PlanError(
            f"the goal cannot be reached: {why}", mend="check the start, the goal and the actions"
        )
    if not outcome.plan:
        return Plan(subtasks=(Subtask(id="done", goal="Nothing needs to be done: the goal holds already."),))
    if len(outcome.plan) > max_steps:
        raise PlanError(f"the best plan has {len(outcome.plan)} steps, more than {max_steps}")
    assert solution.instance is not None
    checked = simulate(
        ground_planning(solution.instance), [(action.name, *action.arguments) for action in outcome.plan]
    )
    if not checked.valid:
        raise PlanError(f"the plan fails when it is simulated: {checked.problem}")
    subtasks = []
    for number, step in enumerate(solution.steps, start=first):
        needs = (f"step_{number - 1}",) if number > first else ()
        subtasks.append(Subtask(id=f"step_{number}", goal=step, needs=needs))
    return Plan(subtasks=tuple(subtasks))


def _formulation(world: _World, data: TaskData) -> Instance:
    """The world with its data, grounded once so that faults show. Raises `FormulationError`."""
    if not world.planning:
        return Instance(Formulation.read({"variables": {"nothing": {}}}), data)
    read = Formulation.read({"sets": dict(world.sets), "planning": world.planning})
    instance = Instance(read, data)
    ground_planning(instance)
    return instance


def _brief(request: PlanRequest) -> str:
    parts = [f"Task: {request.task.goal}"]
    if request.files:
        parts.append(f"Files:\n{request.files}")
    if request.finished:
        done = "\n".join(f"- {step.goal}: {step.answer}" for step in request.finished)
        parts.append(f"These steps are done; start from the state that they led to:\n{done}")
    parts += [f"This step failed: {f.subtask.goal}\nWhy: {f.failure.message}" for f in request.failed]
    if request.feedback:
        parts.append(f"What must be different: {request.feedback}")
    return "\n\n".join(parts)

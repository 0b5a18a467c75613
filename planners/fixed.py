"""The planner that has its plan already."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.errors import UsageError
from agentkit.plan import Plan, Subtask
from agentkit.protocols import ChatModel, PlanRequest

__all__ = ["FixedPlanner"]


class FixedPlanner:
    """Gives a plan written in Python; without one, the task in one piece. It never plans anew."""

    name = "fixed"

    def __init__(self, plan: Plan | Sequence[Subtask] | None = None) -> None:
        if plan is not None and not isinstance(plan, Plan) and not all(isinstance(s, Subtask) for s in plan):
            raise UsageError(
                "a fixed plan is made of Subtask objects", mend="FixedPlanner([Subtask(id=…, goal=…)])"
            )
        self._plan = plan if plan is None or isinstance(plan, Plan) else Plan(subtasks=tuple(plan))

    async def plan(self, request: PlanRequest, model: ChatModel) -> Plan | None:
        """The plan; None when asked for another one."""
        if request.plan is not None or request.feedback:
            return None
        if self._plan is not None:
            return self._plan
        return Plan(subtasks=(Subtask(id="task", goal=request.task.goal),))

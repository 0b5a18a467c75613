"""The planner that never splits: one subtask, which is the whole task, at no cost."""

from __future__ import annotations

from agentkit.plan import Plan, Subtask
from agentkit.protocols import ChatModel, PlanRequest

__all__ = ["WholePlanner"]


class WholePlanner:
    """Leaves every task whole, without asking the model: for teams of one, and to compare with."""

    name = "whole"

    async def plan(self, request: PlanRequest, model: ChatModel) -> Plan | None:
        """The task as its only subtask; None after it failed, as there is no other way to leave it whole."""
        if request.plan is not None:
            return None
        return Plan(subtasks=(Subtask(id="task", goal=request.task.goal),))

"""What comes of looking for a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agentkit.planning.strips import GroundAction

__all__ = ["PlanMethod", "PlanOutcome", "PlanStatus"]

PlanStatus = Literal["optimal", "feasible", "no_plan", "unknown"]
"""optimal: proven best. feasible: a plan, not proven best. no_plan: proven that there is none. unknown:
stopped early with nothing."""

PlanMethod = Literal["analysis", "uninformed search", "A* search", "weighted search", "time-indexed program"]
"""What settled it: `analysis` looked at the task without searching."""


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """A plan, and what is proven of it."""

    status: PlanStatus
    """How it ended."""
    plan: tuple[GroundAction, ...] | None
    """The actions in order; None where there is no plan, or none was found."""
    cost: float | None
    """What the plan costs; its length where the task counts steps."""
    bound: float | None
    """No plan costs less; None where there is no plan."""
    method: PlanMethod
    """What settled it."""
    seconds: float
    """How long it took, on the wall's clock."""
    expanded: int = 0
    """How many states were looked into."""
    horizon: int | None = None
    """The number of steps of the last time-indexed program, where there was one."""
    reason: str = ""
    """Why there is no plan, or why it was stopped."""

    @property
    def steps(self) -> tuple[str, ...] | None:
        """The plan as it is written: `("(unstack a b)", …)`."""
        return None if self.plan is None else tuple(str(action) for action in self.plan)

"""Planning problems: find the shortest plan, or the best number, and a world to carry plans out in."""

from __future__ import annotations

from agentkit.envs.planning.benchmark import Planning
from agentkit.envs.planning.world import PlanningWorld

__all__ = ["Planning", "PlanningWorld"]

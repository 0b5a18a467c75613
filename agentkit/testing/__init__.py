"""Stand-ins for tests of agents, and checks for workers, planners and environments of your own."""

from __future__ import annotations

from agentkit.testing.checks import check_environment, check_planner, check_worker
from agentkit.testing.models import FunctionModel, ScriptedModel
from agentkit.testing.workers import FunctionWorker, ScriptedWorker

__all__ = [
    "FunctionModel",
    "FunctionWorker",
    "ScriptedModel",
    "ScriptedWorker",
    "check_environment",
    "check_planner",
    "check_worker",
]

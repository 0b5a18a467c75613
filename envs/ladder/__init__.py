"""The ladder of size: ten families of planning problems in three sizes, each with a proven optimum."""

from __future__ import annotations

from agentkit.envs.ladder.benchmark import Ladder

__all__ = ["Ladder"]

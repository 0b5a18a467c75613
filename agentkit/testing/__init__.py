"""Stand-ins for tests of agents: models that say what they are told to say."""

from __future__ import annotations

from agentkit.testing.models import FunctionModel, ScriptedModel

__all__ = ["FunctionModel", "ScriptedModel"]

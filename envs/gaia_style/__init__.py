"""Our own set of questions in GAIA's manner, and the script that makes it and proves every answer."""

from __future__ import annotations

from agentkit.envs.gaia_style.benchmark import GaiaStyle

__all__ = ["GaiaStyle"]

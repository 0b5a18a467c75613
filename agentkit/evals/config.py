"""What an evaluation measures: everything that makes records comparable with each other."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from pydantic import Field

from agentkit.budget import Budget
from agentkit.frozen import Frozen

__all__ = ["EvalConfig"]


class EvalConfig(Frozen):
    """The configuration whose records lie in one folder. How many samples and epochs is not part of it:
    more of them extend what is there."""

    benchmark: str
    """The benchmark's name."""
    agent: str
    """The agent's name."""
    agent_setup: dict[str, Any] = Field(default_factory=dict)
    """What the agent tells of how it is set up (its workers, planner, tools)."""
    model: str = ""
    """The model's name; empty where the agent brings its own."""
    replayed: bool = False
    """Whether the model's words are a recording."""
    sample_budget: Budget = Budget()
    """Limits for each sample."""
    timeout: float | None = None
    """Seconds for each sample."""
    seed: int | None = None
    """What the samples were shuffled by; None keeps the benchmark's order."""

    @property
    def digest(self) -> str:
        """A short name for this configuration."""
        body = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return blake2b(body.encode(), digest_size=4).hexdigest()

    def differences(self, other: EvalConfig) -> list[str]:
        """What is not the same, in words, one entry a field; `other` is the newer one.

        >>> EvalConfig(benchmark="b", agent="a").differences(EvalConfig(benchmark="b", agent="a", seed=3))
        ['seed: it was null, now 3']
        """
        old, new = self.model_dump(mode="json"), other.model_dump(mode="json")
        return [
            f"{key}: it was {_brief(old[key])}, now {_brief(new[key])}" for key in old if old[key] != new[key]
        ]


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"

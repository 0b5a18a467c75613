"""How far an evaluation has come."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from agentkit.budget import Usage
from agentkit.evals.record import Outcome, Record

__all__ = ["EvalProgress"]


@dataclass(slots=True)
class EvalProgress:
    """The figures of one agent's evaluation while it goes on."""

    agent: str
    total: int
    """Samples times epochs."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    """Of those that are done, in earlier sessions too."""
    usage: Usage = field(default_factory=Usage)
    """What they cost, in earlier sessions too."""
    earlier: int = 0
    """How many were done before this session."""
    began: float = field(default_factory=time.monotonic)

    @property
    def done(self) -> int:
        """How many have a record."""
        return self.outcomes.total()

    @property
    def seconds_left(self) -> float | None:
        """About how long the rest will take, going by this session; None while nobody can tell."""
        now = self.done - self.earlier
        if now <= 0:
            return None
        return (time.monotonic() - self.began) / now * (self.total - self.done)

    def add(self, record: Record, *, earlier: bool = False) -> None:
        """Count a record."""
        self.outcomes[record.outcome] += 1
        self.usage += record.usage
        self.earlier += earlier

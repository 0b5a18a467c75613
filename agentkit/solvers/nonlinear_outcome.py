"""What comes of solving a nonlinear Pyomo model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["NonlinearOutcome", "NonlinearStatus"]

NonlinearStatus = Literal["optimal", "feasible", "infeasible", "unbounded", "unknown"]
"""optimal: proven, within the gap that was allowed. feasible: a solution, no proof. unknown: neither."""


@dataclass(frozen=True, slots=True)
class NonlinearOutcome:
    """What a solver said; the values are in the model's variables where there is a solution."""

    status: NonlinearStatus
    bound: float | None = None
    """What no solution can beat; None where nothing is proven."""
    solver: str = ""
    """Which, with its version."""

    @property
    def found(self) -> bool:
        """Whether the model's variables have a solution's values."""
        return self.status in ("optimal", "feasible")

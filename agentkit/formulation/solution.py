"""`Solution`: what came of solving a formulation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.formulation.elements import Member
from agentkit.formulation.instance import Instance
from agentkit.formulation.plan_steps import written_steps
from agentkit.formulation.residuals import Violation
from agentkit.formulation.values import Floats
from agentkit.planning.outcome import PlanOutcome

__all__ = ["Solution", "SolutionStatus", "SolveTimes"]

SolutionStatus = Literal["optimal", "feasible", "infeasible", "unbounded", "unknown"]
"""optimal: proven (within the gap that was allowed). feasible: stopped early with a solution, or of a solver
that proves nothing. unknown: stopped early with none."""


@dataclass(frozen=True, slots=True)
class SolveTimes:
    """Where the time went, in seconds."""

    build: float = 0.0
    """From the formulation to the solver's arrays."""
    solve: float = 0.0
    """In the solver."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What a solver found, by the formulation's own names."""

    status: SolutionStatus
    objective: float | None = None
    """The first objective's value, penalties of soft constraints included."""
    bound: float | None = None
    """What no solution can beat."""
    gap: float | None = None
    """|objective - bound| / |objective|."""
    arrays: Mapping[str, Floats] = field(default_factory=dict)
    """By variable its values, in the order of its places."""
    objectives: Mapping[str, float] = field(default_factory=dict)
    """By name, where there are several."""
    duals: Mapping[str, Floats] = field(default_factory=dict)
    """By constraint, of linear programs: what one more unit of a row's right side adds to the objective."""
    solver: str = ""
    """Which solver, with its version; or which search."""
    times: SolveTimes = SolveTimes()
    violations: tuple[Violation, ...] = ()
    """What the solution breaks when it is checked against the formulation; empty where all is well."""
    plan: PlanOutcome | None = None
    """Of a planning problem: the sequence of actions."""
    unbounded_in: tuple[str, ...] = ()
    """Of unbounded problems: what can grow without end."""
    instance: Instance | None = field(default=None, repr=False)
    """What was solved."""

    @property
    def found(self) -> bool:
        """Whether there is a solution."""
        return self.status in ("optimal", "feasible")

    @property
    def steps(self) -> tuple[str, ...]:
        """A plan's actions as the formulation wants them written; empty where there is no plan."""
        if self.plan is None or self.plan.plan is None:
            return ()
        if self.instance is None:
            return tuple(str(action) for action in self.plan.plan)
        return written_steps(self.instance, self.plan.plan)

    def value(self, name: str, *members: Member) -> float:
        """A variable's value, at these members."""
        assert self.instance is not None
        universe = self.instance.universe
        codes = [universe.known(member) for member in members]
        if None in codes:
            raise KeyError(f"{name}{list(members)}")
        import numpy as np

        place = int(self.instance.variable_index(name).positions([np.asarray(code) for code in codes]))
        if place < 0:
            raise KeyError(f"{name}{list(members)}")
        return float(self.arrays[name][place])

    def values(self, name: str) -> dict[tuple[Member, ...], float]:
        """All values of a variable, by members; a single one under ()."""
        assert self.instance is not None
        members = self.instance.variable_index(name).members(self.instance.universe)
        return dict(zip(members, self.arrays[name].tolist(), strict=True))

    def as_data(self, *, zeros: bool = False) -> dict[str, Any]:
        """As plain data for JSON; values that are 0 are left out unless `zeros` are wanted."""
        found: dict[str, Any] = {
            "status": self.status,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "solver": self.solver,
            "seconds": {"build": round(self.times.build, 6), "solve": round(self.times.solve, 6)},
        }
        if len(self.objectives) > 1:
            found["objectives"] = dict(self.objectives)
        if self.plan is not None:
            found["plan"] = list(self.steps)
        if self.arrays:
            found["values"] = {name: self._plain(name, zeros) for name in self.arrays}
        if self.violations:
            found["violations"] = [f"{v.element} [{v.member}] by {v.amount:g}" for v in self.violations]
        if self.unbounded_in:
            found["unbounded_in"] = list(self.unbounded_in)
        return found

    def _plain(self, name: str, zeros: bool) -> Any:
        values = self.values(name)
        if list(values) == [()]:
            return values[()]
        kept = {k: v for k, v in values.items() if zeros or abs(v) > 1e-9}
        return {", ".join(map(str, k)): v for k, v in kept.items()}

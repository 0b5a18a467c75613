"""SCIP on models whose variables lack bounds: for a while as they stand, then within a wide box.

Products of variables without bounds leave branch and bound nothing to begin with (a container of least cost:
no proof within 60 s, 0.1 s within a box of a million). The box finds the optimum; that nothing better lies
outside is then not proven, and the outcome says so.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.nonlinear_outcome import NonlinearOutcome, NonlinearStatus
from agentkit.solvers.scip import solve_with_scip

__all__ = ["solve_boxed"]

PATIENCE = 3.0
"""Seconds for the model as it stands, but no more than a quarter of the time there is."""

SIDE = 1e6
"""How far the box reaches."""


def solve_boxed(model: Any, limits: SolveLimits, *, start: bool = False) -> NonlinearOutcome:
    """Solve a Pyomo model with one active objective; a solution is put into its variables.

    "optimal", "infeasible" and "unbounded" are proven. Where only the box could be searched, the outcome is
    "feasible" at best and `solver` names the variables that want bounds. Raises `SolverError` as
    `solve_with_scip` does. Blocks.
    """
    begun = time.monotonic()
    ends = _open_ends(model)
    if not ends:
        return solve_with_scip(model, limits, start=start)
    patience = PATIENCE if limits.seconds is None else min(PATIENCE, limits.seconds / 4)
    first = solve_with_scip(model, replace(limits, seconds=patience), start=start)
    if first.status not in ("feasible", "unknown") or _told_to_stop(limits):
        return first
    for variable, lower, upper in ends:
        variable.setlb(-SIDE if lower is None else lower)
        variable.setub(SIDE if upper is None else upper)
    try:
        second = solve_with_scip(model, _left(limits, begun), start=start or first.found)
    finally:
        for variable, lower, upper in ends:
            variable.setlb(lower)
            variable.setub(upper)
    if not second.found and not first.found and second.status == "infeasible":
        return solve_with_scip(model, _left(limits, begun))  # whatever there is lies outside the box
    status: NonlinearStatus = "feasible" if second.found or first.found else "unknown"
    return NonlinearOutcome(status, first.bound, f"{first.solver} ({_caveat(ends)})")


def _open_ends(model: Any) -> list[tuple[Any, Any, Any]]:
    """Variables that lack a bound, with the bounds that they have."""
    import pyomo.environ as pyo

    found = []
    for variable in model.component_data_objects(pyo.Var, active=True):
        lower, upper = variable.bounds
        if lower is None or upper is None:
            found.append((variable, lower, upper))
    return found


def _caveat(ends: list[tuple[Any, Any, Any]]) -> str:
    names = ", ".join(variable.name for variable, _, _ in ends[:3]) + (", ..." if len(ends) > 3 else "")
    return f"searched within {SIDE:,.0f} of 0: not proven beyond, as bounds are missing for {names}"


def _told_to_stop(limits: SolveLimits) -> bool:
    return limits.should_stop is not None and limits.should_stop()


def _left(limits: SolveLimits, begun: float) -> SolveLimits:
    if limits.seconds is None:
        return limits
    return replace(limits, seconds=max(limits.seconds - (time.monotonic() - begun), 0.0))

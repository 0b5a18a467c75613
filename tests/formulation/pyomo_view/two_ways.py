"""A formulation solved both ways: as arrays, and as its Pyomo view through Pyomo's own solvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.pyomo_view.pyomo_view import to_pyomo
from agentkit.formulation.solve import solve
from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.scip import solve_with_scip

__all__ = ["Ending", "by_arrays", "by_pyomo", "disagreement"]

SECONDS = 20.0

CLOSE = 3e-6
"""How far apart the objectives may be, absolutely or relatively: each may miss a row by 1e-6."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How solving ended."""

    status: str
    objective: float | None = None


def by_arrays(data: Mapping[str, Any]) -> Ending:
    """Through the arrays."""
    found = solve(Formulation.read(data), time_limit=SECONDS)
    return Ending(found.status, found.objective)


def by_pyomo(data: Mapping[str, Any]) -> Ending:
    """Through the Pyomo view: `appsi_highs` where it is linear, else SCIP."""
    import pyomo.environ as pyo
    from pyomo.repn import generate_standard_repn

    view = to_pyomo(Instance(Formulation.read(data)))
    rows = view.model.component_data_objects(pyo.Constraint, active=True)
    bodies = [*(row.body for row in rows), view.objectives[0].expr]
    if all(generate_standard_repn(body).is_linear() for body in bodies):
        ending = _by_appsi(view.model, view.objectives[0])
        if ending.status != "unknown":  # as where no variable is in any row
            return ending
    outcome = solve_with_scip(view.model, SolveLimits(seconds=SECONDS))
    return Ending(outcome.status, pyo.value(view.objectives[0].expr) if outcome.found else None)


def _by_appsi(model: Any, objective: Any) -> Ending:
    import pyomo.environ as pyo

    solver = pyo.SolverFactory("appsi_highs")
    solver.highs_options = {
        "mip_rel_gap": 1e-9,
        "mip_feasibility_tolerance": 1e-9,
        "time_limit": SECONDS,
    }
    found = solver.solve(model, load_solutions=False)
    condition = found.solver.termination_condition
    if condition == pyo.TerminationCondition.optimal:
        model.solutions.load_from(found)
        return Ending("optimal", pyo.value(objective.expr))
    return Ending(str(condition))


def disagreement(data: Mapping[str, Any]) -> str:
    """What the two ways say where it is not the same; empty where they agree."""
    arrays, pyomo = by_arrays(data), by_pyomo(data)
    if arrays.status == "optimal" == pyomo.status:
        assert arrays.objective is not None and pyomo.objective is not None
        close = abs(arrays.objective - pyomo.objective) <= CLOSE * max(1.0, abs(arrays.objective))
        return "" if close else f"{arrays.objective} by arrays, {pyomo.objective} by Pyomo"
    # HiGHS may leave it open which of the two it is.
    same = arrays.status == pyomo.status or (
        pyomo.status == "infeasibleOrUnbounded" and arrays.status in ("infeasible", "unbounded")
    )
    return "" if same else f"{arrays.status} by arrays, {pyomo.status} by Pyomo"

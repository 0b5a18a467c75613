"""A formulation solved both ways: as arrays, and as its Pyomo view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.pyomo_view.pyomo_view import to_pyomo
from agentkit.formulation.solve import solve
from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.linear_model import LinearModel
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
    """Through the Pyomo view: its standard form where it is linear, else SCIP."""
    import pyomo.environ as pyo
    from pyomo.repn import generate_standard_repn

    view = to_pyomo(Instance(Formulation.read(data)))
    rows = view.model.component_data_objects(pyo.Constraint, active=True)
    bodies = [*(row.body for row in rows), view.objectives[0].expr]
    if all(generate_standard_repn(body).is_linear() for body in bodies):
        return _by_standard_form(view.model, view.objectives[0])
    outcome = solve_with_scip(view.model, SolveLimits(seconds=SECONDS))
    return Ending(outcome.status, pyo.value(view.objectives[0].expr) if outcome.found else None)


def _by_standard_form(model: Any, objective: Any) -> Ending:
    """Through Pyomo's own standard form. Not by its HiGHS interface: that reads the output of a whole process
    back through a pipe, and hangs where a log handler of other tests writes into it."""
    import pyomo.environ as pyo
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    form = LinearStandardFormCompiler().write(model, mixed_form=True)
    matrix = form.A.tocsr()
    kinds = np.array([row.bound_type for row in form.rows], dtype=int)
    sides = np.asarray(form.rhs, dtype=np.float64)
    bounds = [(-np.inf if v.lb is None else v.lb, np.inf if v.ub is None else v.ub) for v in form.columns]
    lower, upper = np.array(bounds, dtype=np.float64).reshape(-1, 2).T
    found = solve_linear(
        LinearModel(
            cost=np.asarray(form.c.todense(), dtype=np.float64).reshape(-1),
            col_lower=lower,
            col_upper=upper,
            integer=np.array([not v.is_continuous() for v in form.columns], dtype=bool),
            row_lower=np.where(kinds == 1, -np.inf, sides),
            row_upper=np.where(kinds == -1, np.inf, sides),
            starts=matrix.indptr.astype(np.int32),
            indices=matrix.indices.astype(np.int32),
            values=matrix.data.astype(np.float64),
        ),
        SolveLimits(seconds=SECONDS),
    )
    if found.status != "optimal":
        return Ending(found.status)
    for variable in model.component_data_objects(pyo.Var):
        variable.set_value(0, skip_validation=True)  # one that counts nowhere is in no column
    for variable, value in zip(form.columns, found.values.tolist(), strict=True):
        variable.set_value(value, skip_validation=True)
    return Ending("optimal", pyo.value(objective.expr))


def disagreement(data: Mapping[str, Any]) -> str:
    """What the two ways say where it is not the same; empty where they agree."""
    arrays, pyomo = by_arrays(data), by_pyomo(data)
    if arrays.status == "optimal" == pyomo.status:
        assert arrays.objective is not None and pyomo.objective is not None
        close = abs(arrays.objective - pyomo.objective) <= CLOSE * max(1.0, abs(arrays.objective))
        return "" if close else f"{arrays.objective} by arrays, {pyomo.objective} by Pyomo"
    return "" if arrays.status == pyomo.status else f"{arrays.status} by arrays, {pyomo.status} by Pyomo"

"""Solves what HiGHS cannot take: SCIP to a proof, or Ipopt to a local optimum, on the Pyomo view."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from agentkit.errors import FormulationError, SolverError
from agentkit.formulation.instance import Instance
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.pyomo_view.pyomo_view import PyomoView, to_pyomo
from agentkit.formulation.residuals import Violation, find_violations
from agentkit.formulation.solution import Solution, SolveTimes
from agentkit.formulation.values import Floats
from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.ipopt import has_ipopt, solve_with_ipopt
from agentkit.solvers.nonlinear_outcome import NonlinearOutcome
from agentkit.solvers.scip import has_scip
from agentkit.solvers.scip_boxed import solve_boxed

__all__ = ["solve_nonlinear"]

HELD = 1e-8
"""By how much a later objective may make an earlier one worse, relatively where it is large."""

Run: TypeAlias = Callable[[Any, SolveLimits, bool], NonlinearOutcome]
"""Solves a Pyomo model within limits; whether it begins with the values that the variables have."""


def solve_nonlinear(
    instance: Instance, limits: SolveLimits, beyond: FormulationError, start: Solution | None = None
) -> Solution:
    """Solve an instance that is beyond HiGHS, as `beyond` says.

    With SCIP the status is "optimal" where the optimum is proven globally; with Ipopt, and where missing
    bounds leave SCIP no proof, it is "feasible" at best, and `Solution.solver` says why. Raises `SolverError`
    where neither is installed, or only Ipopt and there are integers; `FormulationError` where a formula means
    nothing to any solver.
    """
    begun = time.monotonic()
    view = to_pyomo(instance)
    build = time.monotonic() - begun
    run = _runner(view, beyond)
    if start is not None:
        _begin_with(view, start)
    outcome = run(view.model, limits, start is not None)
    if outcome.found:
        outcome = _later_objectives(view, run, outcome, limits, begun)
    times = SolveTimes(build, time.monotonic() - begun - build)
    if not outcome.found:
        return Solution(
            outcome.status, bound=outcome.bound, solver=outcome.solver, times=times, instance=instance
        )
    return _solution(instance, view, outcome, times)


def _runner(view: PyomoView, beyond: FormulationError) -> Run:
    """The best solver that is installed. Raises `SolverError` where none is that will do."""
    if has_scip():
        return lambda model, limits, start: solve_boxed(model, limits, start=start)
    if not isinstance(beyond, NonlinearError):
        raise beyond
    mend = "pip install 'agentkit[nonlinear]', or make it linear"
    if not has_ipopt():
        what = f"this needs a nonlinear solver, and neither SCIP nor Ipopt is installed: {beyond}"
        raise SolverError(what, mend=mend)
    if _has_integers(view):
        what = f"Ipopt cannot decide whole numbers or logical conditions, and SCIP is not installed: {beyond}"
        raise SolverError(what, mend=mend)
    return lambda model, limits, _: solve_with_ipopt(model, limits)


def _has_integers(view: PyomoView) -> bool:
    import pyomo.environ as pyo

    return any(not variable.is_continuous() for variable in view.model.component_data_objects(pyo.Var))


def _begin_with(view: PyomoView, start: Solution) -> None:
    """Values of another solution, by name and member."""
    for name, variables in view.variables.items():
        if name in start.arrays and start.instance is not None:
            old = start.values(name)
            for member, variable in variables.items():
                if member in old:
                    variable.set_value(old[member], skip_validation=True)


def _later_objectives(
    view: PyomoView, run: Run, first: NonlinearOutcome, limits: SolveLimits, begun: float
) -> NonlinearOutcome:
    """One after the other, each among the solutions that are best by those before it."""
    import pyomo.environ as pyo

    status = first.status
    for before, objective in zip(view.objectives, view.objectives[1:], strict=False):
        if status != "optimal":
            break
        reached = pyo.value(before.expr)
        slack = HELD * max(1.0, abs(reached))
        minimise = before.sense == pyo.minimize
        row = before.expr <= reached + slack if minimise else before.expr >= reached - slack
        view.model.add_component(f"held_{before.name}", pyo.Constraint(expr=row))
        before.deactivate()
        objective.activate()
        left = None if limits.seconds is None else max(limits.seconds - (time.monotonic() - begun), 0.0)
        after = run(view.model, replace(limits, seconds=left), True)
        # Where it found nothing, the variables still have the values of before.
        status = after.status if after.found else "feasible"
    return replace(first, status=status)


def _solution(instance: Instance, view: PyomoView, outcome: NonlinearOutcome, times: SolveTimes) -> Solution:
    _settle(view)
    arrays = view.arrays()
    figures = {objective.local_name: _figure(objective) for objective in view.objectives}
    value = next(iter(figures.values()))
    gap = None
    if outcome.bound is not None and value is not None:
        gap = abs(value - outcome.bound) / max(abs(value), 1e-10)
    return Solution(
        outcome.status,
        objective=value,
        bound=outcome.bound,
        gap=gap,
        arrays=arrays,
        objectives={name: found for name, found in figures.items() if found is not None},
        solver=outcome.solver,
        times=times,
        violations=_violations(instance, arrays),
        instance=instance,
    )


def _settle(view: PyomoView) -> None:
    """Whole numbers are made whole, and values that tolerance let stray are put back to their bounds."""
    import pyomo.environ as pyo

    for variable in view.model.component_data_objects(pyo.Var):
        value = variable.value
        if value is None:
            continue
        lower, upper = variable.bounds
        near = float(round(value))
        if not variable.is_continuous() or abs(value - near) < 1e-9:
            value = near
        value = value if lower is None else max(value, lower)
        value = value if upper is None else min(value, upper)
        variable.set_value(value + 0.0, skip_validation=True)


def _figure(objective: Any) -> float | None:
    """What an objective comes to; None where it is not defined at the solution."""
    import pyomo.environ as pyo

    try:
        found = float(pyo.value(objective.expr))
    except (ArithmeticError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _violations(instance: Instance, arrays: Mapping[str, Floats]) -> tuple[Violation, ...]:
    filled = {name: np.nan_to_num(values) for name, values in arrays.items()}
    try:
        return tuple(find_violations(instance, filled))
    except FormulationError as error:
        # A formula that has no value there, such as a logarithm of 0.
        return (Violation(error.element, error.what, math.inf),)

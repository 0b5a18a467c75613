"""`solve`: from a formulation to its solution, by whichever solver fits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from agentkit.formulation.builder import UnboundedTermError
from agentkit.formulation.compiler import CompiledModel, CompiledObjective, compile_instance, objective_value
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.residuals import find_violations
from agentkit.formulation.solution import Solution, SolveTimes
from agentkit.formulation.task_data import TaskData
from agentkit.formulation.values import Floats
from agentkit.solvers.highs import LinearOutcome, SolveLimits, solve_linear
from agentkit.solvers.linear_model import LinearModel
from agentkit.solvers.rays import has_run_away, improving_ray
from agentkit.solvers.subtours import with_tour_cuts

__all__ = ["solve", "solve_compiled", "solve_instance"]

SLACKS = (1e-11, 1e-7)
"""By which share an objective may get worse while the next is sought: the first that rounding allows."""


def solve(
    formulation: Formulation,
    data: TaskData | Mapping[str, Any] | None = None,
    *,
    time_limit: float | None = None,
    gap: float = 0.0,
    threads: int = 1,
    start: Solution | None = None,
    limits: SolveLimits | None = None,
) -> Solution:
    """Solve it. Blocks; call it in a thread from asynchronous code.

    `time_limit` in seconds; `gap` is the relative gap that counts as optimal; `start` is a solution of a
    similar formulation to begin with. `limits` give all these at once, and a hook that stops the solver.
    Raises `FormulationError` where formulation and data do not fit, `SolverError` where no solver fits.

    >>> toy = Formulation.read({"variables": {"x": {"upper": 4}}, "objective": {"maximize": "3 * x"}})
    >>> solve(toy).objective
    12.0
    """
    whole = limits or SolveLimits(seconds=time_limit, gap=gap, threads=threads)
    given = data if isinstance(data, TaskData) else TaskData(dict(data or {}))
    return solve_instance(Instance(formulation, given), whole, start)


def solve_instance(instance: Instance, limits: SolveLimits, start: Solution | None = None) -> Solution:
    """The same for a formulation whose data are bound already."""
    begun = time.monotonic()
    if instance.formulation.planning is not None:
        from agentkit.formulation.ground import solve_planning

        return solve_planning(instance, limits)
    try:
        compiled = compile_instance(instance)
    except (NonlinearError, UnboundedTermError) as beyond:
        from agentkit.formulation.pyomo_view.nonlinear_solve import solve_nonlinear

        return solve_nonlinear(instance, limits, beyond, start)
    build = time.monotonic() - begun
    solution = solve_compiled(compiled, limits, start)
    return replace(solution, times=SolveTimes(build, time.monotonic() - begun - build))


def solve_compiled(compiled: CompiledModel, limits: SolveLimits, start: Solution | None = None) -> Solution:
    """The same for arrays that are compiled already: objectives one after the other, the first foremost."""
    begun = time.monotonic()
    values = _columns_of(compiled, start) if start is not None else None
    model = compiled.model
    if compiled.tours:
        model = with_tour_cuts(model, compiled.tours, limits)
    first = outcome = solve_linear(model, _what_is_left(limits, begun), values)
    if has_run_away(model, outcome):
        return _solution(compiled, LinearOutcome("unbounded"))
    for before, objective in pairwise(compiled.objectives):
        if outcome.status != "optimal":
            break
        reached = objective_value(before, outcome.values)
        for slack in SLACKS:
            held = _with_objective(_held(model, before, reached, slack), objective)
            after = solve_linear(held, _what_is_left(limits, begun), outcome.values)
            if after.status != "infeasible":
                break
        model = held
        if after.status == "unbounded":
            outcome = after
        elif after.status in ("optimal", "feasible"):
            outcome = replace(after, objective=first.objective, bound=first.bound)
        else:  # what was found stands, but is not proven best in what comes after the first
            outcome = replace(outcome, status="feasible")
    return _solution(compiled, outcome)


def _what_is_left(limits: SolveLimits, begun: float) -> SolveLimits:
    if limits.seconds is None:
        return limits
    return replace(limits, seconds=max(limits.seconds - (time.monotonic() - begun), 0.0))


def _held(model: LinearModel, objective: CompiledObjective, reached: float, slack: float) -> LinearModel:
    """The model with a row by which an objective keeps the value that it reached, but for a share of it."""
    slack *= max(1.0, abs(reached))
    function = objective.function
    cost = np.bincount(function.column, weights=function.coefficient, minlength=model.columns)
    used = np.flatnonzero(cost)
    low = objective.element.sense == "maximize"
    end = reached - float(function.constant[0])
    return replace(
        model,
        row_lower=np.append(model.row_lower, end - slack if low else -np.inf),
        row_upper=np.append(model.row_upper, np.inf if low else end + slack),
        starts=np.append(model.starts, model.starts[-1] + len(used)).astype(np.int32),
        indices=np.concatenate([model.indices, used]).astype(np.int32),
        values=np.concatenate([model.values, cost[used]]),
    )


def _with_objective(model: LinearModel, objective: CompiledObjective) -> LinearModel:
    function = objective.function
    if function.products is not None:
        raise NonlinearError("only the last objective can be quadratic", element=objective.element.name)
    cost = np.bincount(function.column, weights=function.coefficient, minlength=model.columns).astype(
        np.float64
    )
    maximise = objective.element.sense == "maximize"
    return replace(model, cost=cost, offset=float(function.constant[0]), maximise=maximise, quadratic=None)


def _columns_of(compiled: CompiledModel, start: Solution) -> Floats:
    """A start for all columns: values of another solution by name and member; NaN where it has none."""
    found = np.full(compiled.model.columns, np.nan)
    for name, columns in compiled.columns.items():
        if name not in start.arrays or start.instance is None:
            continue
        old = start.values(name)
        members = compiled.instance.variable_index(name).members(compiled.instance.universe)
        found[columns] = [old.get(member, np.nan) for member in members]
    return found


def _solution(compiled: CompiledModel, outcome: LinearOutcome) -> Solution:
    instance = compiled.instance
    if outcome.status == "unbounded":
        return Solution(
            "unbounded",
            solver=_solver_name(),
            instance=instance,
            unbounded_in=_growing(compiled),
        )
    if outcome.status not in ("optimal", "feasible"):
        return Solution(outcome.status, bound=outcome.bound, solver=_solver_name(), instance=instance)
    arrays = {name: _clean(outcome.values[columns]) for name, columns in compiled.columns.items()}
    whole = {v.name for v in instance.formulation.variables if v.type != "real"}
    arrays = {name: np.round(values) if name in whole else values for name, values in arrays.items()}
    return Solution(
        outcome.status,
        objective=None if outcome.objective is None else _tidy(outcome.objective),
        bound=outcome.bound,
        gap=outcome.gap,
        arrays=arrays,
        objectives={o.element.name: _tidy(objective_value(o, outcome.values)) for o in compiled.objectives},
        duals=_duals(compiled, outcome),
        solver=_solver_name(),
        violations=tuple(find_violations(instance, arrays)),
        instance=instance,
    )


def _clean(values: Floats) -> Floats:
    """Without the traces of floating point: what is within 1e-9 of a whole number is that number."""
    near = np.round(values)
    return np.where(np.abs(values - near) < 1e-9, near, values) + 0.0


def _tidy(figure: float) -> float:
    return float(_clean(np.asarray(figure)))


def _duals(compiled: CompiledModel, outcome: LinearOutcome) -> dict[str, Floats]:
    if not len(outcome.row_duals):
        return {}
    parts: dict[str, list[Floats]] = {}
    for block in compiled.blocks:
        name = block.element.removeprefix("constraint ")
        parts.setdefault(name, []).append(outcome.row_duals[block.start : block.start + block.count])
    return {name: np.concatenate(found) for name, found in parts.items()}


def _growing(compiled: CompiledModel) -> tuple[str, ...]:
    """The variables that grow without end, the first twenty."""
    names = [compiled.column_name(int(column)) for column in np.flatnonzero(improving_ray(compiled.model))]
    return tuple(name for name in names if name)[:20]


@cache
def _solver_name() -> str:
    from importlib.metadata import version

    return f"HiGHS {version('highspy')}"

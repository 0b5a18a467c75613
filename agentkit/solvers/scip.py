"""Runs SCIP (Bolusani et al. 2024, arXiv:2402.17702) on a Pyomo model: nonlinear, integers, to a proof."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from agentkit.errors import SolverError
from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.nonlinear_outcome import NonlinearOutcome, NonlinearStatus
from agentkit.solvers.pyomo_bounds import PyomoBounds
from agentkit.solvers.scip_expressions import ScipExpressions

__all__ = ["has_scip", "solve_with_scip"]

LEAST_GAP = 1e-7
"""A relative gap below this is a proof: nonlinear rows hold only within a tolerance."""

TOLERANCES = (1e-7, 1e-6)
"""By how much a row may be missed, relatively where its sides are large; the next one where SCIP's LP solver
breaks off with the first."""

ENDLESS = 1e13
"""An objective that is better than this, with no bound in sight, has no end."""

ASKED_EVERY = 0.1
"""Seconds between two looks at whether to stop."""

_STATUS: dict[str, NonlinearStatus] = {
    "optimal": "optimal",
    "gaplimit": "optimal",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "primallimit": "unbounded",
}
"""What SCIP's words mean. All others are limits of some kind."""


def has_scip() -> bool:
    """Whether PySCIPOpt is installed."""
    return find_spec("pyscipopt") is not None


def solve_with_scip(model: Any, limits: SolveLimits, *, start: bool = False) -> NonlinearOutcome:
    """Solve a Pyomo model with one active objective; a solution is put into its variables.

    With `start`, the values that the variables have are offered to begin with. SCIP uses one thread. Raises
    `SolverError` where SCIP cannot take the model or breaks. Blocks.
    """
    from pyscipopt import Model

    for tolerance in TOLERANCES:
        scip = Model()
        scip.hideOutput()
        with _translating():
            columns = _passed(scip, model)
            _set_limits(scip, model, limits, tolerance)
            if start:
                _offer_start(scip, columns)
        try:
            _run(scip, limits)
        except SolverError:
            if tolerance == TOLERANCES[-1]:
                raise
        else:
            break
    return _read(scip, limits, columns)


@contextmanager
def _translating() -> Iterator[None]:
    """PySCIPOpt has no exceptions of its own."""
    try:
        yield
    except (ArithmeticError, LookupError, NotImplementedError, TypeError, ValueError) as error:
        raise SolverError(f"cannot take the model ({error})", where="SCIP") from error


def _run(scip: Any, limits: SolveLimits) -> None:
    """Lets it solve, without Python's lock; a thread beside it asks whether to stop, and tells it so."""
    with _watched(scip, limits):
        try:
            scip.optimizeNogil()
        except Exception as error:  # PySCIPOpt raises bare `Exception`s with SCIP's words
            raise SolverError(f"broke off ({error})", where="SCIP") from error


def _passed(scip: Any, model: Any) -> list[tuple[Any, Any]]:
    """Gives SCIP the model; the pairs of Pyomo's and SCIP's variables."""
    import pyomo.environ as pyo

    expressions = ScipExpressions(scip, PyomoBounds(model))
    for row in model.component_data_objects(pyo.Constraint, active=True):
        _add_row(scip, expressions.translated(row.body), *row.to_bounded_expression(True)[::2])
    objective = next(model.component_data_objects(pyo.Objective, active=True))
    minimise = objective.sense == pyo.minimize
    value = expressions.translated(objective.expr)
    if not isinstance(value, float) and not _is_linear(value):
        whole = scip.addVar(vtype="C", lb=None, ub=None)
        scip.addCons(value <= whole if minimise else value >= whole)
        value = whole
    scip.setObjective(value, "minimize" if minimise else "maximize")
    for variable in model.component_data_objects(pyo.Var, active=True):
        expressions.column(variable)  # those in no row, too
    return list(expressions.columns.values())


def _is_linear(value: Any) -> bool:
    return bool(value.degree() <= 1)


def _add_row(scip: Any, body: Any, lower: float | None, upper: float | None) -> None:
    if isinstance(body, float):
        if (lower is not None and body < lower - TOLERANCES[0]) or (
            upper is not None and body > upper + TOLERANCES[0]
        ):
            never = scip.addVar(vtype="C", lb=0.0, ub=0.0)
            scip.addCons(never >= 1)
        return
    if lower is not None and lower == upper:
        scip.addCons(body == lower)
        return
    if lower is not None:
        scip.addCons(body >= lower)
    if upper is not None:
        scip.addCons(body <= upper)


def _set_limits(scip: Any, model: Any, limits: SolveLimits, tolerance: float) -> None:
    import pyomo.environ as pyo

    objective = next(model.component_data_objects(pyo.Objective, active=True))
    scip.setParam("misc/catchctrlc", False)
    # Tighter than its LP solver can, and that says so on the standard error stream.
    scip.setParam("constraints/nonlinear/tightenlpfeastol", False)
    scip.setParam("numerics/feastol", tolerance)
    scip.setParam("limits/gap", max(limits.gap, LEAST_GAP))
    scip.setParam("limits/primal", -ENDLESS if objective.sense == pyo.minimize else ENDLESS)
    if limits.seconds is not None:
        scip.setParam("limits/time", max(limits.seconds, 0.0))
    if limits.nodes is not None:
        scip.setParam("limits/totalnodes", limits.nodes)


def _offer_start(scip: Any, columns: list[tuple[Any, Any]]) -> None:
    known = [(column, variable.value) for variable, column in columns if variable.value is not None]
    if known:
        partial = scip.createPartialSol()
        for column, value in known:
            scip.setSolVal(partial, column, value)
        scip.addSol(partial)


@contextmanager
def _watched(scip: Any, limits: SolveLimits) -> Iterator[None]:
    """Has a thread that asks whether to stop."""
    if limits.should_stop is None:
        yield
        return
    over, stop = threading.Event(), limits.should_stop

    def watch() -> None:
        while not over.wait(ASKED_EVERY):
            if stop():
                scip.interruptSolve()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _read(scip: Any, limits: SolveLimits, columns: list[tuple[Any, Any]]) -> NonlinearOutcome:
    said = scip.getStatus()
    if said == "inforunbd":
        return _told_apart(scip, limits)
    status = _STATUS.get(said)
    found = scip.getNSols() > 0
    if status is None or (status == "optimal" and not found):
        status = "feasible" if found else "unknown"
    bound = scip.getDualbound()
    proven = status in ("optimal", "feasible", "unknown") and abs(bound) < scip.infinity()
    if status in ("optimal", "feasible"):
        best = scip.getBestSol()
        for variable, column in columns:
            variable.set_value(scip.getSolVal(best, column), skip_validation=True)
    return NonlinearOutcome(status, bound if proven and math.isfinite(bound) else None, _name(scip))


def _told_apart(scip: Any, limits: SolveLimits) -> NonlinearOutcome:
    """Without an objective there is either a solution, or none."""
    scip.freeTransform()
    scip.setObjective(0.0)
    _run(scip, limits)
    found: dict[str, NonlinearStatus] = {"optimal": "unbounded", "infeasible": "infeasible"}
    return NonlinearOutcome(found.get(scip.getStatus(), "unknown"), None, _name(scip))


def _name(scip: Any) -> str:
    return f"SCIP {scip.getMajorVersion()}.{scip.getMinorVersion()}.{scip.getTechVersion()}"

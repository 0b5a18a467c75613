"""Runs HiGHS (Huangfu and Hall 2018, doi 10.1007/s12532-017-0130-5) on a `LinearModel`."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from agentkit.errors import SolverError
from agentkit.solvers.linear_model import Floats, LinearModel

__all__ = ["LinearOutcome", "LinearStatus", "SolveLimits", "as_highs", "solve_linear", "use_threads"]

LinearStatus = Literal["optimal", "feasible", "infeasible", "unbounded", "unknown"]
"""optimal: proven, within the gap that was allowed. feasible: stopped early with a solution. unknown: stopped
early with none."""

_scheduler = threading.local()
"""How many threads HiGHS's scheduler of this thread was begun with: it cannot be changed while it stands."""


@dataclass(frozen=True, slots=True)
class SolveLimits:
    """When to stop."""

    seconds: float | None = None
    """Wall-clock time at most."""
    gap: float = 0.0
    """The relative gap between solution and bound that counts as optimal; 0 stands for a proof (1e-9)."""
    threads: int = 1
    """Threads that may be used."""
    should_stop: Callable[[], bool] | None = None
    """Asked now and then; the solver stops soon after it says so."""
    nodes: int | None = None
    """Branch-and-bound nodes at most."""


@dataclass(frozen=True, slots=True)
class LinearOutcome:
    """What came of a solve. Arrays are empty where there is nothing to be had."""

    status: LinearStatus
    objective: float | None = None
    """Of the solution."""
    bound: float | None = None
    """What no solution can beat."""
    values: Floats = field(default_factory=lambda: np.empty(0))
    """A value for each column."""
    row_duals: Floats = field(default_factory=lambda: np.empty(0))
    """Of linear and quadratic programs: what the objective gains for one more unit of each row's bound."""
    reduced_costs: Floats = field(default_factory=lambda: np.empty(0))
    """Of linear and quadratic programs, for each column."""
    seconds: float = 0.0
    nodes: int = 0
    """Branch-and-bound nodes; 0 for linear programs."""

    @property
    def gap(self) -> float | None:
        """|objective - bound| / max(|objective|, 1e-10); None where either is missing.

        >>> LinearOutcome("feasible", objective=100.0, bound=90.0).gap
        0.1
        """
        if self.objective is None or self.bound is None or not math.isfinite(self.bound):
            return None
        return abs(self.objective - self.bound) / max(abs(self.objective), 1e-10)


def solve_linear(
    model: LinearModel, limits: SolveLimits | None = None, start: Floats | None = None
) -> LinearOutcome:
    """Solve it; `start` is a solution to begin with (missing values are NaN). Blocks: call it in a thread.

    Raises `SolverError` where HiGHS cannot take the model (a quadratic objective that is not convex, or with
    integers) or breaks.
    """
    limits = limits or SolveLimits()
    begun = time.monotonic()
    if model.quadratic is not None and model.integer.any():
        raise SolverError("cannot take a quadratic objective with integer variables", where="HiGHS")
    highs = as_highs(model)
    _set_limits(highs, limits)
    if start is not None and model.integer.any():
        _offer_start(highs, start)
    outcome = _run(highs, model, limits)
    return replace(outcome, seconds=time.monotonic() - begun)


def as_highs(model: LinearModel) -> Any:
    """A silent `highspy.Highs` that holds the model."""
    import highspy

    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # it has no types
    highs.setOptionValue("output_flag", False)
    sense = highspy.ObjSense.kMaximize if model.maximise else highspy.ObjSense.kMinimize
    # As arrays: field by field into a `HighsLp`, each figure would become an object of Python's.
    passed = highs.passModel(
        model.columns,
        model.rows,
        model.nonzeros,
        int(highspy.MatrixFormat.kRowwise),
        int(sense),
        model.offset,
        model.cost,
        model.col_lower,
        model.col_upper,
        model.row_lower,
        model.row_upper,
        model.starts,
        model.indices,
        model.values,
        model.integer.astype(np.int32),
    )
    if passed == highspy.HighsStatus.kError:
        raise SolverError("does not take these arrays (NaN, or crossed bounds?)", where="HiGHS")
    if model.quadratic is not None:
        _pass_hessian(highs, model)
    return highs


def _pass_hessian(highs: Any, model: LinearModel) -> None:
    import highspy

    quadratic = model.quadratic
    assert quadratic is not None
    hessian = highspy.HighsHessian()
    hessian.dim_ = model.columns
    hessian.format_ = highspy.HessianFormat.kTriangular
    hessian.start_, hessian.index_ = quadratic.starts, quadratic.indices
    hessian.value_ = quadratic.values
    if highs.passHessian(hessian) == highspy.HighsStatus.kError:
        raise SolverError("does not take this quadratic objective", where="HiGHS")


def use_threads(threads: int) -> None:
    """Whoever runs HiGHS in this thread says so first: its scheduler stands until it is begun anew."""
    import highspy

    if getattr(_scheduler, "threads", threads) != threads:
        highspy.Highs.resetGlobalScheduler(True)
    _scheduler.threads = threads


def _set_limits(highs: Any, limits: SolveLimits) -> None:
    use_threads(limits.threads)
    highs.setOptionValue("threads", limits.threads)
    highs.setOptionValue("mip_rel_gap", max(limits.gap, 1e-9))
    highs.setOptionValue("mip_abs_gap", 1e-9)
    # A switch that may be off by HiGHS's own 1e-6 lets a big-M of 1000 leak by 0.001.
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    if limits.seconds is not None:
        highs.setOptionValue("time_limit", max(limits.seconds, 0.0))
    if limits.nodes is not None:
        highs.setOptionValue("mip_max_nodes", limits.nodes)
    if limits.should_stop is not None:
        stop = limits.should_stop

        def heed(event: Any) -> None:
            if stop():
                event.interrupt()

        for callbacks in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
            callbacks.subscribe(heed)


def _offer_start(highs: Any, start: Floats) -> None:
    known = np.flatnonzero(np.isfinite(start)).astype(np.int32)
    highs.setSolution(len(known), known, start[known])


def _run(highs: Any, model: LinearModel, limits: SolveLimits) -> LinearOutcome:
    import highspy

    if model.columns == 0:
        return _without_columns(model)
    ran = highs.run()
    status = highs.getModelStatus()
    kinds = highspy.HighsModelStatus
    if status == kinds.kInfeasible:
        return LinearOutcome("infeasible")
    if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
        return _told_apart(highs, model, limits)
    if ran == highspy.HighsStatus.kError:
        text = highs.modelStatusToString(status)
        mend = "is the quadratic objective convex?" if model.quadratic is not None else ""
        raise SolverError(f"stopped with an error ({text})", where="HiGHS", mend=mend)
    return _read(highs, model, proven=status in (kinds.kOptimal, kinds.kModelEmpty))


def _without_columns(model: LinearModel) -> LinearOutcome:
    """HiGHS leaves aside the rows of a model that has no variables."""
    holds = bool(np.all(model.row_lower <= 1e-9) and np.all(model.row_upper >= -1e-9))
    if not holds:
        return LinearOutcome("infeasible")
    return LinearOutcome("optimal", objective=model.offset, bound=model.offset)


def _told_apart(highs: Any, model: LinearModel, limits: SolveLimits) -> LinearOutcome:
    """Unbounded or infeasible: without an objective there is either a solution, or none."""
    import highspy

    empty = as_highs(replace(model, cost=np.zeros(model.columns), quadratic=None))
    _set_limits(empty, limits)
    empty.run()
    kinds = highspy.HighsModelStatus
    if empty.getModelStatus() in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return LinearOutcome("infeasible")
    found = _read(empty, model, proven=True)
    return replace(
        found, status="unbounded" if found.objective is not None else "unknown", objective=None, bound=None
    )


def _read(highs: Any, model: LinearModel, *, proven: bool) -> LinearOutcome:
    info = highs.getInfo()
    solution = highs.getSolution()
    whole = model.integer.any()
    bound = info.mip_dual_bound if whole else None
    # 2 is "feasible": values of a run that was stopped may be no solution at all.
    if not solution.value_valid or info.primal_solution_status != 2:
        finite = bound if bound is not None and math.isfinite(bound) else None
        return LinearOutcome("unknown", bound=finite, nodes=max(info.mip_node_count, 0))
    values = np.array(solution.col_value, dtype=np.float64)
    objective = info.objective_function_value
    if proven and not whole:
        bound = objective
    duals = not whole and proven and solution.dual_valid
    return LinearOutcome(
        "optimal" if proven else "feasible",
        objective=objective,
        bound=bound if bound is not None and math.isfinite(bound) else None,
        values=values,
        row_duals=np.array(solution.row_dual) if duals else np.empty(0),
        reduced_costs=np.array(solution.col_dual) if duals else np.empty(0),
        nodes=max(info.mip_node_count, 0) if whole else 0,
    )

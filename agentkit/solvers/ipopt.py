"""Runs Ipopt (Wächter and Biegler 2006, doi 10.1007/s10107-004-0559-y) on a Pyomo model: a local optimum."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

from agentkit.errors import SolverError
from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.nonlinear_outcome import NonlinearOutcome

__all__ = ["has_ipopt", "set_beginning", "solve_with_ipopt"]


def has_ipopt() -> bool:
    """Whether the program `ipopt` is on the path."""
    return shutil.which("ipopt") is not None


def solve_with_ipopt(model: Any, limits: SolveLimits) -> NonlinearOutcome:
    """Solve a Pyomo model of real variables; a solution is put into its variables.

    What it finds is a local optimum, so nothing is proven: "feasible" at best, "unknown" where it finds none.
    Variables without a value begin within their bounds. Raises `SolverError` where Ipopt breaks. Blocks.
    """
    import pyomo.environ as pyo
    from pyomo.common.errors import ApplicationError

    set_beginning(model)
    solver = pyo.SolverFactory("ipopt")
    if limits.seconds is not None:
        solver.options["max_cpu_time"] = max(limits.seconds, 1e-3)
    try:
        found = solver.solve(model, load_solutions=False)
    except (ApplicationError, ValueError, OSError, subprocess.SubprocessError) as error:
        raise SolverError(f"broke off ({error})", where="Ipopt") from error
    name = f"Ipopt {_version()} (a local optimum, not proven to be the best)"
    if found.solver.termination_condition == pyo.TerminationCondition.optimal:
        model.solutions.load_from(found)
        return NonlinearOutcome("feasible", None, name)
    return NonlinearOutcome("unknown", None, name)


def set_beginning(model: Any) -> None:
    """Gives each variable without a value one within its bounds, where logarithms are defined."""
    import pyomo.environ as pyo

    for variable in model.component_data_objects(pyo.Var):
        if variable.value is not None:
            continue
        lower, upper = variable.bounds
        if lower is not None and upper is not None:
            variable.value = (lower + upper) / 2
        elif lower is not None:
            variable.value = lower + 1.0
        else:
            variable.value = upper - 1.0 if upper is not None else 1.0


def _version() -> str:
    try:
        said = subprocess.run(["ipopt", "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    words = said.stdout.split()
    return words[1] if len(words) > 1 else ""

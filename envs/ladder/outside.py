"""Gold that needs OR-tools: computed in another interpreter, because OR-tools and highspy clash in one.

OR-tools is no dependency of agentkit. Install it in a virtual environment of its own, and name that
environment's interpreter in the variable AGENTKIT_LADDER_PYTHON when gold is to be computed anew.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any

from agentkit.errors import SolverError

__all__ = ["VARIABLE", "job_shop_by_cp_sat"]

VARIABLE = "AGENTKIT_LADDER_PYTHON"
"""Names an interpreter that can import ortools."""

_JOB_SHOP = """
import json, sys
from ortools.sat.python import cp_model

jobs = json.load(sys.stdin)
model = cp_model.CpModel()
horizon = sum(minutes for job in jobs for _, minutes in job)
last = model.new_int_var(0, horizon, "last")
machines = {}
for job in jobs:
    ready = 0
    for machine, minutes in job:
        start = model.new_int_var(0, horizon, "")
        model.add(start >= ready)
        machines.setdefault(machine, []).append(model.new_fixed_size_interval_var(start, minutes, ""))
        ready = start + minutes
    model.add(last >= ready)
for intervals in machines.values():
    model.add_no_overlap(intervals)
model.minimize(last)
solver = cp_model.CpSolver()
solver.parameters.max_time_in_seconds = 600
solver.parameters.num_workers = 2
status = solver.solve(model)
found = {"value": round(solver.objective_value), "bound": round(solver.best_objective_bound)}
print(json.dumps({"status": solver.status_name(status), **found}))
"""


def job_shop_by_cp_sat(jobs: Sequence[Sequence[tuple[int, int]]]) -> int:
    """The least makespan of jobs given as (machine, minutes) in order, proven by CP-SAT.

    Raises `SolverError` where there is no such interpreter, or no proof within ten minutes.
    """
    found = _ask(_JOB_SHOP, jobs)
    if found["status"] != "OPTIMAL" or found["value"] != found["bound"]:
        raise SolverError(f"there is no proof, only {found}", where="CP-SAT", mend="take another seed")
    return int(found["value"])


def _ask(program: str, data: object) -> dict[str, Any]:
    python = os.environ.get(VARIABLE, "").strip()
    if not python:
        mend = f"name an interpreter that has ortools in {VARIABLE}"
        raise SolverError("OR-tools is needed to compute this anew", where="job_shop", mend=mend)
    try:
        done = subprocess.run(
            [python, "-I", "-c", program],
            input=json.dumps(data),
            capture_output=True,
            text=True,
            timeout=900,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SolverError(f"cannot be asked: {error}", where=python, mend="install ortools there") from error
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer

"""Pyomo's newer interface, `highs` of `pyomo.contrib.solver`."""

from __future__ import annotations

from typing import Any

from formulation_cases import Case, Data
from formulation_pyomo import model_of, objective_of
from formulation_speed import compete

__all__ = ["solve"]


def solve(case: Case, data: Data, options: dict[str, Any]) -> float:
    """The objective."""
    from pyomo.contrib.solver.common.factory import SolverFactory

    model = model_of(case, data)
    solver = SolverFactory("highs")
    rest = {name: value for name, value in options.items() if name != "threads"}
    solver.solve(model, solver_options=rest, threads=options["threads"])
    return objective_of(model)


if __name__ == "__main__":
    compete("pyomo_v2", solve, ("pyomo", "highspy"))

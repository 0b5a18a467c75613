"""Pyomo's persistent interface `appsi_highs`."""

from __future__ import annotations

from typing import Any

from formulation_cases import Case, Data
from formulation_pyomo import model_of, objective_of
from formulation_speed import compete

__all__ = ["by_appsi", "solve"]


def solve(case: Case, data: Data, options: dict[str, Any]) -> float:
    """The objective."""
    model = model_of(case, data)
    by_appsi(model, options)
    return objective_of(model)


def by_appsi(model: Any, options: dict[str, Any]) -> None:
    """Solve a model; the solution is put into its variables."""
    import pyomo.environ as pyo

    solver = pyo.SolverFactory("appsi_highs")
    solver.highs_options = options
    solver.solve(model)


if __name__ == "__main__":
    compete("pyomo_appsi", solve, ("pyomo", "highspy"))

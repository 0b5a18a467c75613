"""agentkit's formulation: read from plain data, bound to its figures, compiled to arrays, solved, checked."""

from __future__ import annotations

from typing import Any

from formulation_cases import Case, Data
from formulation_speed import Aside, compete
from formulation_texts import TEXTS, values_of

import agentkit.formulation.solve as solve_module
from agentkit.formulation.expressions import parse_expression, parse_over
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.solve import solve as solve_formulation

__all__ = ["solve"]


def solve(case: Case, data: Data, options: dict[str, Any]) -> float:
    """The objective."""
    found = solve_formulation(
        Formulation.read(TEXTS[case]),
        values_of(case, data),
        time_limit=options["time_limit"],
        gap=options["mip_rel_gap"],
        threads=options["threads"],
    )
    assert found.objective is not None and not found.violations
    return found.objective


def forget() -> None:
    """Formulas that were read are remembered from model to model."""
    parse_expression.cache_clear()
    parse_over.cache_clear()


if __name__ == "__main__":
    note = "the formulation is read from plain data; the check of the solution stands apart"
    compete("ours", solve, ("agentkit", "highspy"), note, Aside(forget, (solve_module, "find_violations")))

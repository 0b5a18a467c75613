"""agentkit's formulation as a Pyomo model, which `appsi_highs` then solves: the view that people inspect."""

from __future__ import annotations

from typing import Any

from formulation_cases import Case, Data
from formulation_speed import compete
from formulation_texts import TEXTS, values_of
from pyomo_appsi_formulation import by_appsi

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.pyomo_view.pyomo_view import to_pyomo
from agentkit.formulation.task_data import TaskData

__all__ = ["solve"]


def solve(case: Case, data: Data, options: dict[str, Any]) -> float:
    """The objective."""
    import pyomo.environ as pyo

    view = to_pyomo(Instance(Formulation.read(TEXTS[case]), TaskData(values_of(case, data))))
    by_appsi(view.model, options)
    return float(pyo.value(view.objectives[0].expr))


if __name__ == "__main__":
    compete("pyomo_view", solve, ("agentkit", "pyomo", "highspy"))

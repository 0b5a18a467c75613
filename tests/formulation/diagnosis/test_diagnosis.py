"""One call says what there is to say, whatever came of solving."""

from __future__ import annotations

from typing import Any

from agentkit.formulation.diagnosis.diagnosis import Diagnosis, diagnose
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.solve import solve
from agentkit.solvers.highs import SolveLimits

LIMITS = SolveLimits(seconds=10)


def diagnosed(data: dict[str, Any], task_text: str = "") -> Diagnosis:
    solution = solve(Formulation.read(data))
    assert solution.instance is not None
    return diagnose(solution.instance, solution, LIMITS, task_text=task_text)


def test_nothing_is_said_where_all_is_well() -> None:
    found = diagnosed({"variables": {"x": {"upper": 4}}, "objective": {"maximize": "x"}})
    assert (found.status, found.text) == ("optimal", "")


def test_without_a_solution_the_contradiction_is_told() -> None:
    found = diagnosed({"variables": {"x": {"upper": 4}}, "constraints": {"c": "x >= 6"}})
    assert found.infeasible is not None
    assert found.text.startswith("There is no solution")
    assert found.unbounded is None


def test_without_an_end_what_grows_is_told() -> None:
    found = diagnosed({"variables": {"x": {}}, "objective": {"maximize": "x"}})
    assert found.unbounded is not None
    assert "x ever larger" in found.text


def test_without_a_plan_the_goals_are_told() -> None:
    found = diagnosed(
        {
            "sets": {"lamp": ["a"]},
            "planning": {
                "fluents": {"lit": "lamp", "dark": "lamp"},
                "actions": [{"name": "light", "over": "l in lamp", "effects": ["lit(l)"]}],
                "goal": ["dark(a)"],
            },
        }
    )
    assert found.no_plan is not None
    assert found.no_plan.goals == ("dark(a)",)


def test_suspicions_are_told_with_their_weight() -> None:
    data = {
        "parameters": {"spare": 3},
        "variables": {"x": {"upper": 4}},
        "objective": {"maximize": "x"},
    }
    found = diagnosed(data, "At most 4 of x, at 17 each.")
    assert "spare is used in no constraint, bound or objective (certain)" in found.text
    assert "figures of the task that stand nowhere in the formulation: 17 (likely)" in found.text


def test_a_diagnosis_is_data() -> None:
    found = diagnosed({"variables": {"x": {"upper": 4}}, "constraints": {"c": "x >= 6"}})
    assert Diagnosis.model_validate_json(found.model_dump_json()) == found

"""The Pyomo view: names that people know again, and rows that say what the formulation says."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.pyomo_view.pyomo_view import PyomoView, to_pyomo
from agentkit.formulation.pyomo_view.scalar import KnownDecisions, ScalarSurroundings
from agentkit.formulation.solve import solve
from agentkit.formulation.task_data import TaskData

BAKERY: dict[str, Any] = {
    "title": "a bakery",
    "sets": {"cakes": ["plain", "cream"], "days": "range(1, 3)"},
    "parameters": {"hours": {"over": "cakes", "values": [1, 2]}},
    "variables": {
        "bake": {"over": "cakes, days", "type": "integer", "upper": 9},
        "open": {"over": "days", "type": "binary"},
        "rent": {"lower": None},
    },
    "constraints": {
        "oven": {"forall": "d in days", "rule": "sum(hours[c] * bake[c, d] for c in cakes) <= 8"},
        "closed": {"forall": "d in days", "rule": "implies(not open[d], bake['plain', d] <= 0)"},
        "rents": "rent == 3 * sum(open[d] for d in days)",
    },
    "objectives": [
        {"name": "profit", "maximize": "sum(bake[c, d] for c in cakes for d in days) - rent"},
        {"name": "rest", "minimize": "sum(open[d] for d in days)"},
    ],
}


def view_of(data: dict[str, Any], known: dict[str, Any] | None = None) -> PyomoView:
    return to_pyomo(Instance(Formulation.read(data), TaskData(known or {})))


def printed(view: PyomoView) -> str:
    stream = io.StringIO()
    view.model.pprint(ostream=stream)
    return stream.getvalue()


class TestNames:
    def test_elements_are_called_as_in_the_formulation(self) -> None:
        model = view_of(BAKERY).model
        assert list(model.cakes) == ["plain", "cream"]
        assert list(model.days) == [1, 2]
        assert str(model.bake["cream", 2]) == "bake[cream,2]"
        assert str(model.oven[1].expr) == "bake[plain,1] + 2.0*bake[cream,1]  <=  8.0"

    def test_it_can_be_printed(self) -> None:
        text = printed(view_of(BAKERY))
        for name in ("bake", "oven", "closed", "closed_aux", "closed_logic", "rents", "profit"):
            assert f"{name} : Size=" in text

    def test_variables_are_found_by_their_members(self) -> None:
        view = view_of(BAKERY)
        assert view.variables["bake"]["cream", 2] is view.model.bake["cream", 2]
        assert view.variables["rent"][()] is view.model.rent
        assert list(view.variables["open"]) == [(1,), (2,)]

    def test_names_that_pyomo_needs_itself_are_evaded(self) -> None:
        data = {
            "variables": {"display": {"upper": 3}, "name": {}},
            "constraints": {"display": "name <= display"},
        }
        view = view_of(data)
        assert view.variables["display"][()].ub == 3
        assert "display" in printed(view)

    def test_the_first_objective_is_the_active_one(self) -> None:
        view = view_of(BAKERY)
        assert [objective.active for objective in view.objectives] == [True, False]
        assert view.model.profit.sense != view.model.rest.sense


class TestVariables:
    def test_kinds_and_bounds(self) -> None:
        model = view_of(BAKERY).model
        assert model.bake["plain", 1].is_integer() and model.bake["plain", 1].bounds == (0, 9)
        assert model.open[1].is_binary()
        assert model.rent.bounds == (None, None) and model.rent.is_continuous()

    def test_bounds_by_member(self) -> None:
        data = {
            "sets": {"i": "range(3)"},
            "parameters": {"cap": {"over": "i"}},
            "variables": {"x": {"over": "k in i", "type": "integer", "upper": "cap[k] if k < 2 else 1.5"}},
        }
        view = view_of(data, {"cap": [4.2, 7, 1]})
        assert [x.ub for x in view.variables["x"].values()] == [4, 7, 1]

    def test_bounds_that_cross_are_refused(self) -> None:
        with pytest.raises(FormulationError, match="its lower bound is above its upper bound"):
            view_of({"variables": {"x": {"lower": 3, "upper": 2}}})

    def test_values_come_back_as_arrays(self) -> None:
        view = view_of(BAKERY)
        view.model.open[2].value = 1
        assert math.isnan(view.arrays()["open"][0]) and view.arrays()["open"][1] == 1


class TestRows:
    def rows(self, rule: str) -> list[str]:
        variables = {
            "x": {"upper": 10},
            "y": {"type": "integer", "upper": 4},
            "b": {"type": "binary"},
            "free": {"lower": None},
        }
        model = view_of({"variables": variables, "constraints": {"c": rule}}).model
        found: list[str] = []
        for name in ("c", "c_logic"):
            made = model.component(name)
            found.extend(str(made[key].expr) for key in (made or ()))
        return found

    def test_a_comparison_is_one_row(self) -> None:
        assert self.rows("2 * x + y <= 7") == ["2.0*x + y  <=  7.0"]

    def test_a_chain_is_several(self) -> None:
        assert self.rows("1 <= x <= y") == ["1.0  <=  x", "x  <=  y"]

    def test_strictly_between_whole_numbers_is_a_step(self) -> None:
        assert self.rows("y < 3") == ["y + 1.0  <=  3.0"]
        assert self.rows("x < 3") == ["x  <=  3.0"]

    def test_what_always_holds_is_no_row(self) -> None:
        assert self.rows("2 < 3 or x > 4") == []

    def test_what_never_holds_is_a_row_that_cannot_be_kept(self) -> None:
        assert self.rows("3 < 2") == ["1  <=  nothing"]

    def test_big_m_comes_from_the_bounds(self) -> None:
        assert "x - 3.0  <=  7.0*(1 - c_aux[1])" in self.rows("implies(b, x <= 3)")

    def test_without_a_bound_the_switch_multiplies(self) -> None:
        assert "c_aux[1]*(free - 3.0)  <=  0" in self.rows("implies(b, free <= 3)")

    def test_bounds_are_derived_where_they_are_missing(self) -> None:
        data = {
            "variables": {"x": {}, "y": {}, "b": {"type": "binary"}},
            "constraints": {"when": "implies(b, x <= 3)", "total": "x + 2 * y <= 40"},
        }
        row = str(view_of(data).model.when_logic[1].expr)
        assert row.startswith("x - 3.0  <=  37.0000")
        assert view_of(data).model.x.bounds == (0, None)

    def test_arithmetic_stays_as_it_is(self) -> None:
        assert self.rows("x ** 2 / (1 + y) <= exp(x) - sqrt(x) * log(x + 1)") == [
            "x**2/(y + 1.0)  <=  exp(x) - sqrt(x)*log(x + 1.0)"
        ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("floor(x) <= 2", "floor of what is decided by the solver has no meaning"),
        ("x in [1, 2]", "`in` needs what is known before solving"),
        ("x != 2", "only whole numbers can be required to differ"),
        ("(1 if x > 2 else 0) <= y", "must be known before solving"),
        ("x or y >= 2", "neither true nor false"),
        ("(-2) ** x <= 3", "only a figure above 0"),
        ("x <= 1 / (2 - 2)", "division by zero"),
        ("x <= p[5]", "p has no member .5."),
        ("x <= log(0)", "log is not defined there"),
    ],
)
def test_what_no_solver_could_take_is_refused(rule: str, words: str) -> None:
    data = {
        "sets": {"i": "range(3)"},
        "parameters": {"p": {"over": "i", "values": [1, 2, 3]}},
        "variables": {"x": {"upper": 4}, "y": {"type": "integer", "upper": 9}},
        "constraints": {"c": rule},
    }
    with pytest.raises(FormulationError, match=words) as caught:
        view_of(data)
    assert caught.value.element == "constraint c"


def test_a_planning_block_has_no_view() -> None:
    data = {
        "sets": {"b": ["one"]},
        "planning": {
            "fluents": {"done": "b"},
            "actions": {"do": {"over": "x in b", "pre": [], "effects": ["done(x)"]}},
            "goal": ["done('one')"],
        },
    }
    with pytest.raises(FormulationError, match="its horizon is searched for"):
        view_of(data)


def test_the_scalar_reading_of_a_solution_agrees_with_what_was_reported() -> None:
    formulation = Formulation.read(BAKERY)
    found = solve(formulation)
    assert found.instance is not None
    surroundings = ScalarSurroundings(found.instance, KnownDecisions(found.arrays))
    for objective in formulation.objectives:
        value = surroundings.reader(objective.expression, "objective").whole({})
        assert value == pytest.approx(found.objectives[objective.name])
    for constraint in formulation.constraints:
        reader = surroundings.reader(constraint.rule, f"constraint {constraint.name}")
        bindings = list(surroundings.rows(constraint.forall, "rows"))
        assert all(reader.condition(binding) is True for binding in bindings)
    wrong = {name: values + 1 for name, values in found.arrays.items()}
    surroundings = ScalarSurroundings(found.instance, KnownDecisions(wrong))
    assert surroundings.reader("rent == 3 * sum(open[d] for d in days)", "c").condition({}) is False


def test_values_of_a_solution_can_be_put_into_the_view() -> None:
    found = solve(Formulation.read(BAKERY))
    view = view_of(BAKERY)
    for name, variables in view.variables.items():
        for variable, value in zip(variables.values(), found.arrays[name], strict=True):
            variable.value = value
    assert all(np.array_equal(view.arrays()[name], values) for name, values in found.arrays.items())
    assert all(view.model.oven[d].slack() >= 0 for d in (1, 2))


def test_a_tour_is_refused_with_what_to_write_instead() -> None:
    data = {
        "sets": {"towns": "range(3)"},
        "variables": {"x": {"over": "towns, towns", "type": "binary"}},
        "constraints": {"round": "tour(x[i, j] for i in towns for j in towns)"},
    }
    with pytest.raises(FormulationError, match="order variable"):
        to_pyomo(Instance(Formulation.read(data)))

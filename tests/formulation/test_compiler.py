"""The arrays that formulations become, and the names of their rows and columns."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.compiler import CompiledModel, compile_instance, objective_value
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.task_data import TaskData
from tests.formulation.small import best, solved

PLAN: dict[str, Any] = {
    "sets": {"P": ["a", "b"], "C": ["x", "y"]},
    "parameters": {
        "cap": {"over": "P", "values": {"a": 7, "b": 9}},
        "need": {"over": "C", "values": {"x": 4, "y": 5}},
        "cost": {"over": "P, C", "values": {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}}},
    },
    "variables": {
        "ship": {"over": "p in P, c in C", "upper": "cap[p]"},
        "open": {"over": "P", "type": "binary"},
    },
    "constraints": {
        "limit": {"forall": "p in P", "rule": "sum(ship[p, c] for c in C) <= cap[p] * open[p]"},
        "meet": {"forall": "c in C", "rule": "sum(ship[p, c] for p in P) - need[c] == 0"},
        "some": "1 <= sum(open[p] for p in P) <= 2",
    },
    "objective": {
        "minimize": "sum(cost[p, c] * ship[p, c] for p in P for c in C) + 10 * sum(open[p] for p in P) + 5"
    },
}


def compiled(data: dict[str, Any], values: dict[str, Any] | None = None) -> CompiledModel:
    return compile_instance(Instance(Formulation.read(data), TaskData(values or {})))


def dense(found: CompiledModel) -> list[list[float]]:
    model = found.model
    table = np.zeros((model.rows, model.columns))
    for row in range(model.rows):
        part = slice(model.starts[row], model.starts[row + 1])
        table[row, model.indices[part]] = model.values[part]
    return table.tolist()


class TestRowsAndColumns:
    FOUND = compiled(PLAN)

    def test_matrix(self) -> None:
        assert dense(self.FOUND) == [
            [1, 1, 0, 0, -7, 0],
            [0, 0, 1, 1, 0, -9],
            [1, 0, 1, 0, 0, 0],
            [0, 1, 0, 1, 0, 0],
            [0, 0, 0, 0, -1, -1],
            [0, 0, 0, 0, 1, 1],
        ]

    def test_bounds(self) -> None:
        model = self.FOUND.model
        assert model.row_lower.tolist() == [-np.inf, -np.inf, 4, 5, -np.inf, -np.inf]
        assert model.row_upper.tolist() == [0, 0, 4, 5, -1, 2]
        assert model.col_upper.tolist() == [7, 7, 9, 9, 1, 1]
        assert model.integer.tolist() == [False] * 4 + [True] * 2

    def test_objective(self) -> None:
        model = self.FOUND.model
        assert (model.cost.tolist(), model.offset, model.maximise) == ([1, 2, 3, 4, 10, 10], 5, False)

    def test_row_names(self) -> None:
        names = [self.FOUND.row_name(row) for row in range(6)]
        assert names == ["limit[a]", "limit[b]", "meet[x]", "meet[y]", "some", "some"]

    def test_column_names(self) -> None:
        names = [self.FOUND.column_name(column) for column in range(6)]
        assert names == ["ship[a, x]", "ship[a, y]", "ship[b, x]", "ship[b, y]", "open[a]", "open[b]"]

    def test_blocks_say_which_element_rows_came_from(self) -> None:
        found = [(block.element, block.start, block.count) for block in self.FOUND.blocks]
        assert found[:2] == [("constraint limit", 0, 2), ("constraint meet", 2, 2)]
        assert self.FOUND.block_of(3).element == "constraint meet"

    def test_objective_value(self) -> None:
        assert objective_value(self.FOUND.objectives[0], np.array([1.0, 0, 0, 2, 1, 0])) == 1 + 8 + 10 + 5


def test_auxiliary_columns_have_no_name() -> None:
    found = compiled({"variables": {"x": {"upper": 3}}, "constraints": {"c": "abs(x - 1) >= 1"}})
    assert found.column_name(0) == "x"
    assert {found.column_name(n) for n in range(1, found.model.columns)} == {""}


@pytest.mark.parametrize(
    ("type_", "lower", "upper", "wanted"),
    [
        ("real", None, None, (-np.inf, np.inf)),
        ("real", -1, "inf", (-1, np.inf)),
        ("integer", 0.5, 2.7, (1, 2)),
        ("integer", "-5 / 2", 2.0000000001, (-2, 2)),
        ("binary", 0, None, (0, 1)),
        ("binary", -4, 9, (0, 1)),
        ("binary", 1, None, (1, 1)),
    ],
)
def test_bounds_of_variables(type_: str, lower: Any, upper: Any, wanted: tuple[float, float]) -> None:
    model = compiled({"variables": {"x": {"type": type_, "lower": lower, "upper": upper}}}).model
    assert (model.col_lower[0], model.col_upper[0]) == wanted


def test_bounds_of_a_set_of_tuples() -> None:
    data: dict[str, Any] = {
        "sets": {"S": ["u"], "arcs": [["a", 3], ["b", 4]]},
        "parameters": {"w": {"over": "S", "values": [10]}},
        "variables": {
            "x": {"over": "s in S, (i, k) in arcs", "upper": "w[s] * k"},
            "y": {"over": "s in S, arcs", "upper": "w[s]"},
        },
    }
    assert compiled(data).model.col_upper.tolist() == [30, 40, 10, 10]


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ({"lower": 3, "upper": 2}, "nothing lies between its bounds 3 and 2"),
        ({"type": "integer", "lower": 0.4, "upper": 0.6}, "nothing lies between its bounds 1 and 0"),
        ({"upper": "'a'"}, "this is no figure"),
        ({"upper": "1 / 0"}, "division by zero"),
        ({"over": "i in S, i in S"}, "the index i is bound twice"),
        ({"over": "(i, j) in S"}, "2 names for members of 1 parts"),
    ],
)
def test_faults_of_variables(variable: dict[str, Any], words: str) -> None:
    with pytest.raises(FormulationError, match=words) as caught:
        compiled({"sets": {"S": [1, 2]}, "variables": {"x": variable}})
    assert (caught.value.element or "").startswith("variable x")


class TestRowsWithoutTerms:
    ONE: ClassVar[dict[str, Any]] = {
        "sets": {"none": [], "S": ["a"]},
        "variables": {"x": {"over": "S", "upper": 3}},
    }

    @pytest.mark.parametrize(
        ("rule", "wanted"),
        [
            ("sum(x[i] for i in none) <= 1", 3),
            ("sum(x[i] for i in none) >= 1", "infeasible"),
            ("sum(x[i] for i in S if i == 'z') == 0", 3),
            ("0 * x['a'] >= 1", "infeasible"),
            ("x['a'] - x['a'] <= -1", "infeasible"),
            ("1 <= 2", 3),
            ("2 <= 1", "infeasible"),
            ("x['a'] <= inf", 3),
            ("-inf <= x['a'] <= 2", 2),
            ({"forall": "i in none", "rule": "x['a'] <= 1"}, 3),
            ({"forall": "i in none", "rule": "1 / 0 <= 1"}, 3),
        ],
    )
    def test_optimum(self, rule: Any, wanted: float | str) -> None:
        assert best("x['a']", **self.ONE, constraints={"c": rule}) == wanted

    def test_nothing_to_decide(self) -> None:
        parts: dict[str, Any] = {"sets": {"none": []}, "variables": {"x": {"over": "none"}}}
        assert best("sum(x[i] for i in none) + 4", **parts) == 4
        assert best("4", **parts, constraints={"c": "sum(x[i] for i in none) >= 1"}) == "infeasible"

    @pytest.mark.parametrize("rule", ["x['a'] >= inf", "inf * x['a'] <= 1", "x['a'] / 0 <= 1"])
    def test_infinities_that_cannot_be(self, rule: str) -> None:
        with pytest.raises(FormulationError, match=r"infinite|finite|zero"):
            best("x['a']", **self.ONE, constraints={"c": rule})


class TestSoftConstraints:
    X: ClassVar[dict[str, Any]] = {
        "sets": {"S": [1, 2]},
        "variables": {"x": {"over": "S", "type": "integer", "upper": 9}},
    }

    @pytest.mark.parametrize(
        ("objective", "rule", "penalty", "wanted"),
        [
            ("x[1]", "x[1] <= 4", 0.5, 9 - 2.5),
            ("x[1]", "x[1] <= 4", 2, 4),
            ("x[1]", "x[1] < 4", 2, 3),
            ("-x[1]", "x[1] >= 4", 3, -4),
            ("-x[1]", "x[1] >= 4", 0.5, -2),
            ("0", "x[1] == x[1] + 2", 1.5, -3),
            ("x[1]", "2 <= x[1] <= 4", 2, 4),
            ("x[1]", "abs(x[1] - 2) >= 8", 1, 9 - 1),
            ("x[1]", "x[1] <= 99", 5, 9),
        ],
    )
    def test_optimum(self, objective: str, rule: str, penalty: float, wanted: float) -> None:
        rules = {"c": {"rule": rule, "penalty": penalty}}
        assert best(objective, **self.X, constraints=rules) == pytest.approx(wanted)

    def test_minimising_adds_the_penalty(self) -> None:
        rules = {"c": {"rule": "x[1] + x[2] >= 5", "penalty": 1}}
        assert best("2 * x[1] + x[2] / 2", "minimize", **self.X, constraints=rules) == 2.5

    def test_the_penalty_may_differ_from_row_to_row(self) -> None:
        rules = {"c": {"forall": "i in S", "rule": "x[i] <= 3", "penalty": "i * 0.75"}}
        assert best("x[1] + x[2]", **self.X, constraints=rules) == 9 + 3 - 6 * 0.75

    def test_without_an_objective_the_least_violation_is_sought(self) -> None:
        rules = {"c": {"rule": "x[1] >= 12", "penalty": 2}}
        found = solved(**self.X, constraints=rules)
        assert found.value("x", 1) == 9

    @pytest.mark.parametrize(
        ("rule", "penalty", "words"),
        [
            ("x[1] != 4", 1, "only comparisons with"),
            ("x[1] >= 1 or x[2] >= 1", 1, "only comparisons with"),
            ("x[1] >= 1", -1, "must not be negative"),
        ],
    )
    def test_faults(self, rule: str, penalty: float, words: str) -> None:
        with pytest.raises(FormulationError, match=words):
            best(**self.X, constraints={"c": {"rule": rule, "penalty": penalty}})


class TestQuadraticObjectives:
    XY: ClassVar[dict[str, Any]] = {"variables": {"x": {}, "y": {}}, "constraints": {"c": "x + y >= 1"}}

    @pytest.mark.parametrize(
        ("objective", "sense", "wanted"),
        [
            ("x ** 2 + 2 * y ** 2", "minimize", 2 / 3),
            ("(x - 2) ** 2 + (y - 1) * (y - 1)", "minimize", 0),
            ("x ** 2 + y ** 2 + x * y - 3 * x", "minimize", -2.25),
            ("4 * x - x ** 2 - y", "maximize", 4),
        ],
    )
    def test_convex_ones_go_to_the_solver_as_they_are(
        self, objective: str, sense: str, wanted: float
    ) -> None:
        assert compiled({**self.XY, "objective": {sense: objective}}).model.quadratic is not None
        assert best(objective, sense, **self.XY) == pytest.approx(wanted, abs=1e-5)

    @pytest.mark.parametrize(
        ("objective", "sense"),
        [("x ** 2", "maximize"), ("x * y", "minimize"), ("x ** 2 - y ** 2", "minimize")],
    )
    def test_others_are_beyond_arrays(self, objective: str, sense: str) -> None:
        with pytest.raises(NonlinearError):
            compiled({**self.XY, "objective": {sense: objective}})


class TestSeveralObjectives:
    XY: ClassVar[dict[str, Any]] = {
        "variables": {"x": {"upper": 4}, "y": {"upper": 4}, "b": {"type": "binary"}},
        "constraints": {"c": "x + y <= 6"},
    }

    def test_the_first_is_foremost(self) -> None:
        goals = [{"maximize": "x + y"}, {"minimize": "x"}, {"maximize": "b"}]
        found = solved_in_order(self.XY, goals)
        assert (found.value("x"), found.value("y"), found.value("b")) == (2, 4, 1)
        assert found.objectives == {"objective": 6, "objective_2": 2, "objective_3": 1}
        assert (found.objective, found.gap) == (6, 0)

    def test_products_of_binaries_are_held_as_well(self) -> None:
        found = solved_in_order(self.XY, [{"maximize": "b * x + x"}, {"minimize": "b"}, {"maximize": "y"}])
        assert found.objectives == {"objective": 8, "objective_2": 1, "objective_3": 2}

    def test_a_later_one_may_be_unbounded(self) -> None:
        free: dict[str, Any] = {**self.XY, "variables": {**self.XY["variables"], "z": {}}}
        assert solved_in_order(free, [{"maximize": "x"}, {"maximize": "z"}]).status == "unbounded"


def solved_in_order(parts: dict[str, Any], goals: list[dict[str, str]]) -> Any:
    from agentkit.formulation.solve import solve

    return solve(Formulation.read({**parts, "objectives": goals}))


def test_the_rule_of_a_constraint_must_say_something() -> None:
    with pytest.raises(FormulationError, match="a constraint is a comparison"):
        compiled({"variables": {"x": {}}, "constraints": {"c": "x + 1"}})


def test_data_that_are_missing_are_named() -> None:
    data: dict[str, Any] = {"sets": {"S": {"data": "S"}}, "variables": {"x": {"over": "S"}}}
    with pytest.raises(FormulationError, match="no data called 'S'") as caught:
        compiled(data, {"T": [1]})
    assert caught.value.element == "set S"

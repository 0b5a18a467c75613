"""What `solve` promises of a solution: its status, its bound, its duals, and that it heeds its limits."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve, solve_instance
from agentkit.formulation.task_data import TaskData
from agentkit.solvers.highs import SolveLimits
from tests.formulation.small import solved

MIX: dict[str, Any] = {
    "variables": {"x": {}, "y": {}},
    "constraints": {"labour": "2 * x + y <= 10", "wood": "x + 3 * y <= 15", "order": "x >= 1"},
}
KNAPSACK: dict[str, Any] = {
    "sets": {"I": "range(40)"},
    "parameters": {
        "value": {"over": "I", "values": [((17 * i) % 23) + 20.5 + i / 7 for i in range(40)]},
        "weight": {"over": "I", "values": [((17 * i) % 23) + 20 + (i * i) % 3 for i in range(40)]},
    },
    "variables": {"take": {"over": "I", "type": "integer", "upper": 3}},
    "constraints": {"fits": "sum(weight[i] * take[i] for i in I) <= 1777"},
    "objective": {"maximize": "sum(value[i] * take[i] for i in I)"},
}


def market_split(rows: int = 5, columns: int = 40) -> dict[str, Any]:
    """A problem that branch and bound is bad at (Cornuéjols and Dawande 1999)."""
    draw = random.Random(5)
    a = [[draw.randrange(100) for _ in range(columns)] for _ in range(rows)]
    return {
        "sets": {"R": f"range({rows})", "C": f"range({columns})"},
        "parameters": {"a": {"over": "R, C", "values": a}},
        "variables": {"x": {"over": "C", "type": "binary"}, "s": {"over": "R"}, "t": {"over": "R"}},
        "constraints": {
            "split": {
                "forall": "r in R",
                "rule": "2 * sum(a[r, c] * x[c] for c in C) + s[r] - t[r] == sum(a[r, c] for c in C) - 1",
            }
        },
        "objective": {"minimize": "sum(s[r] + t[r] for r in R)"},
    }


class TestStatus:
    def test_optimal(self) -> None:
        found = solved("3 * x + 4 * y", **MIX)
        assert (found.status, found.objective, found.bound, found.gap) == ("optimal", 25, 25, 0)
        assert (found.value("x"), found.value("y")) == (3, 4)
        assert found.solver.startswith("HiGHS 1.")

    def test_infeasible(self) -> None:
        found = solved("x", **{**MIX, "constraints": {**MIX["constraints"], "much": "x + y >= 9"}})
        assert (found.status, found.objective, found.arrays, found.found) == ("infeasible", None, {}, False)

    @pytest.mark.parametrize("type_", ["real", "integer"])
    def test_infeasible_by_the_integers_alone(self, type_: str) -> None:
        parts: dict[str, Any] = {
            "variables": {"x": {"type": type_, "upper": 9}},
            "constraints": {"c": "3 * x == 4"},
        }
        assert solved(**parts).status == ("optimal" if type_ == "real" else "infeasible")

    @pytest.mark.parametrize("type_", ["real", "integer"])
    def test_unbounded(self, type_: str) -> None:
        parts: dict[str, Any] = {
            "sets": {"S": ["a", "b"]},
            "variables": {"x": {"over": "S", "type": type_}, "y": {"type": type_}, "z": {"upper": 3}},
            "constraints": {"c": "x['a'] - y <= 2", "d": "x['b'] <= 4"},
        }
        found = solved("x['a'] + x['b'] + z", **parts)
        assert (found.status, found.objective) == ("unbounded", None)
        assert found.unbounded_in == ("x[a]", "y")

    def test_infeasible_though_the_objective_has_no_end(self) -> None:
        parts: dict[str, Any] = {"variables": {"x": {}, "y": {"upper": 1}}, "constraints": {"c": "y >= 2"}}
        assert solved("x", **parts).status == "infeasible"

    def test_no_objective(self) -> None:
        found = solve(Formulation.read(MIX))
        assert (found.status, found.objective) == ("optimal", 0)
        assert not found.violations


class TestDuals:
    """What one more unit of a row's right side adds to the objective, whichever way that goes."""

    @pytest.mark.parametrize(
        ("sense", "objective", "wanted"),
        [
            ("maximize", "3 * x + 4 * y", {"labour": 1, "wood": 1, "order": 0}),
            ("minimize", "3 * x + 4 * y", {"labour": 0, "wood": 0, "order": 3}),
            ("minimize", "-3 * x - 4 * y", {"labour": -1, "wood": -1, "order": 0}),
            ("maximize", "y - 5 * x", {"labour": 0, "wood": 1 / 3, "order": -5 - 1 / 3}),
        ],
    )
    def test_signs(self, sense: str, objective: str, wanted: dict[str, float]) -> None:
        found = solved(objective, sense, **MIX)
        assert {name: duals.tolist() for name, duals in found.duals.items()} == {
            name: [pytest.approx(value)] for name, value in wanted.items()
        }

    @pytest.mark.parametrize("sense", ["maximize", "minimize"])
    @pytest.mark.parametrize("row", ["labour", "wood", "order"])
    def test_the_objective_moves_as_they_say(self, sense: str, row: str) -> None:
        step = 0.001
        objective = "3 * x + 4 * y"
        before = solved(objective, sense, **MIX)
        moved: dict[str, Any] = {**MIX["constraints"], row: f"{MIX['constraints'][row]} + {step}"}
        changed: dict[str, Any] = {**MIX, "constraints": moved}
        after = solved(objective, sense, **changed)
        assert before.objective is not None and after.objective is not None
        assert after.objective - before.objective == pytest.approx(step * before.duals[row][0], abs=1e-9)

    def test_a_row_for_each_member(self) -> None:
        parts: dict[str, Any] = {
            "sets": {"S": [1, 2]},
            "variables": {"x": {"over": "S"}},
            "constraints": {"cap": {"forall": "i in S", "rule": "x[i] <= 3 * i"}},
        }
        assert solved("sum(i * x[i] for i in S)", **parts).duals["cap"].tolist() == [1, 2]

    def test_integers_have_none(self) -> None:
        parts: dict[str, Any] = {**MIX, "variables": {"x": "integer", "y": {}}}
        assert solved("3 * x + 4 * y", **parts).duals == {}


class TestValues:
    FOUND = solved(
        "sum(w[i, j] for i in S for j in N) - y",
        sets={"S": ["a", "b"], "N": [1, 2]},
        variables={"w": {"over": "i in S, j in N", "upper": "j"}, "y": {"upper": 5, "lower": 1}},
    )

    def test_by_member(self) -> None:
        assert self.FOUND.value("w", "b", 2) == 2
        assert self.FOUND.value("w", "b", "2") == 2
        assert self.FOUND.value("y") == 1

    def test_all(self) -> None:
        assert self.FOUND.values("w") == {("a", 1): 1, ("a", 2): 2, ("b", 1): 1, ("b", 2): 2}
        assert self.FOUND.values("y") == {(): 1}

    @pytest.mark.parametrize("members", [("z", 1), ("a", 3), (1, "a")])
    def test_strangers(self, members: tuple[Any, ...]) -> None:
        with pytest.raises(KeyError):
            self.FOUND.value("w", *members)

    def test_as_plain_data(self) -> None:
        data = self.FOUND.as_data()
        assert data["values"] == {"w": {"a, 1": 1, "a, 2": 2, "b, 1": 1, "b, 2": 2}, "y": 1}
        assert (data["status"], data["objective"]) == ("optimal", 5)
        assert set(data["seconds"]) == {"build", "solve"}

    def test_zeros_are_left_out_unless_wanted(self) -> None:
        parts: dict[str, Any] = {"sets": {"S": [1, 2]}, "variables": {"x": {"over": "S", "upper": 1}}}
        found = solved("x[1]", **parts)
        assert found.as_data()["values"]["x"] == {"1": 1}
        assert found.as_data(zeros=True)["values"]["x"] == {"1": 1, "2": 0}

    def test_whole_numbers_are_whole(self) -> None:
        values = solved(**{**KNAPSACK, "objective": KNAPSACK["objective"]["maximize"]}).arrays["take"]
        assert all(float(value).is_integer() for value in values)


class TestLimits:
    HARD = Formulation.read(market_split())

    def test_the_time_limit_leaves_the_incumbent_and_its_gap(self) -> None:
        began = time.monotonic()
        found = solve(self.HARD, time_limit=0.7)
        assert time.monotonic() - began < 10
        assert found.status == "feasible"
        assert found.objective is not None and found.bound is not None and found.gap is not None
        assert found.bound < found.objective
        assert found.gap == pytest.approx((found.objective - found.bound) / found.objective)
        assert not found.violations

    def test_no_time_at_all(self) -> None:
        assert solve(self.HARD, time_limit=0).status in ("unknown", "feasible")

    def test_the_hook_stops_the_solver(self) -> None:
        began = time.monotonic()
        limits = SolveLimits(seconds=60, should_stop=lambda: time.monotonic() - began > 0.5)
        found = solve(self.HARD, limits=limits)
        assert time.monotonic() - began < 20
        assert found.status in ("feasible", "unknown")

    def test_a_gap_may_be_allowed(self) -> None:
        exact, near = solve(Formulation.read(KNAPSACK)), solve(Formulation.read(KNAPSACK), gap=0.05)
        assert exact.objective is not None and near.objective is not None and near.gap is not None
        assert exact.gap == pytest.approx(0, abs=1e-9)
        assert near.status == "optimal"
        assert near.gap <= 0.05
        assert near.objective >= 0.95 * exact.objective

    def test_threads_may_change_from_solve_to_solve(self) -> None:
        for threads in (1, 2, 1):
            assert solve(Formulation.read(KNAPSACK), threads=threads).status == "optimal"

    def test_times_are_reported(self) -> None:
        times = solve(Formulation.read(KNAPSACK)).times
        assert times.build > 0
        assert times.solve > 0


class TestWarmStart:
    def test_a_solution_is_taken_over_by_name_and_member(self) -> None:
        """With no time to search, the start is all there is."""
        hard = market_split()
        first = solve(Formulation.read(hard), time_limit=1.5)
        assert first.status == "feasible"
        bigger = {**hard, "constraints": {**hard["constraints"], "no_news": "sum(x[c] for c in C) >= 0"}}
        again = solve(Formulation.read(bigger), limits=SolveLimits(nodes=0, seconds=5), start=first)
        assert first.objective is not None and again.objective is not None
        assert again.objective <= first.objective + 1e-6

    def test_members_that_are_new_are_left_to_the_solver(self) -> None:
        first = solve(Formulation.read(KNAPSACK))
        fewer = {
            **KNAPSACK,
            "variables": {"take": {"over": "I", "type": "integer", "upper": 2}},
            "parameters": KNAPSACK["parameters"],
        }
        more = {**fewer, "variables": {**fewer["variables"], "extra": {"type": "binary"}}}
        found = solve(Formulation.read(more), start=first)
        assert found.objective == pytest.approx(solve(Formulation.read(fewer)).objective)

    def test_a_start_that_fits_nothing_does_no_harm(self) -> None:
        other = solved("x", variables={"x": {"upper": 3}})
        assert solve(Formulation.read(KNAPSACK), start=other).status == "optimal"
        assert solve(Formulation.read(KNAPSACK), start=Solution("infeasible")).status == "optimal"


def test_data_are_given_beside_the_formulation() -> None:
    formulation = Formulation.read(
        {"parameters": {"cap": {}}, "variables": {"x": {"upper": "cap"}}, "objective": {"maximize": "x"}}
    )
    assert solve(formulation, {"cap": 7}).objective == 7
    assert solve(formulation, TaskData({"cap": 8})).objective == 8
    assert solve_instance(Instance(formulation, TaskData({"cap": 9})), SolveLimits()).objective == 9
    with pytest.raises(FormulationError, match="no data called 'cap'"):
        solve(formulation)


def test_one_instance_may_be_solved_twice() -> None:
    instance = Instance(Formulation.read(KNAPSACK))
    first, second = (solve_instance(instance, SolveLimits()) for _ in range(2))
    assert first.objective == second.objective


def test_logic_does_not_leak_through_big_figures() -> None:
    """A switch that is off by a millionth must not let a thousandth through."""
    parts: dict[str, Any] = {
        "variables": {"x": {"upper": 100_000}, "b": {"type": "binary"}},
        "constraints": {"only_if": "implies(not b, x <= 0)"},
    }
    assert solved("x - 1000001 * b", **parts).objective == pytest.approx(0, abs=1e-6)


def test_columns_and_rows_far_beyond_python_loops() -> None:
    size = 100_000
    parts: dict[str, Any] = {
        "sets": {"N": f"range({size})"},
        "variables": {"x": {"over": "i in N", "upper": "i % 7"}},
        "constraints": {"pairs": {"forall": "i in N if i % 2 == 1", "rule": "x[i - 1] + x[i] <= 8"}},
    }
    wanted = sum(min(i % 7 + (i + 1) % 7, 8) for i in range(0, size, 2))
    assert solved("sum(x[i] for i in N)", **parts).objective == wanted

"""What HiGHS cannot take: solved to a proof by SCIP, or told clearly why not."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.pyomo_view.pyomo_view import to_pyomo
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve
from agentkit.solvers.highs import SolveLimits
from agentkit.solvers.ipopt import has_ipopt, set_beginning, solve_with_ipopt
from agentkit.solvers.scip import has_scip

scip_only = pytest.mark.skipif(not has_scip(), reason="PySCIPOpt is not installed: pip install pyscipopt")

PROFIT = {
    "sets": {"cake": "range(3)"},
    "parameters": {
        "gain": {"over": "cake", "values": [20, 25, 40]},
        "hours": {"over": "cake", "values": [1, 2, 3]},
    },
}

HARD: dict[str, Any] = {
    "sets": {"i": "range(40)"},
    "parameters": {
        "f": {"over": "i, i", "values": [[math.sin(7 * a * b + a) for b in range(40)] for a in range(40)]}
    },
    "variables": {"x": {"over": "i", "upper": 1}},
    "constraints": {"c": "sum(x[k] for k in i) <= 15"},
    "objective": {"maximize": "sum(f[a, b] * x[a] * x[b] for a in i for b in i)"},
}
"""A quadratic program that is not convex, of a size that takes long to prove."""


def solved(data: dict[str, Any], **limits: Any) -> Solution:
    return solve(Formulation.read(data), **{"time_limit": 30.0, **limits})


def of(variables: dict[str, Any], objective: dict[str, str], **constraints: Any) -> dict[str, Any]:
    return {"variables": variables, "constraints": constraints, "objective": objective}


FREE: dict[str, Any] = {"x": {}, "y": {}}
BOTH: dict[str, Any] = {"x": {"upper": 5}, "y": {"upper": 5}}
WHOLE: dict[str, Any] = {"x": {"type": "integer"}, "y": {"type": "integer"}}

OPTIMA: dict[str, tuple[dict[str, Any], float]] = {
    "a product": (of(FREE, {"maximize": "x * y"}, fence="x + 2 * y <= 100"), 1250),
    "a product of three": (
        of({"x": {"upper": 12}}, {"maximize": "x * (24 - 2 * x) * (36 - 2 * x)"}),
        1825.29659,
    ),
    "equality of a product": (of(FREE, {"minimize": "(x + 2) * (y + 4)"}, area="x * y == 100"), 164.5685425),
    "powers": (of(FREE, {"minimize": "x ** 2 + 4 * x * y"}, volume="x ** 2 * y >= 1000"), 476.2203156),
    "a broken power": (of({"x": {}}, {"minimize": "x ** 1.5 - 3 * x"}), -4),
    "a negative power": (of({"x": {"lower": 0.1}}, {"minimize": "x + x ** -2"}), 1.8898816),
    "a decided exponent": (
        of({"x": {"upper": 9}}, {"minimize": "x"}, enough="2 ** x >= 100"),
        math.log2(100),
    ),
    "a root": (of(FREE, {"maximize": "sqrt(x) + 2 * sqrt(y)"}, sums="x + y <= 10"), math.sqrt(50)),
    "a logarithm": (of({"x": {}}, {"maximize": "log(x) - x"}), -1),
    "an exponential": (of({"x": {"lower": None}}, {"minimize": "exp(x) - 2 * x"}), 2 - 2 * math.log(2)),
    "a ratio": (
        {
            **PROFIT,
            "variables": {"q": {"over": "cake", "type": "integer"}},
            "constraints": {
                "most": "sum(hours[c] * q[c] for c in cake) <= 80",
                "least": "sum(q[c] for c in cake) >= 30",
            },
            "objective": {
                "maximize": "sum(gain[c] * q[c] for c in cake) / sum(hours[c] * q[c] for c in cake)"
            },
        },
        20,
    ),
    "a ratio of reals that can be 0": (of(BOTH, {"maximize": "(2 * x + y) / (x + y)"}, more="x + y >= 1"), 2),
    "the greatest of ratios": (
        of(WHOLE, {"minimize": "max(100 / x, 60 / (x + y))"}, workers="2 * x + y <= 12", some="x >= 1"),
        100 / 6,
    ),
    "whole numbers whose product is enough": (of(WHOLE, {"minimize": "x + y"}, enough="x * y >= 17"), 9),
    "whole number times real": (
        of({"n": {"type": "integer", "upper": 9}, "t": {}}, {"minimize": "n + t"}, work="n * t >= 20"),
        9,
    ),
    "a quadratic with whole numbers": (
        of(
            {"x": {"type": "integer", "lower": None}, "y": {"lower": None}},
            {"minimize": "(x - 0.3) ** 2 + y ** 2"},
            c="x + y >= 1.5",
        ),
        0.74,
    ),
    "a quadratic that is not convex": (
        of(BOTH, {"maximize": "x ** 2 + y ** 2 - x * y"}, sums="x + y <= 6"),
        25,
    ),
    "a condition on a product": (
        of(
            {**BOTH, "b": {"type": "binary"}},
            {"maximize": "10 * b - x"},
            when="implies(b, x * y >= 6)",
            sums="x + y <= 5.5",
        ),
        8.5,
    ),
    "the greatest of powers": (of(BOTH, {"minimize": "max(x ** 2, y ** 3)"}, c="x * y >= 6"), 6 ** (6 / 5)),
    "an absolute value inside": (
        of({"x": {"lower": None}}, {"minimize": "(x - 0.5) ** 2 + exp(x / 10)"}, c="abs(x) >= 2"),
        3.4714027,
    ),
    "a soft product": (
        of(
            BOTH,
            {"minimize": "x + y"},
            wish={"rule": "x * y >= 4", "penalty": 3},
            also={"rule": "x * y >= 9", "penalty": 0.1},
        ),
        4.5,
    ),
    "no bounds, but a condition": (
        of(
            {"x": {}, "b": {"type": "binary"}},
            {"minimize": "2 * x + 50 * b"},
            c="x >= 12",
            when="implies(x >= 0.001, b)",
        ),
        74,
    ),
}
"""By what they show, a formulation and its optimum."""


@scip_only
@pytest.mark.parametrize("case", OPTIMA)
def test_the_optimum_is_proven(case: str) -> None:
    data, optimum = OPTIMA[case]
    found = solved(data)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(optimum, rel=1e-5, abs=1e-5)
    assert found.bound == pytest.approx(optimum, rel=1e-4, abs=1e-4)
    assert found.violations == ()
    assert found.solver.startswith("SCIP ")


@scip_only
class TestEndings:
    def test_infeasible(self) -> None:
        assert solved(of({"x": {"lower": None}}, {"maximize": "x"}, c="x ** 2 <= -1")).status == "infeasible"

    def test_unbounded(self) -> None:
        assert solved(of(FREE, {"maximize": "x * y"})).status == "unbounded"
        assert solved(of({"x": {}}, {"maximize": "exp(x)"})).status == "unbounded"

    def test_without_an_objective_any_solution_will_do(self) -> None:
        found = solved({"variables": FREE, "constraints": {"c": "x * y == 6", "d": "x + y == 5"}})
        assert found.status == "optimal"
        assert sorted(round(float(a[0]), 4) for a in found.arrays.values()) == [2, 3]

    def test_missing_bounds_that_leave_no_proof_are_named(self) -> None:
        surface = {"maximize": "a * b * c"}
        data = of({"a": {}, "b": {}, "c": {}}, surface, paper="a * b + b * c + a * c <= 27")
        found = solved(data, time_limit=8.0)
        assert found.objective == pytest.approx(27, rel=1e-5)
        assert found.status == "optimal" or "bounds are missing for a, b, c" in found.solver


@scip_only
class TestLimits:
    def test_a_time_limit_ends_with_the_incumbent_its_bound_and_gap(self) -> None:
        begun = time.monotonic()
        found = solved(HARD, time_limit=1.0)
        assert time.monotonic() - begun < 10
        assert found.status == "feasible"
        assert found.objective is not None and found.bound is not None and found.gap is not None
        assert found.bound > found.objective > 0
        assert found.gap == pytest.approx((found.bound - found.objective) / found.objective)
        assert found.violations == ()

    def test_a_hook_stops_the_solver(self) -> None:
        begun = time.monotonic()
        asked = threading.Event()

        def stop() -> bool:
            asked.set()
            return time.monotonic() - begun > 1.5

        found = solve(Formulation.read(HARD), limits=SolveLimits(seconds=60, should_stop=stop))
        assert asked.is_set() and time.monotonic() - begun < 20
        assert found.status == "feasible"

    def test_a_gap_that_is_allowed_counts_as_optimal(self) -> None:
        found = solved(HARD, gap=20.0)
        assert found.status == "optimal"
        assert found.gap is not None and 1e-4 < found.gap <= 20.0

    def test_a_solution_is_a_start(self) -> None:
        first = solved(HARD, time_limit=2.0)
        again = solve(Formulation.read(HARD), limits=SolveLimits(seconds=10, nodes=1), start=first)
        assert first.objective is not None and again.objective is not None
        assert again.objective >= first.objective - 1e-4

    def test_other_threads_go_on_while_it_solves(self) -> None:
        solver = threading.Thread(target=lambda: solved(HARD, time_limit=2.0))
        solver.start()
        ticks = 0
        while solver.is_alive():
            time.sleep(0.01)
            ticks += 1
        assert ticks > 50


@scip_only
class TestObjectivesOneAfterTheOther:
    def test_the_second_is_sought_among_the_best_by_the_first(self) -> None:
        data = {**of(BOTH, {"maximize": "x * y"}, sums="x + y <= 6"), "objective": None}
        del data["objective"]
        data["objectives"] = [
            {"name": "area", "maximize": "min(x * y, 5)"},
            {"name": "width", "minimize": "x"},
        ]
        found = solved(data)
        assert found.status == "optimal"
        assert found.objectives["area"] == pytest.approx(5, abs=1e-5)
        assert found.objectives["width"] == pytest.approx(1, abs=1e-4)

    def test_a_convex_first_objective_is_held_as_a_whole(self) -> None:
        data = {
            "variables": BOTH,
            "objectives": [
                {"minimize": "(x - 1) ** 2 + (x + y - 3) ** 2"},
                {"name": "later", "maximize": "x"},
            ],
        }
        found = solved(data)
        assert found.objective == pytest.approx(0, abs=1e-5)
        assert found.objectives["later"] == pytest.approx(1, abs=1e-2)


def test_what_can_be_made_linear_stays_with_highs() -> None:
    data = of(
        {"x": {"type": "integer", "upper": 20}, "y": {"upper": 30}},
        {"maximize": "3 * x * y + x"},
        c="x + y <= 25",
    )
    found = solved(data)
    assert found.solver.startswith("HiGHS ")
    assert found.objective == pytest.approx(3 * 13 * 12 + 13)


WITHOUT_SCIP = """
import sys
sys.modules["pyscipopt"] = None
from agentkit.errors import AgentkitError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.solve import solve
for kind in ("integer", "real"):
    data = {"variables": {"x": {"type": kind}, "y": {}}, "constraints": {"c": "x * log(y) <= 5"}}
    try:
        print(solve(Formulation.read(data), time_limit=5).solver)
    except AgentkitError as error:
        print(type(error).__name__, error)
free = {"variables": {"x": {}, "b": {"type": "binary"}}, "constraints": {"c": "implies(b, x <= 3)"}}
try:
    solve(Formulation.read(free))
except AgentkitError as error:
    print(type(error).__name__, error)
"""


def test_without_a_solver_the_way_to_get_one_is_named() -> None:
    ran = subprocess.run([sys.executable, "-c", WITHOUT_SCIP], capture_output=True, text=True, check=True)
    integers, reals, bounds = ran.stdout.splitlines()
    assert integers.startswith("SolverError") and "pip install 'agentkit[nonlinear]'" in integers
    assert "log of what is decided" in integers
    assert reals.startswith("Ipopt" if has_ipopt() else "SolverError")
    assert bounds.startswith("FormulationError") or "give x an upper" in bounds


def test_variables_begin_where_logarithms_and_quotients_are_defined() -> None:
    data = of({"x": {}, "y": {"upper": 4}, "z": {"lower": None}}, {"minimize": "x / z - log(y)"})
    view = to_pyomo(Instance(Formulation.read(data)))
    set_beginning(view.model)
    assert [view.model.component(name).value for name in ("x", "y", "z")] == [1, 2, 1]
    assert [view.model.x.bounds, view.model.z.bounds] == [(0, None), (None, None)]


@pytest.mark.skipif(not has_ipopt(), reason="the program ipopt is not on the path")
def test_ipopt_finds_a_local_optimum_and_claims_no_more() -> None:
    data, optimum = OPTIMA["equality of a product"]
    view = to_pyomo(Instance(Formulation.read(data)))
    found = solve_with_ipopt(view.model, SolveLimits(seconds=20))
    assert found.status == "feasible" and found.bound is None
    assert "not proven" in found.solver
    assert view.objectives[0]() == pytest.approx(optimum, rel=1e-5)


def test_a_convex_objective_without_end_is_no_optimum_far_out() -> None:
    data = of({"x": {"lower": None}, "y": {"lower": None}}, {"minimize": "(x + y - 2) ** 2 - x"})
    found = solved(data)
    assert found.solver.startswith("HiGHS ")
    assert found.status == "unbounded" and set(found.unbounded_in) == {"x", "y"}

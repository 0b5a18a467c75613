"""Every logical form, alone, denied and nested, against plain Python at every point of a small problem."""

from __future__ import annotations

import itertools
import random
from typing import Any, ClassVar

import numpy as np
import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.compiler import compile_instance
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.residuals import find_violations
from agentkit.formulation.solve import solve
from tests.formulation.brute_force import Point, best_point, tried_points
from tests.formulation.pyomo_view.random_rules import random_problem
from tests.formulation.small import best, instance_of

SMALL: dict[str, Any] = {
    "sets": {"I": [1, 2, 3], "none": []},
    "parameters": {"q": {"over": "I", "values": {1: 1, 2: -1, 3: 2}}, "yes": True, "no": False},
    "variables": {
        "x": {"type": "integer", "lower": -2, "upper": 3},
        "y": {"type": "integer", "upper": 3},
        "b": {"type": "binary"},
        "w": {"over": "I", "type": "binary"},
    },
}

FORMS = [
    "x <= 1",
    "x < y",
    "x >= 1",
    "x > 1",
    "x == y",
    "x != y",
    "2 * x != 3 * y",
    "0.5 * x < 0.75",
    "1 <= x <= 2",
    "x < y < 3",
    "x != y == 2",
    "b",
    "not b",
    "w[2]",
    "b == 1",
    "b == 0",
    "b != w[1]",
    "b or w[1]",
    "b and w[1] and x >= 1",
    "x >= 2 or y >= 2 or b",
    "not (x >= 2 or b)",
    "not (x >= 2 and b)",
    "implies(b, x >= 2)",
    "implies(x >= 2, b)",
    "implies(x >= 1, y <= 1)",
    "implies(b, implies(w[1], x == 3))",
    "iff(b, x >= 2)",
    "iff(x == y, b or w[1])",
    "all(w[i] for i in I)",
    "all(w[i] <= x for i in I if i > 1)",
    "all(x >= 1, y <= 2)",
    "all(w[i] for i in none)",
    "any(w[i] for i in I)",
    "any(x + i == y for i in I)",
    "any([b, x == 3])",
    "any(w[i] for i in none)",
    "exactly(2, (w[i] for i in I))",
    "exactly(1, x >= 2, y >= 2, b)",
    "exactly(0, (w[i] for i in none))",
    "at_least(2, (w[i] for i in I))",
    "at_least(1, x >= 2, y == 0)",
    "at_most(1, (w[i] for i in I))",
    "at_most(1, [x >= 1, y >= 1, b])",
    "count(w[i] for i in I) == x",
    "count(x >= 1, y >= 1, b) != 2",
    "count(w[i] for i in I if q[i] > 0) > count(b, x > 2)",
    "abs(x) >= 2",
    "abs(x - y) < 2",
    "abs(x) == abs(y - 2)",
    "max(x, y) <= 1",
    "max(x, y, 1) >= 2",
    "min(x, y - 1) >= 0",
    "min(x, y) != 1",
    "max(i * w[i] for i in I) == y",
    "x * b >= 2",
    "x * y == 2",
    "(x - 1) * (1 - b) < y",
    "q[max(y, 1)] == 2",
    "w[max(1, y)] == b",
    "sum(q[i] * w[i] for i in I) < x",
    "piecewise(x, [(-2, 0), (0, 2), (3, 0.5)]) >= 1.2",
    "yes and x >= 1",
    "no or x >= 1",
    "implies(no, x > 99)",
    "not no",
]

NESTS = [
    "{}",
    "not ({})",
    "implies({}, y == 1)",
    "implies(y >= 2, {})",
    "iff(b, {})",
    "({}) or y == 3",
    "exactly(1, {}, x >= 1)",
    "any({}, not w[3])",
    "not all({}, w[3])",
    "count({}, b) == 1",
]

VARIANTS = [(form, nest) for n, form in enumerate(FORMS) for nest in (NESTS[n % 2], NESTS[2 + n % 8])]


@pytest.mark.parametrize(("form", "nest"), VARIANTS)
def test_forms_mean_what_python_makes_of_them(form: str, nest: str) -> None:
    rules = {"c": nest.format(form)}
    agree({**SMALL, "constraints": rules, "objective": {"maximize": "3 * x + 2 * y - b - w[2]"}})
    agree({**SMALL, "constraints": rules, "objective": {"minimize": "x - 0.3 * y + 0.1 * b"}})


@pytest.mark.parametrize("seed", range(60))
def test_random_formulas(seed: int) -> None:
    agree(random_problem(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_more_random_formulas(seed: int) -> None:
    agree(random_problem(seed))


def agree(problem: dict[str, Any]) -> None:
    """The optimum is that of all points, and the check of a solution says of points what Python says."""
    formulation = Formulation.read(problem)
    found, wanted = solve(formulation), best_point(problem)
    if wanted.objective is None:
        assert found.status == "infeasible"
    else:
        assert found.status == "optimal"
        assert found.objective == pytest.approx(wanted.objective, abs=1e-6)
        assert found.violations == ()
    instance = Instance(formulation)
    points = random.Random(0).sample(list(tried_points(problem)), 6)
    for point, holds in points:
        assert bool(find_violations(instance, _arrays(point))) != holds, point


def _arrays(point: Point) -> dict[str, Any]:
    return {
        name: np.asarray(list(value.values()) if isinstance(value, dict) else [value], dtype=float)
        for name, value in point.items()
    }


@pytest.mark.parametrize(
    "rule",
    [
        "implies(w[i], x >= i)",
        "iff(w[i], x == i)",
        "w[i] or y > i",
        "any(w[j] for j in I if j < i) or x <= i",
        "x != i",
        "abs(x - i) >= w[i]",
        "at_most(1, (w[j] for j in I if j != i))",
        "implies(q[i] > 0, w[i])",
        "(x >= 1 if i == 2 else y >= i - 1)",
        "not (x == i and y == q[i])",
    ],
)
def test_conditions_for_many_rows_at_once(rule: str) -> None:
    for forall in ("i in I", "i in I if q[i] > 0"):
        rules = {"c": {"forall": forall, "rule": f"({rule}) == True" if rule.startswith("(") else rule}}
        objective = {"minimize": "x - y + 0.1 * sum(w[i] * q[i] for i in I)"}
        agree({**SMALL, "constraints": rules, "objective": objective})


@pytest.mark.parametrize(("size", "values"), [(2, 2), (3, 3), (3, 4), (3, 2)])
def test_all_different(size: int, values: int) -> None:
    weights = [3, -2, 5][:size]
    parts: dict[str, Any] = {
        "sets": {"I": list(range(1, size + 1))},
        "parameters": {"c": {"over": "I", "values": weights}},
        "variables": {"z": {"over": "I", "type": "integer", "lower": 1, "upper": values}},
        "constraints": {"d": "all_different(z[i] for i in I)"},
    }
    options = [
        sum(w * v for w, v in zip(weights, row, strict=True))
        for row in itertools.permutations(range(1, values + 1), size)
    ]
    wanted = max(options) if options else "infeasible"
    assert best("sum(c[i] * z[i] for i in I)", **parts) == wanted


class TestReals:
    """Between reals the boundary of a comparison belongs to both sides."""

    XY: ClassVar[dict[str, Any]] = {"x": {"lower": -10, "upper": 10}, "y": {"upper": 10}}

    @pytest.mark.parametrize(
        ("rule", "objective", "wanted"),
        [
            ("implies(x >= 5, y <= 2)", "x + 2 * y", 25),
            ("implies(x > 5, y <= 2) and x >= 6", "x + 2 * y", 14),
            ("x <= -3 or x >= 4", "-abs(x)", -3),
            ("not (x > -3 and x < 4)", "-abs(x)", -3),
            ("abs(x - 3) >= 4", "-abs(x)", -1),
            ("iff(x >= 2.5, y >= 2.5) and x + y <= 4", "x", 2.5),
            ("max(x, 2 * y - 4) <= 3", "x + y", 6.5),
            ("min(x, y) >= 2 and max(x, y) <= 4", "x - y", 2),
            ("count(x >= 4, y >= 4) == 1 and x + y <= 6", "y - 0.1 * x", 11),
            ("exactly(1, x >= 4, y >= 4) and x >= 5", "y", 4),
        ],
    )
    def test_optimum(self, rule: str, objective: str, wanted: float) -> None:
        assert best(objective, variables=self.XY, constraints={"c": rule}) == pytest.approx(wanted, abs=1e-6)


class TestStrength:
    """Rows are as few as the form allows, and big-M comes from bounds."""

    def compiled(self, rule: str) -> Any:
        from agentkit.formulation.compiler import compile_instance

        variables: dict[str, Any] = {"x": {"upper": 7}, "b": {"type": "binary"}, "c": {"type": "binary"}}
        return compile_instance(
            Instance(Formulation.read({"variables": variables, "constraints": {"r": rule}}))
        ).model

    @pytest.mark.parametrize(
        "rule", ["b or c", "not (b and c)", "exactly(1, b, c)", "at_most(1, [b, c])", "not b", "b == c"]
    )
    def test_binaries_need_one_row_and_nothing_else(self, rule: str) -> None:
        model = self.compiled(rule)
        assert (model.rows, model.columns) == (1, 3)

    def test_both_of_a_conjunction_are_required_apart(self) -> None:
        model = self.compiled("b and x <= 3 and 1 <= x")
        assert (model.rows, model.columns) == (3, 3)

    def test_the_big_figure_is_the_tightest(self) -> None:
        model = self.compiled("implies(b, x <= 3)")
        assert np.abs(model.values).max() == 4  # 7, the bound, less 3


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("implies(r, b)", "neither true nor false"),
        ("b + r", "a constraint is a comparison or a logical condition"),
        ("implies(b, all_different(w[i] for i in I))", "all_different can only stand alone"),
        ("r != 2", "only whole numbers can be required to differ"),
        ("x in [1, 2]", "`in` needs what is known before solving"),
        ("(b if x > 1 else r) >= 1", "a condition after `if` must be known before solving"),
        ("sum(w[i] for i in I if x > 1) >= 1", "a condition after `if` must be known"),
        ("implies(b, free <= 3)", "needs finite bounds .give free an upper"),
        ("b * free <= 3", "give free an upper"),
        ("max(free, r) >= 3", "give free an upper"),
    ],
)
def test_faults(rule: str, words: str) -> None:
    variables: dict[str, Any] = {**SMALL["variables"], "r": {"upper": 5}, "free": {"lower": None}}
    with pytest.raises(FormulationError, match=words) as caught:
        compile_instance(instance_of(**{**SMALL, "variables": variables, "constraints": {"c": rule}}))
    assert (caught.value.element or "").startswith("constraint c")


def test_bounds_may_follow_from_other_constraints() -> None:
    parts: dict[str, Any] = {
        "variables": {"x": {}, "y": {}, "b": {"type": "binary"}},
        "constraints": {"when": "implies(b, x <= 3)", "total": "x + 2 * y <= 40", "often": "b == 1"},
    }
    assert best("x + y", **parts) == 21.5

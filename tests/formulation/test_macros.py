"""Products, extremes, piecewise functions, look-ups: as rows that leave nothing open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.compiler import compile_instance
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.solvers.linear_model import LinearModel
from tests.formulation.small import best

WHOLE: dict[str, Any] = {
    "x": {"type": "integer", "lower": -3, "upper": 5},
    "y": {"type": "integer", "upper": 6},
    "b": {"type": "binary"},
    "c": {"type": "binary"},
    "r": {"lower": -2, "upper": 4},
}


def optimum(objective: str, sense: str = "maximize", *rules: str, **parts: Any) -> float | str:
    constraints = {f"c{n}": rule for n, rule in enumerate(rules)}
    return best(objective, sense, **{"variables": WHOLE, "constraints": constraints, **parts})


def model_of(objective: str, sense: str = "maximize", **variables: Any) -> LinearModel:
    data: dict[str, Any] = {"variables": variables or WHOLE, "objective": {sense: objective}}
    return compile_instance(Instance(Formulation.read(data))).model


@pytest.mark.parametrize(
    ("objective", "sense", "rules", "wanted"),
    [
        ("b * c - 0.4 * b - 0.4 * c", "maximize", [], 0.2),
        ("b * b + c ** 2 - 1.5 * b", "maximize", [], 1),
        ("b * r", "maximize", [], 4),
        ("b * r", "minimize", [], -2),
        ("b * r", "minimize", ["b == 0"], 0),
        ("(1 - b) * (r + x)", "maximize", [], 9),
        ("(b + c + 1) * (r - 1)", "maximize", ["b + c <= 1"], 6),
        ("b * c * r", "maximize", [], "NonlinearError"),
        ("x * y", "maximize", ["x + y <= 6"], 9),
        ("x * y", "minimize", [], -18),
        ("x * r", "maximize", ["x + r <= 4"], 6),
        ("x ** 2 - y ** 2", "minimize", [], -36),
        ("x * y - 2 * x * y + x * y", "maximize", [], 0),
        ("(x - 1) * (y - 2) * 0.5", "maximize", [], 8),
        ("-x * y", "maximize", ["x + y == 5", "x >= 1"], -4 + 4 - 0),
        ("y", "maximize", ["x * y <= 4", "x >= 2"], 2),
        ("y", "maximize", ["x * y == 5"], 5),
    ],
)
def test_products(objective: str, sense: str, rules: list[str], wanted: float | str) -> None:
    if wanted == "NonlinearError":
        with pytest.raises(NonlinearError):
            model_of(objective, sense)
    else:
        assert optimum(objective, sense, *rules) == pytest.approx(wanted)


def test_a_product_is_made_once() -> None:
    once = model_of("b * r")
    thrice = model_of("b * r + 2 * r * b - b * r * 0.5")
    assert (once.columns, once.rows) == (thrice.columns, thrice.rows)


@pytest.mark.parametrize(
    "objective", ["r * r - s", "s * s * b", "r / s", "2 ** r", "r ** 0.5", "exp(r)", "s % 2"]
)
def test_what_arrays_cannot_say(objective: str) -> None:
    with pytest.raises(FormulationError) as caught:
        model_of(objective, r={"upper": 2}, s={"upper": 2}, b={"type": "binary"})
    assert caught.value.element == "objective objective"


@pytest.mark.parametrize(
    ("objective", "sense", "rules", "wanted"),
    [
        ("max(x, y)", "minimize", ["x + y >= 5"], 3),
        ("max(x, y)", "maximize", ["x + y <= 5"], 6),
        ("min(x, y)", "maximize", ["x + y <= 5"], 2),
        ("min(x, y)", "minimize", [], -3),
        ("-max(x, y)", "maximize", ["x + y >= 5"], -3),
        ("-2 * max(x, y) / 4", "minimize", [], -3),
        ("abs(x)", "maximize", [], 5),
        ("abs(x - 1.5)", "minimize", [], 0.5),
        ("y - abs(x - y)", "maximize", ["x <= 2"], 2),
        ("y", "maximize", ["abs(x) + abs(y - 2) <= 3"], 5),
        ("y", "maximize", ["y <= abs(x) - 1"], 4),
        ("r", "maximize", ["max(r, 2) == 2"], 2),
        ("r", "minimize", ["max(r, 2) >= 3"], 3),
        ("max(min(x, 2), min(y, 3))", "maximize", [], 3),
        ("max(3, 2 * 2)", "maximize", [], 4),
        ("max(x, 3) + min(y, 3)", "minimize", [], 3),
        ("max(x, y, r) - min(x, y, r)", "minimize", ["x == 4", "y == 1"], 3),
        ("sum(max(x - k, 0) for k in range(3))", "minimize", ["x >= 2"], 3),
        ("max(k * b - x for k in range(3))", "minimize", ["x <= 1"], -1),
        ("max(x)", "minimize", [], -3),
    ],
)
def test_extremes(objective: str, sense: str, rules: list[str], wanted: float) -> None:
    assert optimum(objective, sense, *rules) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("objective", "sense"),
    [
        ("max(r, s)", "minimize"),
        ("min(r, s)", "maximize"),
        ("abs(r)", "minimize"),
        ("-abs(r - s)", "maximize"),
        ("3 - max(r, s) / 2", "maximize"),
    ],
)
def test_what_pulls_the_right_way_needs_no_binaries(objective: str, sense: str) -> None:
    assert not model_of(objective, sense, r={}, s={"lower": None}).integer.any()


def test_what_does_not_needs_bounds_and_says_of_what() -> None:
    with pytest.raises(FormulationError, match="give s an upper"):
        model_of("max(r, s)", "maximize", r={"upper": 4}, s={})


POINTS = "[(-2, 4), (0, 0), (1, 3), (4, 0)]"


@pytest.mark.parametrize(
    ("objective", "sense", "rules", "wanted"),
    [
        (f"piecewise(r, {POINTS})", "maximize", [], 4),
        (f"piecewise(r, {POINTS})", "minimize", ["r >= 0.5"], 0),
        (f"piecewise(r, {POINTS})", "minimize", ["0.25 <= r", "r <= 2"], 0.75),
        (f"piecewise(r, {POINTS}) - 3 * r", "minimize", [], -12),
        (f"-piecewise(r, {POINTS})", "maximize", ["r == -1"], -2),
        (f"r + piecewise(x, {POINTS})", "maximize", ["r + x <= 3", "x >= 1"], 2 + 3),
        ("r", "maximize", [f"piecewise(r, {POINTS}) >= 1.5"], 2.5),
        ("piecewise(r + b, [(0, 0), (1, 1), (5, 2)])", "maximize", [], 2),
        ("piecewise(r, [(0, 0), (1, 1), (2, 2)])", "maximize", ["r >= 3"], "infeasible"),
        ("sum(piecewise(r, [(k - 2, 0), (k + 4, 6)]) for k in range(1))", "maximize", [], 6),
    ],
)
def test_piecewise(objective: str, sense: str, rules: list[str], wanted: float | str) -> None:
    found = optimum(objective, sense, *rules)
    assert found == (wanted if isinstance(wanted, str) else pytest.approx(wanted))


@pytest.mark.parametrize(
    ("objective", "sense", "binaries"),
    [
        ("piecewise(r, [(0, 0), (1, 1), (2, 3)])", "minimize", False),
        ("piecewise(r, [(0, 0), (1, 1), (2, 3)])", "maximize", True),
        ("piecewise(r, [(0, 0), (1, 2), (2, 3)])", "maximize", False),
        ("piecewise(r, [(0, 0), (1, 2), (2, 3)])", "minimize", True),
    ],
)
def test_piecewise_needs_binaries_only_where_it_bends_the_wrong_way(
    objective: str, sense: str, binaries: bool
) -> None:
    assert model_of(objective, sense, r={"upper": 2}).integer.any() == binaries


CHOICES: dict[str, Any] = {
    "sets": {"K": [1, 2, 5], "J": ["u", "v"], "T": [["u", 1], ["v", 2]]},
    "parameters": {
        "p": {"over": "K", "values": [4, 9, -2]},
        "q": {"over": "J, K", "values": [[1, 2, 3], [6, 5, 4]]},
        "t": {"over": "T", "values": [1, 2]},
        "f": {"over": "J", "values": [1, 2]},
    },
    "variables": {
        "k": {"type": "integer", "upper": 9},
        "z": {"over": "i in K", "upper": "i"},
        "b": {"type": "binary"},
    },
}


@pytest.mark.parametrize(
    ("objective", "sense", "rules", "wanted"),
    [
        ("p[k]", "maximize", [], 9),
        ("p[k] + k", "minimize", [], 3),
        ("p[k + 1]", "maximize", ["k <= 1"], 9),
        ("q['v', k] - q['u', k]", "maximize", [], 5),
        ("sum(q[j, k] for j in J)", "minimize", [], 7),
        ("z[k]", "maximize", [], 5),
        ("k", "maximize", ["z[k] <= 1", "z[2] == 2", "z[5] >= 2"], 1),
        ("k", "maximize", ["p[k] >= 1"], 2),
        ("k", "maximize", ["not (p[k] >= 1)"], 5),
        ("k", "minimize", ["k >= 3"], 3),
        ("p[k]", "minimize", ["k >= 6"], "infeasible"),
        ("p[b + 1]", "maximize", [], 9),
    ],
)
def test_look_ups(objective: str, sense: str, rules: list[str], wanted: float | str) -> None:
    assert optimum(objective, sense, *rules, **CHOICES) == wanted


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        ("f[k]", "J has members that are no figures"),
        ("t['u', k]", "a part of a tuple cannot be decided"),
        ("q[k, k]", "only one subscript can be decided"),
    ],
)
def test_look_ups_that_cannot_be(objective: str, words: str) -> None:
    with pytest.raises(FormulationError, match=words):
        optimum(objective, **CHOICES)


def test_derived_bounds_keep_the_big_figures_small() -> None:
    parts: dict[str, Any] = {"r": {}, "b": {"type": "binary"}}
    data: dict[str, Any] = {
        "variables": parts,
        "constraints": {"cap": "2 * r + 3 <= 23"},
        "objective": {"maximize": "b * r"},
    }
    model = compile_instance(Instance(Formulation.read(data))).model
    assert np.abs(model.values).max() == pytest.approx(10, rel=1e-5)


def test_conditional_expressions_of_what_is_known() -> None:
    parts: dict[str, Any] = {"sets": {"T": "range(4)"}, "variables": {"s": {"over": "T", "upper": 9}}}
    rules = {"flow": {"forall": "t in T", "rule": "s[t] == (s[t - 1] + 2 if t > 0 else 1)"}}
    assert best("s[3]", **parts, constraints=rules) == 7

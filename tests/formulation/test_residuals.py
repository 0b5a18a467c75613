"""The check of a solution by the formulation itself, apart from what the compiler made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.residuals import Violation, figure_at, find_violations
from tests.formulation.small import instance_of

WHOLE = {"type": "integer", "lower": -99, "upper": 99}


def violations(rule: Any, variables: dict[str, Any], **values: Any) -> list[Violation]:
    instance = Instance(
        Formulation.read({"sets": {"S": ["a", "b"]}, "variables": variables, "constraints": {"c": rule}})
    )
    return find_violations(
        instance, {name: np.atleast_1d(np.asarray(v, dtype=float)) for name, v in values.items()}
    )


def missed(rule: Any, type_: str, x: float, y: float = 0) -> float:
    """By how much a constraint of two variables is missed."""
    one = {"type": type_, "lower": None}
    found = violations(rule, {"x": one, "y": one}, x=x, y=y)
    return found[0].amount if found else 0


@pytest.mark.parametrize(
    ("rule", "x", "y", "wanted"),
    [
        ("x <= 3", 3, 0, 0),
        ("x <= 3", 5, 0, 2),
        ("x >= 3", 1, 0, 2),
        ("x == 3", 1, 0, 2),
        ("x == 3", 4.5, 0, 1.5),
        ("1 <= x <= 3", 7, 0, 4),
        ("x + y == 2 * x", 3, 1, 2),
        ("abs(x) <= y", -4, 1, 3),
        ("max(x, y) <= 2", 1, 3.5, 1.5),
        ("x * y <= 6", 3, 4, 6),
        ("not x <= 3", 1, 0, 2),
        ("x <= 1 and y <= 1", 3, 2, 2),
        ("x <= 1 or y <= 1", 3, 2, 1),
        ("implies(x >= 2, y >= 5)", 3, 1, 1),
        ("implies(x >= 2, y >= 5)", 3, 4.5, 0.5),
        ("implies(x >= 2, y >= 5)", 1, 0, 0),
        ("all(x <= 1, y <= 1)", 3, 2, 2),
        ("any(x <= 1, y <= 1)", 3, 2, 1),
        ("iff(x >= 2, y >= 2)", 3, 1, 1),
        ("exactly(1, x >= 2, y >= 2)", 3, 3, 1),
        ("at_least(2, x >= 2, y >= 2)", 3, 1, 1),
        ("count(x >= 2, y >= 2) <= 1", 3, 3, 1),
    ],
)
def test_amounts(rule: str, x: float, y: float, wanted: float) -> None:
    assert missed(rule, "real", x, y) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("rule", "x"),
    [
        ("x < 3", 3),
        ("x > 3", 3),
        ("not x <= 3", 3),
        ("x != 3", 3),
        ("0.5 * x < 1.5", 3),
        ("implies(x >= 3, y >= 1)", 3),
        ("exactly(0, x >= 3)", 3),
    ],
)
def test_boundaries_count_between_whole_numbers(rule: str, x: float) -> None:
    assert missed(rule, "integer", x) == 1
    assert missed(rule, "real", x) == (1 if "!=" in rule else 0)


@pytest.mark.parametrize("value", [4 - 1e-8, 4, 4 + 1e-8])
@pytest.mark.parametrize(
    "rule",
    [
        "exactly(1, x >= 4)",
        "exactly(0, x >= 4)",
        "count(x >= 4) == 1",
        "count(x >= 4) == 0",
        "iff(x >= 4, y >= 1)",
        "not iff(x >= 4, y >= 1)",
    ],
)
def test_a_real_at_its_boundary_may_count_or_not(rule: str, value: float) -> None:
    assert missed(rule, "real", value) == 0


def test_bounds_and_whole_numbers_are_checked() -> None:
    variables: dict[str, Any] = {"x": {"type": "integer", "upper": 3}, "y": {"over": "S", "upper": 2}}
    found = violations("x >= 0", variables, x=1.25, y=[1, 5])
    assert found == [
        Violation("variable x", "", 0.25),
        Violation("variable y", "b", 3),
    ]


def test_the_worst_row_is_named_with_its_sentence() -> None:
    rule = {"forall": "i in S", "rule": "x[i] <= 1", "source": "One each."}
    found = violations(rule, {"x": {"over": "S", "upper": 99}}, x=[3, 7])
    assert found == [Violation("constraint c", "b", 6, "One each.")]


@pytest.mark.parametrize(("x", "holds"), [(1e8 + 100, True), (1e8 + 10_000, False)])
def test_the_tolerance_grows_with_what_is_compared(x: float, holds: bool) -> None:
    assert (missed("x <= 1e8", "real", x) == 0) == holds


def test_soft_constraints_may_be_missed() -> None:
    assert missed({"rule": "x <= 1", "penalty": 3}, "real", 5) == 0


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("all(x <= 1 for i in S if i == 'z')", True),
        ("any(x <= 99 for i in S if i == 'z')", False),
        ("not any(x <= 99 for i in S if i == 'z')", True),
        ("x in [5, 6]", True),
        ("x in [6]", False),
    ],
)
def test_of_nothing_and_of_lists(rule: str, holds: bool) -> None:
    assert (missed(rule, "integer", 5) == 0) == holds


@pytest.mark.parametrize("k", [2, 7])
def test_a_look_up_under_no_member_is_broken(k: float) -> None:
    parts: dict[str, Any] = {
        "sets": {"K": [1, 2]},
        "parameters": {"p": {"over": "K", "values": [5, 6]}},
        "variables": {"k": WHOLE},
        "constraints": {"c": "p[k] >= 1"},
    }
    found = find_violations(Instance(Formulation.read(parts)), {"k": np.array([float(k)])})
    assert bool(found) == (k == 7)


def test_figures_at_a_solution() -> None:
    instance = instance_of(variables={"x": {"over": "S"}}, sets={"S": ["a", "b"]})
    arrays = {"x": np.array([2.0, 3.0])}
    assert figure_at(instance, arrays, "sum(x[i] for i in S) ** 2") == 25
    assert figure_at(instance, arrays, "count(x[i] >= 3 for i in S)") == 1
    assert figure_at(instance, arrays, "max(x[i] for i in S) if x['a'] < 5 else 0") == 3

"""Malformed formulations are refused by an error that names the element; no other exception gets out."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from agentkit.errors import FormulationError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.solve import solve
from agentkit.solvers.highs import SolveLimits
from tests.formulation.malformed import BASES, faulty_formulations

PATIENCE = SolveLimits(seconds=0.5)

TOY: dict[str, Any] = {
    "sets": {"plants": ["a", "b"], "days": "range(1, 4)"},
    "parameters": {"cost": {"over": "plants", "values": {"a": 1, "b": 2}}, "most": 9},
    "variables": {"x": {"over": "p in plants", "upper": "most"}, "k": {"type": "integer", "upper": 5}},
    "expressions": {"total": "sum(x[p] for p in plants)"},
    "constraints": {"cap": "total <= most", "each": {"forall": "p in plants", "rule": "x[p] <= cost[p] * k"}},
    "objective": {"maximize": "total - k"},
}


def with_part(kind: str, name: str, value: Any) -> dict[str, Any]:
    """The toy with another element."""
    data = copy.deepcopy(TOY)
    data[kind] = value if not name else {**data.get(kind, {}), name: value}
    return data


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown name": (with_part("constraints", "cap", "totle <= most"), "constraint cap"),
    "unknown set": (with_part("variables", "x", {"over": "p in plnts"}), "variable x"),
    "unknown function": (with_part("constraints", "cap", "summe(x) <= 3"), "constraint cap"),
    "unknown member": (with_part("constraints", "cap", "x['c'] <= 3"), "constraint cap"),
    "unknown member in values": (
        with_part("parameters", "cost", {"over": "plants", "values": {"c": 1}}),
        "parameter cost",
    ),
    "unknown field": (with_part("constraints", "cap", {"rule": "k <= 1", "sense": "<="}), "constraint cap"),
    "unknown part": (with_part("constraint", "", {}), "constraint"),
    "missing rule": (with_part("constraints", "cap", {"forall": "p in plants"}), "constraint cap"),
    "missing values": (with_part("parameters", "most", {}), "parameter most"),
    "missing sense": (with_part("objective", "", {"expression": "k"}), "objective"),
    "too few subscripts": (with_part("constraints", "cap", "x <= 3"), "constraint cap"),
    "too many subscripts": (with_part("constraints", "cap", "x['a', 1] <= 3"), "constraint cap"),
    "too many values": (
        with_part("parameters", "cost", {"over": "plants", "values": [1, 2, 3]}),
        "parameter cost",
    ),
    "values too deep": (
        with_part("parameters", "cost", {"over": "plants", "values": {"a": {"b": 1}}}),
        "parameter cost",
    ),
    "a word for a figure": (with_part("parameters", "most", "many"), ""),
    "a list for a rule": (with_part("constraints", "cap", ["k <= 1"]), "constraint cap"),
    "a figure for variables": (with_part("variables", "", 3), "variables"),
    "no type": (with_part("variables", "k", {"type": "natural"}), "variable k"),
    "no comparison": (with_part("constraints", "cap", "total + 1"), "constraint cap"),
    "broken syntax": (with_part("constraints", "cap", "total <="), "constraint cap"),
    "open bracket": (with_part("constraints", "cap", "sum(x[p] for p in plants <= 3"), "constraint cap"),
    "single equals sign": (with_part("constraints", "cap", "k = 3"), "constraint cap"),
    "a name twice": (with_part("expressions", "x", "k"), "expression x"),
    "a word of the language": (with_part("variables", "sum", {}), "variable sum"),
    "no name": (with_part("variables", "x-1", {}), "variable x-1"),
    "an empty name": (with_part("variables", "", {"": {}}), "variable"),
    "itself": (with_part("expressions", "total", "total + 1"), "expression total"),
    "a circle": (with_part("expressions", "", {"total": "other", "other": "total"}), "expression total"),
    "a set of itself": (with_part("sets", "plants", "{p for p in plants}"), "set plants"),
    "crossed bounds": (with_part("variables", "k", {"lower": 3, "upper": 2}), "variable k"),
    "endless bound": (with_part("variables", "k", {"lower": "inf", "upper": "inf"}), "variable k"),
    "a bound that is decided": (with_part("variables", "k", {"upper": "total"}), "variable k, upper"),
    "a bound that is no figure": (with_part("variables", "k", {"upper": "'a'"}), "variable k, upper"),
    "a condition that is decided": (
        with_part("constraints", "each", {"forall": "p in plants if x[p] > 1", "rule": "k <= 1"}),
        "constraint each",
    ),
    "division by nothing": (with_part("constraints", "cap", "k / 0 <= 1"), "constraint cap"),
    "an attribute": (with_part("constraints", "cap", "k.real <= 1"), "constraint cap"),
    "dunders": (with_part("constraints", "cap", "k.__class__.__mro__ == 1"), "constraint cap"),
    "a lambda": (with_part("constraints", "cap", "(lambda: 1)() <= k"), "constraint cap"),
    "an import": (with_part("constraints", "cap", "__import__('os').system('true') == 0"), "constraint cap"),
    "an assignment": (with_part("constraints", "cap", "(y := 3) <= k"), "constraint cap"),
    "a formatted text": (with_part("constraints", "cap", "f'{k}' == '1'"), "constraint cap"),
    "a star": (with_part("constraints", "cap", "max(*plants) <= k"), "constraint cap"),
    "a large figure": (with_part("constraints", "cap", f"k <= {10**40}"), "constraint cap"),
    "a figure that is too large": (with_part("parameters", "most", 10**400), "parameter most"),
    "a tower of powers": (with_part("constraints", "cap", "k <= 10 ** 10 ** 10"), "constraint cap"),
    "a long range": (with_part("sets", "plants", "range(10 ** 12)"), "set plants"),
    "a step of nothing": (with_part("sets", "plants", "range(1, 9, 0)"), "set plants"),
    "deep brackets": (with_part("constraints", "cap", f"{'(' * 300}k{')' * 300} <= 1"), "constraint cap"),
    "many signs": (with_part("constraints", "cap", f"{'-' * 900}k <= 1"), "constraint cap"),
    "many negations": (with_part("constraints", "cap", f"{'not ' * 900}k"), "constraint cap"),
    "a long text": (with_part("constraints", "cap", "k" * 30_000), "constraint cap"),
    "a null byte": (with_part("constraints", "cap", "k <= 1\0"), "constraint cap"),
    "a member twice": (with_part("sets", "plants", ["a", "a"]), "set plants"),
    "members of two kinds": (with_part("sets", "plants", ["a", ["b", "c"]]), "set plants"),
    "no member": (with_part("sets", "plants", ["a", None]), "set plants"),
    "nothing to decide": ({"objective": {"minimize": "1"}}, "variables"),
    "no table": (with_part("sets", "plants", {"data": {"table": "none.csv", "keys": ["p"]}}), "set plants"),
    "two objectives": (with_part("objectives", "", [{"minimize": "k"}]), "objective"),
    "two objectives of a name": (
        {"variables": {"k": {}}, "objectives": [{"minimize": "k", "name": "o"}] * 2},
        "objective o",
    ),
    "a negative penalty": (
        with_part("constraints", "cap", {"rule": "k <= 1", "penalty": -1}),
        "constraint cap, penalty",
    ),
    "planning beside variables": (
        with_part(
            "planning", "", {"fluents": {"f": {}}, "actions": {"a": {"effects": "f()"}}, "goal": "f()"}
        ),
        "planning",
    ),
}


def test_the_toy_and_the_bases_are_valid() -> None:
    assert solve(Formulation.read(TOY)).status == "optimal"
    for base in BASES:
        assert solve(Formulation.read(base.data), limits=PATIENCE).found


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_refused_and_named(case: str) -> None:
    data, element = CASES[case]
    with pytest.raises(FormulationError) as caught:
        solve(Formulation.read(data), limits=PATIENCE)
    assert caught.value.element.startswith(element)
    assert caught.value.element
    assert caught.value.element in str(caught.value)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(faulty_formulations())
def test_whatever_is_wrong_only_that_error_comes_out(data: Any) -> None:
    """What a fault leaves valid is solved, and the solution passes its check."""
    try:
        solution = solve(Formulation.read(data), limits=PATIENCE)
    except FormulationError as error:
        assert error.element
    else:
        assert solution.violations == ()

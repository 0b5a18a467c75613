"""Faults that show before any data are looked at."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.names import check_names, decision_names, find_faults

BASE: dict[str, Any] = {
    "sets": {"I": ["a", "b"], "J": "range(3)"},
    "parameters": {"cap": 4, "cost": {"over": "I", "values": {"a": 1, "b": 2}}},
    "variables": {"x": {"over": "i in I", "upper": "cost[i]"}, "y": {}},
    "expressions": {"total": "sum(x[i] for i in I)", "fixed": "2 * cap"},
    "constraints": {"limit": "total + y <= fixed"},
    "objective": {"maximize": "total"},
}


def faults(**changed: Any) -> list[str]:
    return [str(fault) for fault in find_faults(Formulation.read({**BASE, **changed}))]


def test_nothing_is_wrong_with_a_good_formulation() -> None:
    assert faults() == []


def test_expressions_of_variables_are_decided_too() -> None:
    chain = {"one": "2 * two", "two": "total + 1", "total": "x['a']", "known": "cap + 1"}
    found = decision_names(Formulation.read({**BASE, "expressions": chain}))
    assert found == {"x", "y", "one", "two", "total"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"constraints": {"c": "z <= 1"}}, "constraint c, character 1: there is nothing called z"),
        ({"constraints": {"c": "x[a] <= 1"}}, "quote it: 'a'"),
        ({"constraints": {"c": "cost(i) <= y"}}, "write cost[…]"),
        ({"constraints": {"c": "summe(y) <= 1"}}, "there is no function summe"),
        ({"constraints": {"c": {"forall": "i in K", "rule": "y <= 1"}}}, "nothing called K"),
        ({"constraints": {"c": {"forall": "cap in J", "rule": "y <= 1"}}}, "also the name of a parameter"),
        (
            {"constraints": {"c": {"forall": "i in I if y > 1", "rule": "y <= 1"}}},
            "y is decided by the solver",
        ),
        ({"constraints": {"c": {"rule": "y <= 1", "penalty": "total"}}}, "total is decided by the solver"),
        ({"constraints": {"c": "sum(x[i] for i in I) + i <= 1"}}, "nothing called i"),
        ({"constraints": {"c": "sum(x[i] for i in I if k > 1) <= 1"}}, "nothing called k"),
        ({"constraints": {"c": "y <= "}}, "cannot be read"),
        ({"constraints": [{"name": "c", "rule": "y <= 1"}] * 2}, "several of this name"),
        ({"variables": {"x": {"over": "I", "upper": "y"}, "y": {}}}, "y is decided by the solver"),
        ({"variables": {"x": {"over": "K"}}}, "nothing called K"),
        ({"variables": {}}, "there are no variables"),
        ({"variables": {"cap": {}}}, "already the name of a parameter"),
        ({"variables": {"sum": {}}}, "means something in the language"),
        ({"variables": {"lambda": {}}}, "means something in the language"),
        ({"variables": {"inf": {}}}, "means something in the language"),
        ({"sets": {"I": "{i for i in range(3) if i < y}", "J": []}}, "y is decided by the solver"),
        ({"expressions": {"total": "fixed", "fixed": "total + 1"}}, "defined by itself"),
        ({"expressions": {"total": {"over": "i in K", "value": "1"}, "fixed": "1"}}, "nothing called K"),
        (
            {"objective": {"maximize": "totl"}},
            "objective objective, character 1: there is nothing called totl",
        ),
    ],
)
def test_a_fault_is_found(changed: dict[str, Any], words: str) -> None:
    found = faults(**changed)
    assert any(words in fault for fault in found), found


def test_all_faults_are_found_and_the_first_is_raised() -> None:
    bad = Formulation.read({**BASE, "constraints": {"c": "z <= 1", "d": "y <= w"}})
    assert [fault.element for fault in find_faults(bad)] == ["constraint c", "constraint d"]
    with pytest.raises(FormulationError, match="called z"):
        check_names(bad)


def test_a_planning_block_stands_alone() -> None:
    block = {"fluents": {"done": ""}, "actions": {"do": {"effects": "done"}}, "goal": "done"}
    assert any("stands alone" in fault for fault in faults(planning=block))


def test_an_index_may_have_the_name_of_another_index() -> None:
    nested = "sum(sum(x[i] for i in I) for i in J) <= 1"
    assert faults(constraints={"c": {"forall": "i in I", "rule": nested}}) == []

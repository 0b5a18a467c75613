"""Reading formulations from plain data, in the forms that people and models write."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.elements import Constraint
from agentkit.formulation.formulation import Formulation

LISTS: dict[str, Any] = {
    "sets": [{"name": "I", "members": [1, 2]}],
    "parameters": [{"name": "cap", "values": 4}, {"name": "cost", "over": "I", "values": {"1": 3, "2": 5}}],
    "variables": [{"name": "x", "over": "I", "type": "integer", "upper": "cap"}],
    "expressions": [{"name": "total", "value": "sum(x[i] for i in I)"}],
    "constraints": [{"name": "few", "rule": "total <= 3"}],
    "objectives": [{"sense": "maximize", "expression": "sum(cost[i] * x[i] for i in I)"}],
}
MAPPINGS: dict[str, Any] = {
    "sets": {"I": [1, 2]},
    "parameters": {"cap": 4, "cost": {"over": ["I"], "values": {"1": 3, "2": 5}}},
    "variables": {"x": {"over": "I", "type": "integer", "upper": "cap"}},
    "expressions": {"total": "sum(x[i] for i in I)"},
    "constraints": {"few": "total <= 3"},
    "objective": {"maximize": "sum(cost[i] * x[i] for i in I)"},
}


def test_lists_and_mappings_say_the_same() -> None:
    assert Formulation.read(LISTS) == Formulation.read(MAPPINGS)


def test_a_formulation_survives_json() -> None:
    whole = Formulation.read(MAPPINGS)
    assert Formulation.model_validate_json(whole.model_dump_json()) == whole


def test_elements_are_counted_in_the_order_of_their_kinds() -> None:
    assert [e.name for e in Formulation.read(MAPPINGS).elements] == [
        *("I", "cap", "cost", "x", "total", "few", "objective"),
    ]


@pytest.mark.parametrize("value", [7, "demand", [1, 2], {"a": 1}, {"a": {"x": 1}}])
def test_a_bare_value_stands_for_a_parameter(value: Any) -> None:
    assert Formulation.read({"parameters": {"p": value}}).parameters[0].values == value


def test_a_variable_may_be_given_by_its_type_alone() -> None:
    assert Formulation.read({"variables": {"x": "binary"}}).variables[0].type == "binary"


def test_figures_stand_for_formulas() -> None:
    formulation = Formulation.read(
        {"variables": {"x": {"lower": -1, "upper": 2.5}}, "objective": {"minimize": 3}}
    )
    variable = formulation.variables[0]
    assert (variable.lower, variable.upper, formulation.objectives[0].expression) == ("-1", "2.5", "3")


def test_several_objectives_get_names_of_their_own() -> None:
    read = Formulation.read(
        {"objectives": [{"maximize": "x"}, {"minimize": "y"}, {"sense": "minimize", "expression": "z"}]}
    )
    assert [o.name for o in read.objectives] == ["objective", "objective_2", "objective_3"]


def test_no_objective_is_allowed() -> None:
    assert Formulation.read({"objective": None}).objectives == ()


def test_an_answer_is_a_text_or_lines() -> None:
    one = Formulation.read({"answer": "{x} cakes"})
    several = Formulation.read({"answer": ["{x} cakes", {"text": "{y}", "when": "y > 1"}]})
    assert [line.text for line in one.answer] == ["{x} cakes"]
    assert [line.when for line in several.answer] == ["", "y > 1"]
    assert Formulation.read({"answer": ""}).answer == ()


@pytest.mark.parametrize(
    ("data", "element", "words"),
    [
        ({"sets": [{"name": "bad name", "members": []}]}, "set bad name", "name"),
        ({"variables": {"x": {"type": "whole"}}}, "variable x", "type"),
        ({"variables": {"x": "whole"}}, "variable x", "type"),
        ({"constraints": {"c": {"forall": "i in I"}}}, "constraint c", "rule"),
        ({"constraints": [{"rule": "x <= 1"}]}, "constraint 1", "name"),
        ({"parameters": {"p": {"over": 3, "values": 1}}}, "parameter p", "over"),
        ({"objective": {"expression": "x"}}, "objective", "sense"),
        ({"objective": {"minimize": "x"}, "objectives": [{"minimize": "y"}]}, "objective", "either"),
        ({"nonsense": 1}, "nonsense", "not permitted"),
        ({"variables": {"x": {"uper": 3}}}, "variable x", "uper"),
        ({"variables": 7}, "variables", ""),
        ("x <= 3", "", ""),
        ([], "", ""),
        (None, "", ""),
    ],
)
def test_a_fault_names_the_element_and_the_field(data: Any, element: str, words: str) -> None:
    with pytest.raises(FormulationError) as caught:
        Formulation.read(data)
    assert element in (caught.value.element or "")
    assert words in str(caught.value)


def test_several_faults_are_counted() -> None:
    with pytest.raises(FormulationError, match="1 more"):
        Formulation.read({"variables": {"x": "whole", "y": "part"}})


def test_elements_remember_their_sentence() -> None:
    limit = Constraint(name="limit", rule="x <= 3", source="Three at most.")
    assert Formulation.read({"constraints": [limit]}).constraints[0].source == "Three at most."


def test_planning_blocks_may_be_mappings() -> None:
    block = Formulation.read(
        {
            "planning": {
                "fluents": {"at": "places"},
                "actions": {"go": {"over": "p in places", "pre": "not at(p)", "effects": ["at(p)"]}},
                "start": "at(home)",
                "goal": "at(work)",
            }
        }
    ).planning
    assert block is not None
    assert (block.fluents[0].over, block.actions[0].pre, block.goal) == (
        "places",
        ("not at(p)",),
        ("at(work)",),
    )

"""What-if edits: what they change, how they are typed, and what is said of their effect."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from agentkit.errors import FormulationError
from agentkit.formulation.editing.apply_edits import apply_edits
from agentkit.formulation.editing.edit_text import read_edits
from agentkit.formulation.editing.edits import (
    AddEdit,
    AnyEdit,
    FixEdit,
    JoinEdit,
    RemoveEdit,
    ReplaceEdit,
    ScaleEdit,
    SetEdit,
    ShiftEdit,
)
from agentkit.formulation.editing.what_if import what_if
from agentkit.formulation.elements import Constraint, Objective
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.reading.files import formulation_of_text, formulation_to_text
from agentkit.formulation.solve import solve
from agentkit.formulation.task_data import TaskData
from tests.formulation.examples import EXAMPLES

COFFEE = """
sets:
  roasters: [a, b, New York]
  cafes: [cafe1, cafe2]
  cheap: "{(r, c) for r in roasters for c in cafes if cost[r, c] < 9}"
  days: range(1, 4)
parameters:
  cost: {over: "roasters, cafes", values: [[3, 4], [5, 2], [8, 10]]}
  capacity: {over: roasters, values: {a: 50, b: 60, New York: 70}, source: Each roaster has a capacity.}
  demand: {over: cafes, data: orders}
  budget: 1000
  home: {values: a}
variables:
  ship: {over: "roasters, cafes", upper: 90}
  open: {over: r in roasters, type: binary}
  spare: {upper: 5}
constraints:
  limit: {forall: r in roasters, rule: "sum(ship[r, c] for c in cafes) <= capacity[r] * open[r]"}
  met: {forall: c in cafes, rule: "sum(ship[r, c] for r in roasters) >= demand[c]"}
  money: sum(cost[r, c] * ship[r, c] for r in roasters for c in cafes) + spare <= budget
objective:
  minimize: >-
    sum(cost[r, c] * ship[r, c] for r in roasters for c in cafes)
    + 20 * sum(open[r] for r in roasters)
"""
DATA = TaskData({"orders": {"cafe1": 40, "cafe2": 55}})
BEFORE = 270.0


@pytest.fixture(scope="module")
def coffee() -> Formulation:
    return formulation_of_text(COFFEE)


def optimum(formulation: Formulation, text: str) -> float | None:
    return solve(apply_edits(formulation, read_edits(text), DATA), DATA).objective


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("budget += 100", 270),
        ("demand[cafe2] *= 1.29", 348.55),
        ("demand[cafe2] = 55*1.29", 348.55),
        ("demand[cafe2] += 29%", 348.55),
        ("demand *= 110%", 294),
        ("demand = {cafe2: 70.95}", 348.55),
        ("capacity[New York] /= 2", 270),
        ("capacity[b] -= 20", 345),
        ("cost[a, *] += 1", 310),
        ("cost['a', cafe1] = cost[b, cafe1]", 350),
        ("budget = 1.1 * budget", 270),
        ("fix open[b] = 0", 610),
        ("open[b] = 0", 610),
        ("fix ship[a, *] = 0", 455),
        ("fix spare = 3; fix open = 1", 290),
        ("drop limit", 230),
        ("drop limit[a]", 250),
        ("drop limit[a]; drop limit[b]", 230),
        ("drop limit[*]", 230),
        ("drop roasters[a]", 455),
        ("drop roasters[New York]", 270),
        ("drop cafes[cafe1]; drop days[2]", 130),
        ("roasters = [a, b]", 270),
        ("add c to roasters; capacity[c] = 200; cost[c, *] = 1", 115),
        ("ship[a, cafe1] + ship[b, cafe1] <= 30", 340),
        ("add few: ship[r, cafe1] <= 20 for r in roasters if r != 'b'", 340),
        ("implies(open[b], not open[a])", 455),
        ("upper(ship[a, cafe1]) = 5", 400),
        ("upper(ship[a, *]) = capacity[a] / 2", 320),
        ("lower(ship[*, cafe2]) = 10", 390),
        ("upper(ship) = none", 270),
        ("maximize spare", 5),
        ("minimise: spare + ship[a, cafe2]", 0),
        ("objective = 2 * spare", 0),
        ("drop met; drop money", 0),
    ],
)
def test_edits_as_they_are_typed(coffee: Formulation, text: str, expected: float) -> None:
    assert optimum(coffee, text) == pytest.approx(expected)


def test_the_formulation_that_is_edited_stays_as_it_is(coffee: Formulation) -> None:
    before = formulation_to_text(coffee)
    apply_edits(coffee, read_edits("demand *= 2; drop limit[a]; fix open[b] = 0"), DATA)
    assert formulation_to_text(coffee) == before
    assert solve(coffee, DATA).objective == pytest.approx(BEFORE)


def test_an_edited_formulation_can_be_written_and_read(coffee: Formulation) -> None:
    text = "demand[cafe2] *= 1.29; drop limit[a]; fix ship[a, *] = 0; upper(ship[b, *]) = 80"
    edited = apply_edits(coffee, read_edits(text), DATA)
    assert formulation_of_text(formulation_to_text(edited)) == edited


def test_what_was_changed_stands_in_the_source(coffee: Formulation) -> None:
    edits = read_edits("capacity[a] = 40; ship[a, cafe1] <= 30; fix open[b] = 1")
    edited = {element.name: element.source for element in apply_edits(coffee, edits, DATA).elements}
    assert edited["capacity"] == "Each roaster has a capacity. (what if: capacity[a] = 40)"
    assert edited["what_if_2"] == "what if: add what_if_2: ship[a, cafe1] <= 30"
    assert edited["fixed_open_b"] == "what if: fix open[b] = 1"


def test_a_question_can_be_the_source(coffee: Formulation) -> None:
    edit = ScaleEdit(name="demand", members=("cafe2",), factor=1.29, source="What if cafe 2 needs 29 % more?")
    demand = next(p for p in apply_edits(coffee, [edit], DATA).parameters if p.name == "demand")
    assert demand.values == {"cafe1": 40, "cafe2": 70.95}
    assert (demand.data, demand.source) == (None, "What if cafe 2 needs 29 % more?")


def test_sparse_parameters_stay_sparse() -> None:
    data = {"sets": {"i": "range(100)", "j": "range(100)"}, "variables": {"x": {}}}
    data["parameters"] = {"c": {"over": "i, j", "values": {"3": {"4": 5}}, "default": 0}}
    edited = apply_edits(Formulation.read(data), read_edits("c[3, 4] *= 2; c[1, 2] = 7"))
    assert edited.parameters[0].values == {1: {2: 7}, 3: {4: 10}}


def test_symbols_are_members() -> None:
    data: dict[str, Any] = {"sets": {"p": ["a", "b"]}, "variables": {"x": {"over": "p", "upper": 4}}}
    data |= {"parameters": {"home": {"values": "a"}}, "constraints": {"no": "x[home] == 0"}}
    data |= {"objective": {"maximize": "x['a'] + 2 * x['b']"}}
    toy = Formulation.read(data)
    assert solve(toy).objective == 8
    assert solve(apply_edits(toy, read_edits("home = b"))).objective == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "demand[cafe3] *= 2",
            r"edit demand\[cafe3\] \*= 2: demand, subscript 1: .*did you mean cafe2 or cafe1",
        ),
        ("nope = 3", r"edit nope = 3: there is no parameter, variable or set called nope .*budget"),
        ("ship *= 2", r"edit ship \*= 2: there is no parameter called ship \(ship is a variable"),
        ("fix budget = 2", r"there is no variable called budget \(budget is a parameter"),
        ("capacity[a, b] = 2", r"capacity has 1 subscripts, not 2"),
        ("home *= 2", r"the values of home are no figures"),
        ("budget = spare", r"edit budget = spare, .*spare is decided by the solver"),
        ("capacity[a] = none", r"edit capacity\[a\] = none: None is no value"),
        ("upper(capacity) = 3", r"capacity is a parameter and has no bounds"),
        ("open[a] = a", r"open is a variable, which can be fixed to a figure"),
        ("drop money[a]", r"money holds once, for no members"),
        ("drop limit[c]", r"limit, subscript 1: there is no member c \(there are: a, b, New York\)"),
        ("drop nothing", r"there is no element called nothing"),
        ("drop ship", r"constraint limit, character 5: there is nothing called ship"),
        ("add a to roasters", r"a is a member of roasters already"),
        ("add a to cafe", r"there is no set called cafe"),
        ("add limit: spare <= 1", r"there is a constraint called limit already"),
        ("add few: ship[zzz, cafe1] <= 3", r"constraint few, character 6: there is nothing called zzz"),
        ("add few: ship[a <= 3", r"edit add few: ship\[a <= 3, character"),
        ("budget ** 2", r"edit budget \*\* 2, character 1: this is no edit"),
        ("x + y = 3", r"this is no edit \(write == in a condition\)"),
        ("budget = 1; demand *= x", r"edit demand \*= x, character 23: x is no figure"),
        ("budget /= 0", r"character 11: nothing can be divided by 0"),
        ("budget *= 1e999", r"finite"),
        ("fix open[a]", r"this is no edit"),
        (" ;; ", r"edit: no edit is given"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(coffee: Formulation, text: str, message: str) -> None:
    with pytest.raises(FormulationError, match=message) as caught:
        apply_edits(coffee, read_edits(text), DATA)
    assert caught.value.element


def test_a_new_member_needs_values(coffee: Formulation) -> None:
    edited = apply_edits(coffee, read_edits("add c to roasters"), DATA)
    with pytest.raises(FormulationError, match=r"capacity has no value for \[c\]"):
        solve(edited, DATA)


@pytest.mark.parametrize(
    "edit",
    [
        SetEdit(name="budget", value=3),
        SetEdit(name="ship", members=("a", "*"), value=None, bound="upper"),
        ScaleEdit(name="demand", members=("cafe1",), factor=2),
        ShiftEdit(name="budget", amount=-3),
        FixEdit(name="open", members=("a",), value=1),
        AddEdit(constraint=Constraint(name="c", rule="spare <= 1")),
        ReplaceEdit(objective=Objective(sense="maximize", expression="spare")),
        JoinEdit(index_set="roasters", member="c"),
        RemoveEdit(name="limit", members=("a",)),
    ],
    ids=lambda edit: edit.kind,
)
def test_edits_are_data(edit: AnyEdit) -> None:
    adapter: TypeAdapter[AnyEdit] = TypeAdapter(AnyEdit)
    assert adapter.validate_json(adapter.dump_json(edit)) == edit


def test_an_edit_brings_exactly_one_element() -> None:
    with pytest.raises(FormulationError, match="brings 0 elements"):
        AddEdit()
    with pytest.raises(FormulationError, match="brings 2 elements"):
        AddEdit(
            constraint=Constraint(name="c", rule="x <= 1"),
            objective=Objective(sense="minimize", expression="x"),
        )


def test_planning_problems_can_be_edited() -> None:
    blocks = next(one for one in EXAMPLES if one.name == "blocks.yaml").formulation
    goal = SetEdit(name="goal", value=["on(gold, red)"])
    assert solve(apply_edits(blocks, [goal])).objective == 2
    assert solve(apply_edits(blocks, [*read_edits("drop lift"), goal])).status == "infeasible"


def test_tuples_of_data_tables_are_overridden(coffee: Formulation) -> None:
    table = [{"r": "a", "c": "x", "v": 2}, {"r": "b", "c": "x", "v": 5}]
    data = TaskData(tables={"t.csv": table})
    toy = Formulation.read(
        {
            "sets": {"arcs": {"data": {"table": "t.csv", "keys": ["r", "c"]}}},
            "parameters": {
                "v": {"over": "arcs", "data": {"table": "t.csv", "keys": ["r", "c"], "value": "v"}}
            },
            "variables": {"x": {"over": "arcs", "upper": 1}},
            "objective": {"maximize": "sum(v[r, c] * x[r, c] for (r, c) in arcs)"},
        }
    )
    assert solve(apply_edits(toy, read_edits("v[b, *] += 10"), data), data).objective == 17
    assert solve(apply_edits(toy, read_edits("drop arcs[a, x]"), data), data).objective == 5


# What is said of it.


def told(formulation: Formulation, text: str, data: TaskData = DATA) -> list[str]:
    return what_if(formulation, read_edits(text), data).lines()


def test_a_comparison_names_what_changed_and_what_binds(coffee: Formulation) -> None:
    assert told(coffee, "demand[cafe2] *= 1.29") == [
        "objective: 270 before, 348.55 now (+78.55)",
        "ship[a, cafe2]: 0 before, 10.95 now",
        "ship[b, cafe2]: 55 before, 60 now",
        "open[New York]: 0 before, 1 now",
        "ship[a, cafe1]: 40 before, 39.05 now",
        "ship[New York, cafe1]: 0 before, 0.95 now",
        "binding now: limit[a], limit[b]",
        "no longer binding: limit[New York]",
        "The old plan no longer works: it would break met[cafe2] by 15.95.",
    ]


def test_several_edits_are_tried_alone_too(coffee: Formulation) -> None:
    lines = told(coffee, "fix open[b] = 0; demand *= 1.1")
    assert lines[-2:] == ["fix open[b] = 0 alone: 610 (+340)", "demand *= 1.1 alone: 294 (+24)"]


def test_without_effect_the_old_plan_is_still_the_best(coffee: Formulation) -> None:
    assert told(coffee, "budget += 100") == [
        "objective: 270 before, 270 now (no change)",
        "The old plan still works and gives 270; that is still the best.",
    ]


def test_an_infeasible_question_is_told(coffee: Formulation) -> None:
    assert told(coffee, "demand *= 5") == ["objective 270 before, infeasible now"]


LINEAR = Formulation.read(
    {
        "parameters": {"flour": 20, "price": 3},
        "variables": {"x": {}, "y": {"upper": 4}},
        "constraints": {"dough": "2 * x + y <= flour", "least": "x >= 1"},
        "objective": {"maximize": "price * x + 2 * y"},
    }
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("flour += 2", "dough: its limit moved by +2, and each unit is worth 1.5: +3"),
        ("price += 1", "the objective's own figures: +8 for the old plan"),
        ("drop dough; x <= 20", "dough is gone; a unit of it was worth up to 1.5"),
    ],
)
def test_shadow_prices_explain_linear_programs(text: str, line: str) -> None:
    assert line in told(LINEAR, text)


def test_a_demand_on_either_side_is_priced_with_its_sign() -> None:
    for rule in ("x + y >= demand", "demand <= x + y"):
        toy = Formulation.read(
            {
                "parameters": {"demand": 5},
                "variables": {"x": {}, "y": {"upper": 2}},
                "constraints": {"met": rule},
                "objective": {"minimize": "3 * x + y"},
            }
        )
        lines = told(toy, "demand += 1")
        assert [line.rpartition(": ")[2] for line in lines if line.startswith("met: its limit")] == ["+3"]
        assert not any(line.startswith("At these prices") for line in lines)

"""Planning blocks: grounded for all members, solved, and written as steps."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.ground import ground_planning
from agentkit.formulation.instance import Instance
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve
from agentkit.formulation.task_data import TaskData

PARCELS: dict[str, Any] = {
    "title": "parcels",
    "sets": {
        "places": ["home", "shop", "far away"],
        "parcels": ["p1", "p2"],
        "roads": [["home", "shop"], ["shop", "home"], ["shop", "far away"], ["far away", "shop"]],
    },
    "parameters": {
        "origin": {"over": "parcels", "values": {"p1": "home", "p2": "shop"}},
        "km": {"over": "roads", "values": [3, 3, 5, 5]},
    },
    "planning": {
        "fluents": {"van": "places", "at": {"over": "parcels, places"}, "loaded": "parcels"},
        "actions": {
            "drive": {"over": "(a, b) in roads", "pre": "van(a)", "effects": ["van(b)", "not van(a)"]},
            "load": {
                "over": "p in parcels, x in places",
                "pre": ["van(x)", "at(p, x)", "not loaded(p)"],
                "effects": "loaded(p), not at(p, x)",
                "says": "put {p} in at {x}",
            },
            "unload": {
                "over": "p in parcels, x in places",
                "pre": "van(x) and loaded(p)",
                "effects": ["at(p, x)", "not loaded(p)"],
            },
        },
        "start": ["van(home)", "at(p, origin[p]) for p in parcels"],
        "goal": ["at(p, 'far away') for p in parcels", "van(home)"],
    },
}


def changed(**parts: Any) -> dict[str, Any]:
    """The parcels with another planning block."""
    return {**PARCELS, "planning": {**PARCELS["planning"], **parts}}


def with_action(name: str, **parts: Any) -> dict[str, Any]:
    actions = PARCELS["planning"]["actions"]
    return changed(actions={**actions, name: {**actions.get(name, {}), **parts}})


def solution(data: dict[str, Any], **values: Any) -> Solution:
    return solve(Formulation.read(data), values, time_limit=20)


def test_the_shortest_plan() -> None:
    found = solution(PARCELS)
    assert (found.status, found.objective, found.gap) == ("optimal", 8, 0)
    assert found.steps[0] == "put p1 in at home"
    assert found.steps[1].startswith("(drive home shop)")
    assert set(found.steps[3:6]) == {"(drive shop far away)", "(unload p1 far away)", "(unload p2 far away)"}


def test_costs_make_another_plan_the_best() -> None:
    cheap = with_action("drive", cost="km[a, b]")
    found = solution(cheap)
    assert found.objective == 2 * (3 + 5) + 4
    with_teleport = {**cheap, "planning": {**cheap["planning"], "actions": {**cheap["planning"]["actions"]}}}
    with_teleport["planning"]["actions"]["send"] = {
        "over": "p in parcels",
        "pre": "at(p, origin[p])",
        "effects": ["at(p, 'far away')", "not at(p, origin[p])"],
        "cost": 7,
    }
    assert solution(with_teleport).objective == 14


def test_nothing_to_do() -> None:
    found = solution(changed(goal="van(home)"))
    assert (found.status, found.objective, found.steps) == ("optimal", 0, ())


def test_no_plan() -> None:
    assert solution(with_action("drive", pre=["van(a)", "b != 'far away'"])).status == "infeasible"


def test_what_must_not_be() -> None:
    found = solution(changed(goal=["not van(home)", "not at('p2', 'shop')"]))
    assert found.objective == 2


def test_grounding() -> None:
    task = ground_planning(Instance(Formulation.read(PARCELS)))
    names = [str(action) for action in task.actions]
    assert sum(name.startswith("(drive") for name in names) == 4
    assert sum(name.startswith("(load") for name in names) == 6
    assert len(names) == 16


@pytest.mark.parametrize(
    ("over", "pre", "wanted"),
    [
        ("(a, b) in roads if a == 'home'", "van(a)", 1),
        ("(a, b) in roads", ["van(a)", "km[a, b] < 4"], 2),
        ("a in places, b in places if (a, b) in roads", "van(a)", 4),
        ("a in places, b in roads[a]", "van(a)", 4),
    ],
)
def test_conditions_of_data_choose_actions(over: str, pre: Any, wanted: int) -> None:
    task = ground_planning(Instance(Formulation.read(with_action("drive", over=over, pre=pre))))
    assert sum(str(action).startswith("(drive") for action in task.actions) == wanted


def test_actions_that_can_never_happen_are_left_out() -> None:
    task = ground_planning(Instance(Formulation.read(changed(start=["van(home)", "at(p1, home)"]))))
    assert not any("p2" in str(action) for action in task.actions)


@pytest.mark.parametrize(
    "fact",
    ["at(p1, 'far away')", "at('p1', 'far away')", "at[p1, 'far away']", "at(last(parcels), places_of)"],
)
def test_facts_may_be_written_in_several_ways(fact: str) -> None:
    parts: dict[str, Any] = {**PARCELS["parameters"], "places_of": "far away"}
    data: dict[str, Any] = {**changed(goal=fact), "parameters": parts}
    assert solution(data).found


def test_members_that_are_figures() -> None:
    climb = {
        "sets": {"floors": "range(1, n + 1)"},
        "parameters": {"n": {}},
        "planning": {
            "fluents": {"on": "floors"},
            "actions": {
                "up": {"over": "f in floors if f < n", "pre": "on(f)", "effects": ["on(f + 1)", "not on(f)"]}
            },
            "start": "on(1)",
            "goal": "on(n)",
        },
    }
    found = solution(climb, n=5)
    assert found.steps == ("(up 1)", "(up 2)", "(up 3)", "(up 4)")
    texts = {**climb, "sets": {"floors": ["1", "2", "3"]}, "parameters": {"n": 3}}
    assert solution(texts).objective == 2


@pytest.mark.parametrize(
    ("data", "element", "words"),
    [
        (changed(start="van(moon)"), "start", "no member or index moon"),
        (changed(start="van(p1)"), "start", "p1. are no members of places"),
        (changed(start="bus(home)"), "start", "this is no fact"),
        (changed(start="van(home, shop)"), "start", "speaks of places, not of 2 members"),
        (changed(start="not van(shop)"), "start", "is false anyway"),
        (changed(goal="km[home, shop] > 2"), "goal", "this is no fact"),
        (changed(goal="van(home) or van(shop)"), "goal", "this is no fact"),
        (changed(goal="van("), "goal", "cannot be read"),
        (with_action("drive", effects="km[a, b] > 2"), "action drive", "an effect is a fact"),
        (with_action("drive", effects="van(c)"), "action drive", "no member or index c"),
        (with_action("drive", over="roads"), "action drive", "write `name in set`"),
        (with_action("drive", cost="0 - 1"), "action drive, cost", "must not be negative"),
        (with_action("drive", cost="miles"), "action drive, cost", "nothing called miles"),
        (
            changed(fluents={"van": "places", "at": "parcels, places", "loaded": "parcels", "sum": ""}),
            "fluent sum",
            "taken",
        ),
        (
            changed(fluents={"van": "towns", "at": "parcels, places", "loaded": "parcels"}),
            "fluent van",
            "no set called towns|nothing called towns",
        ),
        ({**PARCELS, "variables": {"x": {}}}, "planning", "stands alone"),
    ],
)
def test_faults(data: dict[str, Any], element: str, words: str) -> None:
    with pytest.raises(FormulationError, match=words) as caught:
        ground_planning(Instance(Formulation.read(data), TaskData()))
    assert element in (caught.value.element or "")


def test_a_plan_in_an_answer() -> None:
    from agentkit.formulation.answers import render_answer

    formulation = Formulation.read({**changed(goal="van(shop)"), "answer": "In {objective} step:\n{plan}"})
    assert render_answer(formulation, solve(formulation)) == "In 1 step:\n(drive home shop)"

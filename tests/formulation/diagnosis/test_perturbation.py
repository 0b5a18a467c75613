"""Changing data moves the objective the way that it must; where it does not, something is wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest

from agentkit.formulation.diagnosis.perturbation import Fidelity, perturb, suspicions_of
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.solve import solve
from agentkit.solvers.highs import SolveLimits

TRANSPORT: dict[str, Any] = {
    "sets": {"plants": ["a", "b"], "towns": ["x", "y"]},
    "parameters": {
        "supply": {"over": "plants", "values": [40, 50]},
        "demand": {"over": "towns", "values": [30, 35]},
        "cost": {"over": "plants, towns", "values": [[4, 6], [5, 3]]},
    },
    "variables": {"ship": {"over": "plants, towns"}},
    "constraints": {
        "out": {"forall": "p in plants", "rule": "sum(ship[p, t] for t in towns) <= supply[p]"},
        "into": {"forall": "t in towns", "rule": "sum(ship[p, t] for p in plants) >= demand[t]"},
    },
    "objective": {"minimize": "sum(cost[p, t] * ship[p, t] for p in plants for t in towns)"},
}


def perturbed(data: dict[str, Any], seconds: float = 20.0) -> tuple[Fidelity, ...]:
    solution = solve(Formulation.read(data))
    assert solution.instance is not None
    return perturb(solution.instance, solution, SolveLimits(seconds=seconds))


def suspected(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = suspicions_of(perturbed(data), Formulation.read(data))
    return [(s.kind, s.element, s.weight) for s in found]


def with_constraint(name: str, rule: dict[str, str]) -> dict[str, Any]:
    return {**TRANSPORT, "constraints": {**TRANSPORT["constraints"], name: rule}}


def test_a_sound_formulation_moves_as_it_must() -> None:
    found = perturbed(TRANSPORT)
    assert all(one.agrees for one in found)
    effects = {(one.element, one.change): one.effect for one in found}
    assert effects["parameter demand", "5% more"] == "worse"
    assert effects["parameter cost", "5% more"] == "worse"
    assert effects["constraint into", "leaving it out"] == "better"
    assert ("wrong direction") not in {kind for kind, _, _ in suspected(TRANSPORT)}


def test_a_limit_that_does_not_bind_now_is_tried_with_large_changes() -> None:
    """5 % less supply does no harm, 80 % less does."""
    changes = [(one.change, one.effect) for one in perturbed(TRANSPORT) if one.element == "parameter supply"]
    assert changes == [
        ("5% more", "same"),
        ("5% less", "same"),
        ("80% more", "same"),
        ("80% less", "impossible"),
    ]
    assert "parameter supply" not in {element for _, element, _ in suspected(TRANSPORT)}


def test_a_demand_the_wrong_way_round_is_found() -> None:
    """Less than the demand is shipped, and no one notices that nothing is shipped at all."""
    wrong = with_constraint(
        "into", {"forall": "t in towns", "rule": "sum(ship[p, t] for p in plants) <= demand[t]"}
    )
    assert ("no influence", "parameter demand", "likely") in suspected(wrong)
    assert ("no influence", "parameter cost", "likely") in suspected(wrong)


def test_a_supply_the_wrong_way_round_is_found() -> None:
    wrong = with_constraint(
        "out", {"forall": "p in plants", "rule": "sum(ship[p, t] for t in towns) >= supply[p]"}
    )
    assert ("wrong direction", "parameter supply", "likely") in suspected(wrong)


def test_an_omitted_conservation_shows_in_what_has_no_influence() -> None:
    """The depot sends out what never came in, so that what it costs to get there does not matter."""
    data = {
        "parameters": {"demand": 20, "cost_in": 4, "cost_out": 3},
        "variables": {"inward": {}, "outward": {}},
        "constraints": {"served": "outward >= demand"},
        "objective": {"minimize": "cost_in * inward + cost_out * outward"},
    }
    assert ("no influence", "parameter cost_in", "likely") in suspected(data)
    kept = {**data, "constraints": {"served": "outward >= demand", "depot": "inward == outward"}}
    assert not [s for s in suspected(kept) if s[1].startswith("parameter ")]


def test_a_table_of_yes_and_no_and_a_number_of_things_are_left_as_they_are() -> None:
    data = {
        "parameters": {"days": 4, "allowed": {"over": "when", "values": [1, 0, 1, 1]}, "pay": 5},
        "sets": {"when": "range(days)"},
        "variables": {"x": {"over": "when", "upper": 2}},
        "constraints": {"may": {"forall": "d in when", "rule": "x[d] <= 3 * allowed[d]"}},
        "objective": {"maximize": "pay * sum(x[d] for d in when)"},
    }
    elements = {one.element for one in perturbed(data)}
    assert "parameter pay" in elements
    assert "parameter days" not in elements
    assert "parameter allowed" not in elements


@pytest.mark.parametrize(
    ("effect", "expected", "certain", "agrees"),
    [
        ("better", "not worse", True, True),
        ("same", "not worse", True, True),
        ("worse", "not worse", True, False),
        ("impossible", "not worse", True, False),
        ("impossible", "not worse", False, True),
        ("unknown", "not better", True, True),
        ("endless", "not better", True, False),
        ("worse", "anything", False, True),
    ],
)
def test_what_agrees(effect: Any, expected: Any, certain: bool, agrees: bool) -> None:
    one = Fidelity(
        element="constraint c", change="left out", effect=effect, expected=expected, certain=certain
    )
    assert one.agrees == agrees


def test_time_is_kept() -> None:
    begun = time.monotonic()
    assert perturbed(TRANSPORT, seconds=0.0) == ()
    assert time.monotonic() - begun < 5


def test_what_has_no_optimum_is_not_changed() -> None:
    assert perturbed({"variables": {"x": {}}, "objective": {"maximize": "x"}}) == ()
    assert perturbed({"variables": {"x": {}}}) == ()

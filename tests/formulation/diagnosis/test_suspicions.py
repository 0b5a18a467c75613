"""What is odd in a formulation is found, and what is sound is left in peace."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.formulation.diagnosis.suspicion import Suspicion
from agentkit.formulation.diagnosis.suspicions import find_suspicions
from agentkit.formulation.diagnosis.task_fidelity import figures_of_text
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.solve import solve

TASK = """A bakery makes plain and cream cakes. A plain cake takes 2 eggs and brings 4 euros, a cream cake
takes 3 eggs and brings 5.50 euros. There are 40 eggs. At least 25% of the cakes must be cream cakes. The
oven holds 1,200 g at once."""

BAKERY: dict[str, Any] = {
    "sets": {"cakes": ["plain", "cream"]},
    "parameters": {
        "eggs": {"over": "cakes", "values": [2, 3]},
        "brings": {"over": "cakes", "values": [4, 5.5]},
        "stock": 40,
    },
    "variables": {"bake": {"over": "cakes", "type": "integer"}},
    "constraints": {
        "eggs_left": {
            "rule": "sum(eggs[c] * bake[c] for c in cakes) <= stock",
            "source": "There are 40 eggs.",
        },
        "cream": {
            "rule": "bake['cream'] >= 0.25 * sum(bake[c] for c in cakes)",
            "source": "At least 25% of the cakes must be cream cakes.",
        },
    },
    "objective": {
        "maximize": "sum(brings[c] * bake[c] for c in cakes)",
        "source": "A plain cake brings 4 euros, a cream cake brings 5.50 euros.",
    },
}


def suspicions(task_text: str = "", **changes: dict[str, Any]) -> tuple[Suspicion, ...]:
    data = dict(BAKERY)
    for kind, more in changes.items():
        data[kind] = {**data.get(kind, {}), **more}
    return find_suspicions(Instance(Formulation.read(data)), task_text=task_text)


def kinds(found: tuple[Suspicion, ...]) -> list[tuple[str, str]]:
    return [(s.kind, s.element) for s in found]


def test_a_sound_formulation_arouses_no_suspicion() -> None:
    assert suspicions() == ()


def test_with_the_text_of_the_task_a_lost_figure_is_found() -> None:
    (found,) = suspicions(TASK)
    assert found.kind == "figures"
    assert found.text.endswith("nowhere in the formulation: 1,200")


def test_percents_and_words_are_understood() -> None:
    text = "Two of 3 eggs, a quarter (1/4), 25 percent off, 20% more, 5 thousand."
    meanings = [figure.meanings for figure in figures_of_text(text)]
    assert meanings[0] == (2.0,)
    assert 0.25 in meanings[2]
    assert {25.0, 0.25, 0.75} <= set(meanings[3])
    assert 1.2 in meanings[4]
    assert 5000.0 in meanings[5]


def test_the_numbers_of_paragraphs_are_no_figures() -> None:
    assert [figure.text for figure in figures_of_text("1. Buy 8.\n2) Sell 9.")] == ["8", "9"]


def test_a_sentence_that_the_task_does_not_contain_is_noticed() -> None:
    made_up = {"rule": "bake['plain'] <= 9", "source": "The shop window has room for nine sponge layers."}
    found = suspicions(TASK, constraints={"window": made_up})
    assert ("source", "constraint window") in kinds(found)
    assert ("source", "constraint cream") not in kinds(found)


def test_a_missing_sentence_is_noticed_only_with_the_text() -> None:
    silent = {"bound": "bake['plain'] <= 9"}
    assert ("source", "constraint bound") in kinds(suspicions(TASK, constraints=silent))
    assert kinds(suspicions(constraints=silent)) == []


@pytest.mark.parametrize(
    ("kind", "element", "expected"),
    [
        ("parameters", {"sugar": 7}, "parameter sugar"),
        ("sets", {"shops": ["a", "b"]}, "set shops"),
        ("expressions", {"all_cakes": "sum(bake[c] for c in cakes)"}, "expression all_cakes"),
    ],
)
def test_what_is_never_used_is_found(kind: str, element: dict[str, Any], expected: str) -> None:
    assert kinds(suspicions("", **{kind: element})) == [("unused", expected)]


def test_what_only_something_unused_uses_is_unused_too() -> None:
    found = suspicions(
        parameters={"sugar": 7}, expressions={"sweet": {"value": "sugar * sum(bake[c] for c in cakes)"}}
    )
    assert set(kinds(found)) == {("unused", "parameter sugar"), ("unused", "expression sweet")}


def test_a_set_that_a_used_parameter_is_over_is_used() -> None:
    found = suspicions(
        sets={"days": [1, 2]},
        parameters={"rest": {"over": "days", "values": [30, 10]}},
        constraints={"two": "bake['plain'] <= sum(rest[d] for d in days if rest[d] > 20)"},
    )
    assert ("unused", "set days") not in kinds(found)


def test_a_variable_without_a_part_in_the_objective_is_found() -> None:
    found = suspicions(variables={"icing": {}}, constraints={"some_icing": "icing >= 2"})
    assert kinds(found) == [("idle variable", "variable icing")]


def test_a_variable_that_a_constraint_ties_to_the_objective_is_not_idle() -> None:
    found = suspicions(variables={"icing": {}}, constraints={"tied": "icing >= 2 * bake['cream']"})
    assert kinds(found) == []


def test_members_that_stand_in_no_constraint_are_named() -> None:
    """The limit was written for the first day alone."""
    data = {
        "sets": {"days": [1, 2, 3]},
        "variables": {"x": {"over": "days", "upper": 9}},
        "constraints": {"limit": "x[1] <= 5"},
        "objective": {"maximize": "sum(x[d] for d in days)"},
    }
    (found,) = find_suspicions(Instance(Formulation.read(data)))
    assert found.kind == "unlimited variable"
    assert "x[2] and x[3]" in found.text
    assert found.weight == "likely"


def test_a_constraint_for_nobody_is_found() -> None:
    found = suspicions(constraints={"big": {"forall": "c in cakes if eggs[c] > 5", "rule": "bake[c] <= 1"}})
    assert kinds(found) == [("never applies", "constraint big")]


def test_a_constraint_of_data_alone_is_found() -> None:
    assert kinds(suspicions(constraints={"data": "stock >= 3"})) == [("never applies", "constraint data")]


def test_a_constraint_that_bounds_make_needless_is_found() -> None:
    found = suspicions(variables={"extra": {"upper": 3}}, constraints={"few": "extra + bake['plain'] >= -4"})
    assert ("never binding", "constraint few") in kinds(found)


def test_a_constraint_that_others_make_needless_is_found() -> None:
    """40 eggs never make 30 plain cakes."""
    (found,) = suspicions(constraints={"many": "bake['plain'] <= 30"})
    assert (found.kind, found.element, found.weight) == ("never binding", "constraint many", "hint")
    assert suspicions(constraints={"many": "bake['plain'] <= 13"}) == ()


def test_a_constraint_that_says_the_same_as_another_is_found() -> None:
    found = suspicions(constraints={"again": "2 * stock >= 2 * sum(eggs[c] * bake[c] for c in cakes)"})
    assert kinds(found) == [("duplicate", "constraint again")]


def test_an_objective_that_nothing_changes_is_found() -> None:
    data = {**BAKERY, "objective": {"maximize": "sum(brings[c] for c in cakes)"}}
    found = kinds(find_suspicions(Instance(Formulation.read(data))))
    assert ("constant objective", "objective objective") in found


def test_things_that_are_counted_should_be_integers() -> None:
    vans = {"variables": {"vans": {"unit": "vans"}}, "constraints": {"load": "8 * vans >= 20"}}
    formulation = Formulation.read({**vans, "objective": {"minimize": "vans"}})
    assert kinds(find_suspicions(Instance(formulation))) == [("fraction of a thing", "variable vans")]
    solution = solve(formulation)
    assert solution.instance is not None
    assert kinds(find_suspicions(solution.instance, solution)) == [("fraction of a thing", "variable vans")]


def test_fractions_that_do_not_occur_are_not_complained_of() -> None:
    vans = {"variables": {"vans": {"unit": "vans"}}, "constraints": {"load": "8 * vans >= 16"}}
    solution = solve(Formulation.read({**vans, "objective": {"minimize": "vans"}}))
    assert solution.instance is not None
    assert find_suspicions(solution.instance, solution) == ()


@pytest.mark.parametrize("unit", ["kg", "hours", "EUR", "litres", "%", "units"])
def test_measures_may_be_real(unit: str) -> None:
    data = {
        "variables": {"x": {"unit": unit}},
        "constraints": {"c": "x >= 2.5"},
        "objective": {"minimize": "x"},
    }
    assert find_suspicions(Instance(Formulation.read(data))) == ()


def test_a_best_solution_of_doing_nothing_is_odd() -> None:
    """The demand was forgotten."""
    data = {"variables": {"ship": {}}, "constraints": {"c": "ship <= 9"}, "objective": {"minimize": "ship"}}
    solution = solve(Formulation.read(data))
    assert solution.instance is not None
    assert kinds(find_suspicions(solution.instance, solution)) == [("nothing done", "")]


def test_units_that_do_not_fit_are_among_them() -> None:
    found = suspicions(
        parameters={"weight": {"values": 3, "unit": "kg"}, "hours": {"values": 4, "unit": "hours"}},
        constraints={"odd": "weight * bake['plain'] - bake['plain'] * hours <= 7"},
    )
    assert ("units", "constraint odd") not in kinds(found)  # bake has no unit, so nothing is known
    plain = suspicions(
        parameters={"weight": {"values": 3, "unit": "kg"}, "hours": {"values": 4, "unit": "hours"}},
        constraints={"odd": "weight + hours <= bake['plain']"},
    )
    assert ("units", "constraint odd") in kinds(plain)


def test_soft_constraints_and_logic_are_left_in_peace() -> None:
    found = suspicions(
        variables={"open": {"type": "binary"}},
        constraints={
            "closed": "implies(not open, bake['plain'] + bake['cream'] <= 0)",
            "soft": {"rule": "bake['plain'] >= 12", "penalty": 1},
        },
    )
    assert found == ()


def test_planning_problems_are_looked_through() -> None:
    data = {
        "sets": {"lamp": ["a", "b"], "rooms": ["r"]},
        "planning": {
            "fluents": {"lit": "lamp"},
            "actions": [{"name": "light", "over": "l in lamp", "effects": ["lit(l)"]}],
            "goal": ["lit(a)"],
        },
    }
    assert kinds(find_suspicions(Instance(Formulation.read(data)))) == [("unused", "set rooms")]


def test_the_certain_ones_come_first() -> None:
    found = suspicions(
        parameters={"sugar": 7},
        constraints={"many": "bake['plain'] <= 30"},
        variables={"icing": {"upper": 4}},
    )
    assert [s.weight for s in found] == sorted(
        (s.weight for s in found), key=("certain", "likely", "hint").index
    )
    assert {s.weight for s in found} >= {"certain", "hint"}


def test_a_variable_that_is_0_everywhere_is_mentioned() -> None:
    """What comes into the depot was never tied to what goes out."""
    data = {
        "sets": {"lanes": "range(4)"},
        "variables": {"inward": {"over": "lanes"}, "outward": {"over": "lanes"}},
        "constraints": {
            "served": {"forall": "k in lanes", "rule": "outward[k] >= 3"},
            "narrow": {"forall": "k in lanes", "rule": "inward[k] + outward[k] <= 9"},
        },
        "objective": {"minimize": "sum(2 * inward[k] + outward[k] for k in lanes)"},
    }
    solution = solve(Formulation.read(data))
    assert solution.instance is not None
    (found,) = find_suspicions(solution.instance, solution)
    assert (found.kind, found.element, found.weight) == ("nothing done", "variable inward", "hint")

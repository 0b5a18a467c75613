"""The answer in the form that a formulation gives it."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.answers import check_answer, proof_text, render_answer
from agentkit.formulation.figures import written_figure
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve

BAKERY: dict[str, Any] = {
    "sets": {"cakes": ["plain", "cream", "nut"], "days": [1, 2]},
    "parameters": {"price": {"over": "cakes", "values": [4, 5.5, 1234.25]}},
    "variables": {"bake": {"over": "c in cakes, d in days", "type": "integer", "upper": "2 * d"}},
    "constraints": {"no_nuts": "sum(bake['nut', d] for d in days) <= 1", "few": "bake['plain', 2] <= 0"},
    "objective": {"maximize": "sum(price[c] * bake[c, d] for c in cakes for d in days)"},
}


def rendered(*lines: Any, **changed: Any) -> str:
    formulation = Formulation.read({**BAKERY, **changed, "answer": list(lines)})
    check_answer(formulation)
    return render_answer(formulation, solve(formulation))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Bake {bake['cream', 2]}.", "Bake 4."),
        ("{objective}", "1275.25"),
        ("{objective:.1f}", "1275.2"),
        ("{objective:,.2f} and {objective:d}", "1,275.25 and 1275"),
        ("{objective:,}", "1,275.25"),
        ("{bake['nut', 1] / 3:.0%}", "33%"),
        ("{sum(bake[c, 1] for c in cakes)} cakes", "5 cakes"),
        ("{[c for c in cakes if bake[c, 2] >= 1]}", "cream"),
        ("{[(c, bake[c, 1]) for c in cakes]}", "plain 2, cream 2, nut 1"),
        ("{{not an expression}}", "{not an expression}"),
        ("{proof}, gap {gap}", "proven optimal, gap 0"),
        ("no braces", "no braces"),
        ("{first(cakes)}", "plain"),
        ("{'a' if False else 'b'}{price['plain'] if objective > 5 else 0}", "b4"),
    ],
)
def test_a_line(line: str, wanted: str) -> None:
    assert rendered(line) == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ({"text": "{c}: {bake[c, 1]}", "forall": "c in cakes"}, "plain: 2\ncream: 2\nnut: 1"),
        ({"text": "{c}", "forall": "c in cakes if bake[c, 2] > 0", "join": ", "}, "cream"),
        ({"text": "{c}", "forall": "c in cakes", "order": "-price[c]", "join": " > "}, "nut > cream > plain"),
        ({"text": "{d} {c}", "forall": "d in days, c in cakes if bake[c, d] == 4"}, "2 cream"),
        ({"text": "x", "when": "objective > 5"}, "x"),
        ({"text": "x", "when": "objective < 5"}, ""),
        ({"text": "{c}", "forall": "c in cakes if bake[c, 1] > 99"}, ""),
    ],
)
def test_a_line_for_each_member(line: dict[str, Any], wanted: str) -> None:
    assert rendered(line) == wanted


def test_lines_that_say_nothing_leave_no_gap() -> None:
    assert rendered("one", {"text": "two", "when": "1 > 2"}, "three") == "one\nthree"


def test_a_name_of_the_formulation_comes_before_the_solution_s_own() -> None:
    assert rendered("{gap}", parameters={**BAKERY["parameters"], "gap": 7}) == "7"


def test_several_objectives_are_known_by_name() -> None:
    goals = [{"name": "profit", "maximize": "3 * x"}, {"name": "mess", "minimize": "y"}]
    formulation = Formulation.read(
        {
            "variables": {"x": {"upper": 2}, "y": {"lower": 1}},
            "objectives": goals,
            "answer": "{profit} {mess}",
        }
    )
    assert render_answer(formulation, solve(formulation)) == "6 1"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{bake[}", "cannot be read"),
        ("{x.y}", "attributes"),
        ({"text": "a", "forall": "c cakes"}, "cannot be read"),
        ({"text": "a", "when": "1 +"}, "cannot be read"),
        ("{nobody}", "nothing called nobody"),
        ("{bake['plum', 1]}", "no member"),
    ],
)
def test_faults_name_the_line(line: Any, words: str) -> None:
    with pytest.raises(FormulationError, match=words) as caught:
        rendered("fine", line)
    assert caught.value.element == "answer, line 2"


def test_without_a_solution_there_is_no_answer() -> None:
    formulation = Formulation.read({**BAKERY, "answer": "{objective}"})
    assert render_answer(formulation, Solution("infeasible")) == ""


@pytest.mark.parametrize(
    ("solution", "words"),
    [
        (Solution("optimal", objective=3.0), "proven optimal"),
        (
            Solution("feasible", objective=100.0, bound=90.0, gap=0.1),
            "feasible, at most 10 % from the optimum (bound 90)",
        ),
        (Solution("feasible", objective=3.0), "feasible; not proven optimal"),
    ],
)
def test_what_is_proven(solution: Solution, words: str) -> None:
    assert proof_text(solution) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1e15, "1000000000000000"),
        (2.5, "2.5"),
        (1 / 3, "0.333333"),
        (float("inf"), "inf"),
        (-1e-9, "0"),
    ],
)
def test_figures(value: float, text: str) -> None:
    assert written_figure(value) == text


def test_a_tour_is_told_in_its_order_and_arcs_may_be_conditioned_where_the_variable_is_declared() -> None:
    distances = [[0, 5, 9, 4], [5, 0, 3, 8], [9, 3, 0, 2], [4, 8, 2, 0]]
    data = {
        "sets": {"towns": ["a", "b", "c", "d"]},
        "parameters": {"far": {"over": "towns, towns", "values": distances}},
        "variables": {"x": {"over": "i in towns, j in towns if i != j", "type": "binary"}},
        "constraints": {"round": "tour(x[i, j] for i in towns for j in towns if i != j)"},
        "objective": {"minimize": "sum(far[i, j] * x[i, j] for i in towns for j in towns if i != j)"},
        "answer": ["{tour(x)}: {objective}"],
    }
    formulation = Formulation.read(data)
    assert render_answer(formulation, solve(formulation)) in (
        "a -> d -> c -> b -> a: 14",
        "a -> b -> c -> d -> a: 14",
    )

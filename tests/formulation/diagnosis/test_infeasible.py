"""Explanations of why there is no solution name the right sentences, and no needless one."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import SolverError
from agentkit.formulation.compiler import compile_instance
from agentkit.formulation.diagnosis.infeasible import InfeasibleExplanation, explain_infeasible
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.solve import solve
from agentkit.solvers.highs import SolveLimits, solve_linear
from tests.formulation.diagnosis.infeasible_cases import CASES, InfeasibleCase

LIMITS = SolveLimits(seconds=20)


def explained(data: dict[str, Any]) -> InfeasibleExplanation:
    return explain_infeasible(Instance(Formulation.read(data)), LIMITS)


def blamed(explanation: InfeasibleExplanation) -> set[str]:
    return {f"{s.kind} {s.element.partition(' ')[2]}" for s in explanation.statements}


def only(case: InfeasibleCase, statements: set[str]) -> Formulation:
    """The problem with nothing but these statements: other bounds are far away, other integers real."""
    whole = Formulation.read(case.formulation)
    for_integers = any("all_different" in c.rule for c in whole.constraints)
    variables = []
    for v in whole.variables:
        changes: dict[str, Any] = {}
        if v.upper is not None and f"upper {v.name}" not in statements:
            changes["upper"] = "10000"
        if v.lower not in (None, "0") and f"lower {v.name}" not in statements:
            changes["lower"] = "0"
        if v.type == "integer" and not for_integers and f"whole {v.name}" not in statements:
            changes["type"] = "real"
        variables.append(v.model_copy(update=changes))
    constraints = tuple(c for c in whole.constraints if f"constraint {c.name}" in statements)
    return whole.model_copy(
        update={"variables": tuple(variables), "constraints": constraints, "objectives": ()}
    )


def is_feasible(formulation: Formulation) -> bool:
    status = solve_linear(compile_instance(Instance(formulation)).model, LIMITS).status
    assert status in ("optimal", "feasible", "infeasible")
    return status != "infeasible"


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> InfeasibleCase:
    found: InfeasibleCase = request.param
    return found


def test_the_case_has_no_solution(case: InfeasibleCase) -> None:
    assert solve(Formulation.read(case.formulation)).status == "infeasible"


def test_exactly_the_statements_to_blame_are_named(case: InfeasibleCase) -> None:
    explanation = explained(case.formulation)
    assert blamed(explanation) == case.blamed
    assert explanation.irreducible


def test_their_sentences_are_named_and_no_others(case: InfeasibleCase) -> None:
    explanation = explained(case.formulation)
    names = {blame.partition(" ")[2] for blame in case.blamed}
    whole = Formulation.read(case.formulation)
    elements = [*whole.constraints, *whole.variables]
    sentences = {e.source for e in elements if e.name in names and e.source}
    assert set(explanation.sources) == sentences
    assert all(sentence in explanation.text for sentence in sentences)


def test_they_contradict_each_other_and_would_not_without_any_one(case: InfeasibleCase) -> None:
    """By brute force, through the formulation and not through the model that the explanation was found in."""
    named = blamed(explained(case.formulation))
    assert not is_feasible(only(case, named))
    for one in named:
        assert is_feasible(only(case, named - {one})), f"it is infeasible without {one}, too"


def test_what_would_have_to_give_is_told(case: InfeasibleCase) -> None:
    explanation = explained(case.formulation)
    assert explanation.concessions
    assert case.concession in explanation.text


def test_only_the_members_that_are_needed_are_named() -> None:
    """In the flow problem the pipes into the town, and in the store the weeks that count."""
    by_name = {case.name: case for case in CASES}
    flow = explained(by_name["flow"].formulation)
    assert flow.statements[0].places == ("hill, town", "lake, town")
    store = explained(by_name["a bound of a variable"].formulation)
    assert [(s.element, s.places) for s in store.statements] == [
        ("constraint later", ("2",)),
        ("variable make", ("2",)),
        ("variable stock", ("1",)),
    ]
    parts = explained(by_name["a sum over nothing"].formulation)
    assert parts.statements[0].places == ("gear",)
    assert "0 >= 2" in parts.text


def test_data_that_make_a_rule_false_are_said_to() -> None:
    text = explained({case.name: case for case in CASES}["data that contradict a rule"].formulation).text
    assert "cannot hold by itself" in text
    assert "only data stand in it" in text


def test_the_concessions_make_it_work() -> None:
    """Raising the budget as it says gives a solution, and anything less does not."""
    data = {case.name: case for case in CASES}["budget"].formulation
    (concession,) = explained(data).concessions
    assert concession.amount == pytest.approx(4)
    enough = {**data, "parameters": {**data["parameters"], "budget": 104}}
    little = {**data, "parameters": {**data["parameters"], "budget": 103.9}}
    assert solve(Formulation.read(enough)).status == "optimal"
    assert solve(Formulation.read(little)).status == "infeasible"


def test_a_bound_is_not_hidden_in_the_rows_of_a_condition() -> None:
    """big-M comes from the bound of x; the sentence behind the bound must be named all the same."""
    explanation = explained(
        {
            "variables": {"x": {"upper": 10, "source": "At most ten."}, "y": {"type": "binary"}},
            "constraints": {
                "low": {"rule": "implies(y, x <= 2)", "source": "With y at most two."},
                "high": {"rule": "implies(not y, x >= 11)", "source": "Without y at least eleven."},
                "some": {"rule": "x >= 3", "source": "At least three."},
            },
        }
    )
    assert set(explanation.sources) == {
        "At most ten.",
        "With y at most two.",
        "Without y at least eleven.",
        "At least three.",
    }


def test_being_whole_is_named_where_it_hides_in_a_strict_comparison() -> None:
    explanation = explained(
        {
            "variables": {"x": {"type": "integer", "upper": 90, "source": "A number of crates."}},
            "constraints": {"more": "x > 4", "less": "x < 5", "other": "x <= 50"},
        }
    )
    assert blamed(explanation) == {"constraint more", "constraint less", "whole x"}


def test_a_product_that_two_constraints_share_is_blamed_on_neither_alone() -> None:
    explanation = explained(
        {
            "variables": {"on": {"type": "binary"}, "x": {"upper": 8}},
            "constraints": {
                "a": "on * x <= 20",
                "b": "on * x >= 9",
                "c": "x >= 1",
            },
        }
    )
    assert blamed(explanation) == {"constraint b", "upper x"}


def test_what_has_a_solution_is_not_explained() -> None:
    with pytest.raises(SolverError, match="has a solution"):
        explained({"variables": {"x": {"upper": 4}}, "constraints": {"c": "x >= 3"}})


def test_a_nonlinear_problem_is_said_to_be_one() -> None:
    explanation = explained({"variables": {"x": {}, "y": {}}, "constraints": {"c": "x * y <= -1"}})
    assert "nonlinear" in explanation.text
    assert explanation.statements == ()


def test_without_time_it_still_answers_and_does_not_claim_too_much() -> None:
    """Twelve pigeons in eleven holes, and no time."""
    data = {
        "sets": {"birds": "range(12)", "holes": "range(11)"},
        "variables": {"sits": {"over": "birds, holes", "type": "binary"}},
        "constraints": {
            "somewhere": {"forall": "b in birds", "rule": "sum(sits[b, h] for h in holes) == 1"},
            "alone": {"forall": "h in holes", "rule": "sum(sits[b, h] for b in birds) <= 1"},
            "odd": "sum(sits[b, h] for b in birds for h in holes) <= 12",
        },
    }
    explanation = explain_infeasible(Instance(Formulation.read(data)), SolveLimits(seconds=0.0))
    assert {"constraint somewhere", "constraint alone"} <= {s.element for s in explanation.statements}
    assert explanation.irreducible == ("time ran out" not in explanation.text)

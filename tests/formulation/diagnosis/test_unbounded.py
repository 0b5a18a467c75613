"""Explanations of an unbounded objective name what grows, where that stands, and nothing else."""

from __future__ import annotations

import pytest

from agentkit.formulation.diagnosis.unbounded import UnboundedExplanation, explain_unbounded
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.solve import solve
from tests.formulation.diagnosis.unbounded_cases import CASES, UnboundedCase


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> UnboundedCase:
    found: UnboundedCase = request.param
    return found


def explained(case: UnboundedCase) -> UnboundedExplanation:
    return explain_unbounded(Instance(Formulation.read(case.formulation)))


def by_name(name: str) -> UnboundedCase:
    return {case.name: case for case in CASES}[name]


def held(formulation: Formulation, names: frozenset[str], limit: float) -> Formulation:
    """The same with these variables kept between -limit and limit."""
    changed = tuple(
        v.model_copy(update={"upper": str(limit), "lower": v.lower if v.lower is not None else str(-limit)})
        if v.name in names
        else v
        for v in formulation.variables
    )
    return formulation.model_copy(update={"variables": changed})


def test_the_case_is_unbounded(case: UnboundedCase) -> None:
    assert solve(Formulation.read(case.formulation)).status == "unbounded"


def test_what_grows_is_named(case: UnboundedCase) -> None:
    explanation = explained(case)
    assert frozenset(explanation.variables) == case.growing
    directions = {v.direction for way in explanation.ways for v in way.variables}
    assert directions == ({"down"} if case.down else {"up"})


def test_holding_what_grows_gives_an_optimum(case: UnboundedCase) -> None:
    """Nothing else grows: with these held, there is a best solution."""
    formulation = held(Formulation.read(case.formulation), case.growing, 1000.0)
    assert solve(formulation).status == "optimal"


def test_nothing_is_named_that_could_stand_still(case: UnboundedCase) -> None:
    """Within a way, each variable is needed: with it held, the others of the way do not grow any more."""
    whole = Formulation.read(case.formulation)
    for way in explained(case).ways:
        names = frozenset(v.name for v in way.variables)
        others = case.growing - names
        for name in names:
            stopped = held(whole, others | {name}, 1000.0)
            assert solve(stopped).status == "optimal", f"{names - {name}} grow without {name}"


def test_the_constraints_that_do_not_stop_it_are_named(case: UnboundedCase) -> None:
    ways = explained(case).ways
    assert frozenset(c.name for c in ways[0].constraints) == case.touched


def test_the_sentences_are_in_the_text(case: UnboundedCase) -> None:
    explanation = explained(case)
    formulation = Formulation.read(case.formulation)
    named = case.growing | case.touched
    for element in [*formulation.variables, *formulation.constraints]:
        assert (element.source in explanation.text) == (element.name in named or not element.source)
    assert formulation.objectives[0].source in explanation.text


def test_only_the_members_that_grow_are_named() -> None:
    (way,) = explained(by_name("a product that needs no scarce resource")).ways
    assert way.variables[0].places == ("poster",)
    (way,) = explained(by_name("a limit on the first day alone")).ways
    assert way.variables[0].places == ("2", "3", "4")


def test_ways_that_have_nothing_to_do_with_each_other_are_told_apart() -> None:
    explanation = explained(by_name("two things that grow by themselves"))
    assert sorted(v.name for way in explanation.ways for v in way.variables) == ["maize", "wheat"]
    assert len(explanation.ways) == 2


def test_a_balance_is_told_from_what_gets_easier() -> None:
    (way,) = explained(by_name("borrowing to lend")).ways
    assert {c.name: c.effect for c in way.constraints} == {"cash": "balanced", "safe": "easier"}
    assert way.paying == ("bond",)


def test_without_an_objective_nothing_can_be_unbounded() -> None:
    explanation = explain_unbounded(Instance(Formulation.read({"variables": {"x": {}}})))
    assert explanation.ways == ()


def test_a_bounded_problem_has_no_ways() -> None:
    toy = Formulation.read({"variables": {"x": {"upper": 3}}, "objective": {"maximize": "x"}})
    explanation = explain_unbounded(Instance(toy))
    assert explanation.ways == ()
    assert "was not found out" in explanation.text

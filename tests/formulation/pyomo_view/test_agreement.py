"""Two readings of the language, written apart from each other, must make the same of every formulation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.solve import solve
from tests.formulation.pyomo_view.agreement_cases import CASES
from tests.formulation.pyomo_view.random_formulations import formulations
from tests.formulation.pyomo_view.two_ways import disagreement

RANDOM = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("case", CASES)
def test_both_views_agree(case: str) -> None:
    assert disagreement(CASES[case]) == ""


@pytest.mark.parametrize("case", CASES)
def test_solutions_keep_what_is_required(case: str) -> None:
    assert not solve(Formulation.read(CASES[case])).violations


@settings(RANDOM, max_examples=60)
@given(formulations())
def test_both_views_agree_on_random_formulations(data: dict[str, Any]) -> None:
    assert disagreement(data) == ""


@pytest.mark.slow
@settings(RANDOM, max_examples=400)
@given(formulations(linear=False))
def test_both_views_agree_on_random_formulations_with_products(data: dict[str, Any]) -> None:
    assert disagreement(data) == ""

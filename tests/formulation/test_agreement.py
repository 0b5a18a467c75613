"""Two readings of the language, written apart from each other, must make the same of every formulation."""

from __future__ import annotations

import pytest

from tests.formulation.agreement_cases import CASES
from tests.formulation.two_ways import disagreement


@pytest.mark.parametrize("case", CASES)
def test_both_views_agree(case: str) -> None:
    assert disagreement(CASES[case]) == ""

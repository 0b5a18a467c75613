"""Amounts add up; limits are positive; costs are never made to look smaller than they are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agentkit.budget import Budget, Usage

amounts = st.integers(0, 10**9)
usages = st.builds(
    Usage,
    calls=amounts,
    prompt_tokens=amounts,
    completion_tokens=amounts,
    cached_tokens=amounts,
    usd=amounts.map(lambda n: n / 1024),
    unpriced_calls=amounts,
    seconds=amounts.map(lambda n: n / 1024),
)


@given(usages, usages)
def test_every_amount_adds_up(first: Usage, second: Usage) -> None:
    both = first + second
    for name in Usage.model_fields:
        assert getattr(both, name) == getattr(first, name) + getattr(second, name)


@given(usages, usages, usages)
def test_the_order_of_adding_does_not_matter(a: Usage, b: Usage, c: Usage) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Usage() == a


def test_tokens_are_those_sent_and_those_received() -> None:
    assert Usage(prompt_tokens=90, completion_tokens=10, cached_tokens=50).tokens == 100


@pytest.mark.parametrize("field", list(Usage.model_fields))
def test_no_amount_is_negative(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        Usage.model_validate({field: -1})


@pytest.mark.parametrize(
    ("usage", "text"),
    [
        (Usage(), "$0.0000"),
        (Usage(calls=2, usd=1.5), "$1.5000"),
        (Usage(calls=1, unpriced_calls=1), "price unknown"),
        (Usage(calls=3, unpriced_calls=1, usd=0.25), "at least $0.2500 (1 of 3 calls have no known price)"),
    ],
)
def test_costs_say_where_a_price_is_unknown(usage: Usage, text: str) -> None:
    assert usage.cost_text() == text


def test_a_budget_without_limits_is_unlimited() -> None:
    assert Budget().unlimited


@pytest.mark.parametrize("field", list(Budget.model_fields))
def test_any_limit_makes_a_budget_limited(field: str) -> None:
    assert not Budget.model_validate({field: 1}).unlimited


@pytest.mark.parametrize("field", list(Budget.model_fields))
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_a_limit_is_a_positive_finite_amount(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=field):
        Budget.model_validate({field: value})

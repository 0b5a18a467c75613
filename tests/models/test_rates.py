"""What calls cost by litellm's list."""

import pytest

from agentkit.budget import Usage
from agentkit.models.litellm_loading import load_litellm
from agentkit.models.rates import Rates, find_entry, rates_of
from agentkit.protocols import Price

ENTRY = {
    "litellm_provider": "maker",
    "input_cost_per_token": 2e-6,
    "output_cost_per_token": 8e-6,
    "cache_read_input_token_cost": 1e-6,
}


def usd(rates: Rates | None, prompt: int, completion: int = 0, cached: int = 0) -> float:
    assert rates is not None
    usage = Usage(calls=1, prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)
    return rates.usd(usage)


def test_tokens_sent_cached_and_received_have_their_own_rates() -> None:
    assert usd(rates_of(ENTRY), 1000, 100, cached=400) == pytest.approx(600 * 2e-6 + 400 * 1e-6 + 100 * 8e-6)


def test_without_a_rate_for_cached_tokens_they_cost_as_much_as_others() -> None:
    entry = {key: value for key, value in ENTRY.items() if not key.startswith("cache")}
    assert usd(rates_of(entry), 1000, cached=400) == pytest.approx(1000 * 2e-6)


def test_very_long_prompts_can_be_dearer() -> None:
    entry = {**ENTRY, "input_cost_per_token_above_200k_tokens": 4e-6}
    rates = rates_of(entry)
    assert usd(rates, 200_000) == pytest.approx(0.4)
    assert usd(rates, 200_001) == pytest.approx(0.800004)
    assert rates is not None and rates.price == Price(prompt=2e-6, completion=8e-6)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"input_cost_per_token": 1e-6},
        {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
    ],
)
def test_what_the_list_does_not_say_is_unknown_and_not_free(entry: dict[str, float]) -> None:
    assert rates_of(entry) is None


def test_a_model_is_found_with_and_without_its_provider() -> None:
    prices = {"m-1": ENTRY, "other/m-2": ENTRY}
    assert find_entry(prices, "maker/m-1") == find_entry(prices, "m-1") == ENTRY
    assert find_entry(prices, "other/m-2") == ENTRY
    assert find_entry(prices, "m-2") is None


def test_another_providers_model_of_the_same_name_is_another_model() -> None:
    assert find_entry({"m-1": ENTRY}, "reseller/m-1") is None


@pytest.mark.parametrize("model", ["openai/gpt-4.1-mini", "anthropic/claude-haiku-4-5"])
def test_our_sum_is_the_one_that_litellm_makes(model: str) -> None:
    litellm = load_litellm()
    entry = find_entry(litellm.model_cost, model)
    assert entry is not None
    theirs = litellm.cost_per_token(model=model, prompt_tokens=1000, completion_tokens=300)
    assert usd(rates_of(entry), 1000, 300) == pytest.approx(sum(theirs))

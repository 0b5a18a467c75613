"""What a call cost, by litellm's price list; cached tokens and very long prompts have their own rates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.budget import Usage
from agentkit.protocols import Price

__all__ = ["Rates", "find_entry", "rates_of"]

_TIER = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices, in US dollars a token, of prompts longer than `above` tokens."""

    price: Price
    cached: float
    """A token sent that the provider had cached."""
    above: int = 0
    dearer: Rates | None = None
    """The rates of still longer prompts."""

    def usd(self, usage: Usage) -> float:
        """The money for one call.

        >>> Rates(Price(prompt=2e-6, completion=8e-6), cached=1e-6).usd(
        ...     Usage(prompt_tokens=1000, cached_tokens=400, completion_tokens=100))
        0.0024
        """
        if self.dearer is not None and usage.prompt_tokens > self.dearer.above:
            return self.dearer.usd(usage)
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        sent = (usage.prompt_tokens - cached) * self.price.prompt + cached * self.cached
        return round(sent + usage.completion_tokens * self.price.completion, 12)


def find_entry(prices: Mapping[str, Any], model: str) -> Mapping[str, Any] | None:
    """A model's line in litellm's list, under its full name or that of its provider's model."""
    entry = prices.get(model)
    if entry is None:
        provider, _, rest = model.partition("/")
        entry = prices.get(rest)
        if entry is not None and not str(entry.get("litellm_provider", "")).startswith(provider):
            entry = None  # another provider's model of the same name, at another price
    return entry


def rates_of(entry: Mapping[str, Any]) -> Rates | None:
    """The rates that a line tells; None where it tells none.

    The list writes nothing where it knows nothing, and now and then 0: no hosted model is free, so
    both mean that the price is not known.
    """
    bounds = sorted(int(found[1]) for key in entry if (found := _TIER.fullmatch(key)))
    dearer: Rates | None = None
    for bound in reversed(bounds):
        tier = _rates(entry, f"_above_{bound}k_tokens", above=bound * 1000, dearer=dearer)
        dearer = tier or dearer
    return _rates(entry, "", above=0, dearer=dearer)


def _rates(entry: Mapping[str, Any], suffix: str, *, above: int, dearer: Rates | None) -> Rates | None:
    def rate(name: str) -> float | None:
        value = entry.get(f"{name}{suffix}")
        return float(entry.get(name) or 0) if value is None and suffix else value

    prompt, completion = rate("input_cost_per_token"), rate("output_cost_per_token")
    if prompt is None or completion is None or not (prompt or completion):
        return None
    cached = rate("cache_read_input_token_cost")
    price = Price(prompt=prompt, completion=completion)
    return Rates(price, cached or prompt, above, dearer)

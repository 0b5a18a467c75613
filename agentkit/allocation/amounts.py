"""Sums of what was spent or is held, in plain numbers that add up exactly and fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from agentkit.budget import Usage
from agentkit.protocols import Price

__all__ = ["PICODOLLARS", "Amounts", "price_of"]

PICODOLLARS = 1_000_000_000_000
"""Picodollars in a dollar. Sums of whole numbers do not drift, so three dimes are thirty cents."""


def price_of(price: Price, prompt_tokens: int, completion_tokens: int) -> int:
    """Picodollars for so many tokens; never less for more tokens, rounding included."""
    return round((price.prompt * prompt_tokens + price.completion * completion_tokens) * PICODOLLARS)


@dataclass(slots=True, eq=False)
class Amounts:
    """A `Usage` that can be added to: no validation, money in whole picodollars."""

    calls: int = 0
    prompt: int = 0
    completion: int = 0
    cached: int = 0
    money: int = 0
    unpriced: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, usage: Usage) -> Self:
        """The same amounts as `usage`."""
        return cls(
            usage.calls,
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.cached_tokens,
            round(usage.usd * PICODOLLARS),
            usage.unpriced_calls,
            usage.seconds,
        )

    @classmethod
    def bound(cls, prompt_tokens: int, max_tokens: int, price: Price | None) -> Self:
        """The most that one call can cost."""
        if price is None:
            return cls(1, prompt_tokens, max_tokens, 0, 0, 1)
        return cls(1, prompt_tokens, max_tokens, 0, price_of(price, prompt_tokens, max_tokens))

    def usage(self) -> Usage:
        """The same amounts as a `Usage`.

        >>> Amounts.of(Usage(calls=1, usd=0.0013)).usage().usd
        0.0013
        """
        return Usage(
            calls=self.calls,
            prompt_tokens=self.prompt,
            completion_tokens=self.completion,
            cached_tokens=self.cached,
            usd=self.money / PICODOLLARS,
            unpriced_calls=self.unpriced,
            seconds=self.seconds,
        )

    def add(self, other: Amounts) -> None:
        """Count these in."""
        self.calls += other.calls
        self.prompt += other.prompt
        self.completion += other.completion
        self.cached += other.cached
        self.money += other.money
        self.unpriced += other.unpriced
        self.seconds += other.seconds

    def take_back(self, other: Amounts) -> None:
        """Undo an `add` of a bound, which has neither cached tokens nor seconds."""
        self.calls -= other.calls
        self.prompt -= other.prompt
        self.completion -= other.completion
        self.money -= other.money
        self.unpriced -= other.unpriced

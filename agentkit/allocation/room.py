"""How much room a budget leaves for one more model call: arithmetic only, no state."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.allocation.amounts import PICODOLLARS, Amounts, price_of
from agentkit.budget import Budget, Limit
from agentkit.protocols import Price

__all__ = ["Room", "Want", "room_for"]


@dataclass(frozen=True, slots=True)
class Want:
    """What a call asks for."""

    prompt_tokens: int
    """At most so many are sent."""
    max_tokens: int
    """At most so many are to be generated."""
    price: Price | None
    """US dollars a token."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a budget allows."""

    tokens: int
    """How many of the tokens wanted may be generated; below 0 where not even the prompt fits."""
    limit: Limit
    """The limit that allows no more."""


def room_for(want: Want, budget: Budget, spent: Amounts, held: Amounts) -> Room:
    """What `budget` allows of a wish beside what is spent and held. A time limit plays no part.

    >>> want = Want(prompt_tokens=300, max_tokens=500, price=None)
    >>> room_for(want, Budget(tokens=1000), spent=Amounts(prompt=400), held=Amounts())
    Room(tokens=300, limit='tokens')
    """
    if budget.calls is not None and spent.calls + held.calls >= budget.calls:
        return Room(-1, "calls")
    room = Room(want.max_tokens, "calls")
    if budget.tokens is not None:
        used = spent.prompt + spent.completion + held.prompt + held.completion
        if (tokens := budget.tokens - used - want.prompt_tokens) < room.tokens:
            room = Room(tokens, "tokens")
    if budget.usd is not None and want.price is not None:
        free = round(budget.usd * PICODOLLARS) - spent.money - held.money
        if (tokens := _affordable(want, want.price, free)) < room.tokens:
            room = Room(tokens, "usd")
    return room


def _affordable(want: Want, price: Price, free: int) -> int:
    """The most tokens, of those wanted, that `free` picodollars pay for beside the prompt."""
    if price_of(price, want.prompt_tokens, want.max_tokens) <= free:
        return want.max_tokens
    if price_of(price, want.prompt_tokens, 0) > free:
        return -1
    rest = free / PICODOLLARS - price.prompt * want.prompt_tokens
    tokens = min(want.max_tokens, max(0, int(rest / price.completion)) + 1)
    while price_of(price, want.prompt_tokens, tokens) > free:  # The division may be off by one.
        tokens -= 1
    return tokens

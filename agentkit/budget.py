"""Amounts: what a run has used (`Usage`) and what it may use at most (`Budget`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentkit.frozen import Frozen

__all__ = ["Budget", "Limit", "Usage"]

Limit = Literal["usd", "tokens", "seconds", "calls"]
"""What can be capped: money, prompt and completion tokens together, wall-clock time, model calls."""


class Usage(Frozen):
    """What something cost. Amounts add up.

    >>> (Usage(calls=1, prompt_tokens=90, completion_tokens=10) + Usage(calls=2)).calls
    3
    """

    calls: int = Field(default=0, ge=0)
    """Model calls."""
    prompt_tokens: int = Field(default=0, ge=0)
    """Tokens sent, cached ones included."""
    completion_tokens: int = Field(default=0, ge=0)
    """Tokens received."""
    cached_tokens: int = Field(default=0, ge=0)
    """Those of the tokens sent that the provider had cached."""
    usd: float = Field(default=0.0, ge=0)
    """Money, in US dollars, for the calls whose price is known."""
    unpriced_calls: int = Field(default=0, ge=0)
    """Calls whose price nobody knows; while there are any, `usd` is a lower bound."""
    seconds: float = Field(default=0.0, ge=0)
    """Time spent waiting for models; parallel calls add up."""

    @property
    def tokens(self) -> int:
        """Tokens sent and received."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            usd=self.usd + other.usd,
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
            seconds=self.seconds + other.seconds,
        )

    def cost_text(self) -> str:
        """The money as people read it; an unknown price is said, never shown as nothing.

        >>> Usage(calls=2, usd=0.0134).cost_text(), Usage(calls=1, unpriced_calls=1).cost_text()
        ('$0.0134', 'price unknown')
        """
        known = f"${self.usd:.4f}"
        if not self.unpriced_calls:
            return known
        if self.unpriced_calls >= self.calls:
            return "price unknown"
        return f"at least {known} ({self.unpriced_calls} of {self.calls} calls have no known price)"


class Budget(Frozen):
    """Hard limits of a run, a subtask or a worker; one that is None does not limit."""

    usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Most US dollars to spend; refused for a model whose price is not known."""
    tokens: int | None = Field(default=None, gt=0)
    """Most tokens, sent and received together."""
    seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Most seconds of wall-clock time; time during which no process carries the run does not count."""
    calls: int | None = Field(default=None, gt=0)
    """Most model calls."""

    @property
    def unlimited(self) -> bool:
        """Whether nothing is limited."""
        return self.usd is None and self.tokens is None and self.seconds is None and self.calls is None

"""`RetryingModel`: asks again when a server is down, overloaded or wants fewer requests."""

from __future__ import annotations

import asyncio
import random as randomness
from collections.abc import Awaitable, Callable

from agentkit.errors import ModelUnavailableError
from agentkit.messages import ChatRequest, Completion
from agentkit.models.deltas import RestartableDeltas
from agentkit.protocols import ChatModel, ModelInfo, OnDelta

__all__ = ["RetryingModel"]


class RetryingModel:
    """Repeats a request that met a `ModelUnavailableError` (a `RateLimitedError` is one); no others.

    Waits a random time that grows with every try, up to `cap` seconds, and never less than the server
    asked for. Where the server asks for more than `patience` seconds its error comes at once, so that
    a fallback can be tried instead. The last try's error is raised as it is, with a note of how many
    tries there were.
    """

    def __init__(
        self,
        inner: ChatModel,
        attempts: int = 4,
        base: float = 0.5,
        cap: float = 30.0,
        *,
        patience: float = 120.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        if attempts < 1:
            raise ValueError("attempts counts all tries and must be at least 1")
        self._inner = inner
        self._attempts = attempts
        self._base = base
        self._cap = cap
        self._patience = patience
        self._sleep = sleep
        self._random = random

    @property
    def info(self) -> ModelInfo:
        """What is known of the model inside."""
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """Answer, after several tries where need be."""
        deltas = RestartableDeltas(on_delta)
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._inner.complete(request, deltas.next_try())
            except ModelUnavailableError as error:
                asked = error.retry_after or 0.0
                if attempt >= self._attempts or asked > self._patience:
                    error.add_note(f"after {attempt} {'try' if attempt == 1 else 'tries'}")
                    raise
                # Jitter on top of the server's wish: all whom it told the same would come back at once.
                pause = asked + self._random() * (self._base if asked else self._backoff(attempt))
            await self._sleep(pause)

    def _backoff(self, attempt: int) -> float:
        return min(self._cap, self._base * 2.0 ** min(attempt - 1, 32))

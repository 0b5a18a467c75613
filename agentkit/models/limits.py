"""`RateLimiter` and `LimitedModel`: no more requests at a time, or in a minute, than a provider allows."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from agentkit.messages import ChatRequest, Completion
from agentkit.protocols import ChatModel, ModelInfo, OnDelta

__all__ = ["LimitedModel", "RateLimiter", "shared_limiter"]

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class _Gates:
    """Where requests of one event loop queue; asyncio's queues cannot be shared between loops."""

    begin: asyncio.Lock
    places: asyncio.Semaphore


class RateLimiter:
    """Lets at most `concurrent` requests be under way, and `per_minute` begin within any minute.

    Those who wait are served in the order in which they came. One that is cancelled while it waits
    gives its place to the next. Counts apart for each event loop, except for the minute.
    """

    def __init__(
        self,
        concurrent: int,
        per_minute: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if concurrent < 1 or (per_minute is not None and per_minute < 1):
            raise ValueError("a limiter must let at least one request through")
        self._concurrent = concurrent
        self._per_minute = per_minute
        self._clock = clock
        self._sleep = sleep
        self._begun: deque[float] = deque()
        self._gates: WeakKeyDictionary[asyncio.AbstractEventLoop, _Gates] = WeakKeyDictionary()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place and hold it: `async with limiter.place(): …`."""
        gates = self._of_this_loop()
        async with gates.places:
            await self._wait_for_the_minute(gates)
            yield

    def _of_this_loop(self) -> _Gates:
        loop = asyncio.get_running_loop()
        if loop not in self._gates:
            self._gates[loop] = _Gates(asyncio.Lock(), asyncio.Semaphore(self._concurrent))
        return self._gates[loop]

    async def _wait_for_the_minute(self, gates: _Gates) -> None:
        if self._per_minute is None:
            return
        async with gates.begin:  # one waits for the clock, the others for it: that keeps the order
            while (pause := self._pause(self._per_minute)) > 0:
                await self._sleep(pause)
            self._begun.append(self._clock())

    def _pause(self, per_minute: int) -> float:
        now = self._clock()
        while self._begun and self._begun[0] <= now - _MINUTE:
            self._begun.popleft()
        return self._begun[0] + _MINUTE - now if len(self._begun) >= per_minute else 0.0


@lru_cache(maxsize=256)
def shared_limiter(provider: str, concurrent: int, per_minute: int | None = None) -> RateLimiter:
    """The one limiter of a provider, for all models of its that are used side by side."""
    return RateLimiter(concurrent, per_minute)


class LimitedModel:
    """Waits for a place before each request."""

    def __init__(self, inner: ChatModel, limiter: RateLimiter) -> None:
        self._inner = inner
        self._limiter = limiter

    @property
    def info(self) -> ModelInfo:
        """What is known of the model inside."""
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """Answer as soon as there is a place."""
        async with self._limiter.place():
            return await self._inner.complete(request, on_delta)

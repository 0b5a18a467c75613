"""Holds a model to a budget: every call is reserved in the ledger before it is made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from agentkit.allocation.ledger import Reservation, Scope
from agentkit.budget import Usage
from agentkit.errors import AgentkitError
from agentkit.messages import ChatRequest, Completion
from agentkit.models.tokens import token_bound
from agentkit.protocols import ChatModel, ModelInfo, OnDelta

__all__ = ["MeteredModel", "OnUsage"]

OnUsage = Callable[[ChatRequest, Usage], None]
"""Told of a request and what was counted for it, calls that were cut off included."""


class MeteredModel:
    """A model whose calls are paid for out of a scope of the ledger.

    A call may generate fewer tokens than its request allows, and waits no longer than time is left.
    One that fails with an error of ours costs nothing; one that is cut off (by its time limit or by
    cancellation) counts at its upper bound, since nobody can say what the provider charges.
    """

    def __init__(self, inner: ChatModel, scope: Scope, on_usage: OnUsage | None = None) -> None:
        self._inner = inner
        self._scope = scope
        self._on_usage = on_usage

    @property
    def info(self) -> ModelInfo:
        """What is known of the model inside."""
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """Answer; the completion's usage has the wall-clock seconds too.

        Raises `BudgetExceededError` where the call does not fit or its time runs out, and what the
        model inside raises.
        """
        info = self._inner.info
        prompt = token_bound(request) if self._scope.bounds_tokens else 0
        reservation = await self._scope.reserve(prompt, request.max_tokens, info.price, model=info.name)
        granted = request
        if reservation.max_tokens != request.max_tokens:
            granted = request.model_copy(update={"max_tokens": reservation.max_tokens})
        began = time.perf_counter()
        completion = await self._call(granted, on_delta, reservation)
        usage = completion.usage
        # A meter inside this one has measured the same wait already: it must not count twice.
        usage = usage.model_copy(update={"seconds": max(usage.seconds, time.perf_counter() - began)})
        reservation.settle(usage)
        self._tell(request, usage)
        return completion.model_copy(update={"usage": usage})

    async def _call(
        self, request: ChatRequest, on_delta: OnDelta | None, reservation: Reservation
    ) -> Completion:
        limit = asyncio.timeout(self._scope.seconds_left())
        try:
            async with limit:
                return await self._inner.complete(request, on_delta)
        except AgentkitError:
            reservation.release()
            raise
        except BaseException as cut_off:
            # Whatever broke in here, the provider may already be at work.
            lost = reservation.forfeit(None if self._scope.bounds_tokens else token_bound(request))
            self._tell(request, lost)
            if isinstance(cut_off, TimeoutError) and limit.expired():
                raise self._scope.out_of_time() from None
            raise

    def _tell(self, request: ChatRequest, usage: Usage) -> None:
        if self._on_usage is not None:
            self._on_usage(request, usage)

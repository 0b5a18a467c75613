"""Brings litellm in at its first use, quietly, and closes its connections with the event loop."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import os
import sys
import warnings
from collections.abc import AsyncGenerator
from typing import Any

__all__ = ["load_litellm", "tidy_up_with_loop"]

_tidying: dict[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = {}
"""Strong references on purpose: litellm tells loops apart by their address, which must not be reused
while it still keeps connections of a loop that is gone."""


def load_litellm() -> Any:
    """The litellm module. The first call takes seconds and 170 MiB."""
    if "litellm" in sys.modules:
        return sys.modules["litellm"]
    # Its own price list instead of one from the network, and no reading of a .env file.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        litellm: Any = importlib.import_module("litellm")
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.num_retries = 0
    # httpx's connections can be closed from outside; those of aiohttp complain on their way out.
    litellm.disable_aiohttp_transport = True
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    # Its types make pydantic warn when they are first used; nobody who uses us can do anything about it.
    warnings.filterwarnings("ignore", message="Item .* on TypedDict class", category=UserWarning)
    return litellm


async def tidy_up_with_loop() -> None:
    """Have litellm's connections of the running event loop closed when the loop ends.

    Nobody calls a model's destructor at the right moment: `asyncio.run` may end long before, and then
    sockets are left open and complain. But a loop closes the generators that were begun in it.
    """
    loop = asyncio.get_running_loop()
    if loop not in _tidying:
        _tidying[loop] = _wait_for_the_end(loop)
        await anext(_tidying[loop])


async def _wait_for_the_end(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        try:
            await _close_connections(f"-{id(loop)}")
        finally:
            _tidying.pop(loop, None)


async def _close_connections(ending: str) -> None:
    clients = sys.modules["litellm"].in_memory_llm_clients_cache.cache_dict
    for key in [key for key in clients if key.endswith(ending)]:
        client = clients.pop(key)
        close = getattr(client, "close", None) or getattr(client, "aclose", None)
        closing = close() if close is not None else None
        if inspect.isawaitable(closing):
            await closing

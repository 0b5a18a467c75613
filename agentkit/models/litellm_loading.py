"""Brings litellm in at its first use, quietly, and closes its connections with the event loop."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import os
import re
import sys
import warnings
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import cache
from typing import Any

__all__ = ["load_litellm", "tidy_up_with_loop"]


@dataclass(frozen=True, slots=True)
class _Noise:
    words: str
    kind: type[Warning]


_NOISE = (
    _Noise("Item .* on TypedDict class .* is using the `ReadOnly` qualifier", UserWarning),
    _Noise("Accessing the 'model_(computed_)?fields' attribute on the instance", DeprecationWarning),
)

_tidying: dict[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = {}
"""Strong references on purpose: litellm tells loops apart by their address, which must not be reused
while it still keeps connections of a loop that is gone."""


def load_litellm() -> Any:
    """The litellm module. The first call takes seconds and 170 MiB."""
    _hush()
    return _imported()


@cache
def _imported() -> Any:
    if "litellm" in sys.modules:
        return importlib.import_module("litellm")  # the host program's, set up as it wants it
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
    return litellm


def _hush() -> None:
    """Keep quiet what litellm's own types and its use of pydantic make pydantic say.

    Nobody who uses us can do anything about it, and where warnings are errors its streams would break.
    Done before every call, since frames like pytest's put their own filters back between calls.
    """
    for rule in _NOISE:
        if not any(
            known[:3] == ("ignore", re.compile(rule.words, re.I), rule.kind) for known in warnings.filters
        ):
            warnings.filterwarnings("ignore", message=rule.words, category=rule.kind)


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

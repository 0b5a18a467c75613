"""Every error of litellm has one of ours, and what servers say about waiting is understood."""

import importlib
import inspect
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

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
from agentkit.models.litellm_errors import foreign_errors, seconds_to_wait, translate
from agentkit.models.litellm_loading import load_litellm

EXPECTED: dict[str, type[ModelError]] = {
    "APIConnectionError": ModelUnavailableError,
    "APIError": ModelUnavailableError,
    "APIResponseValidationError": OutputError,
    "AuthenticationError": ModelAccessError,
    "BadGatewayError": ModelUnavailableError,
    "BadRequestError": ModelRequestError,
    "BlockedPiiEntityError": ModelRefusedError,
    "BudgetExceededError": ModelAccessError,
    "ContentPolicyViolationError": ModelRefusedError,
    "ContextWindowExceededError": ContextLengthError,
    "GuardrailRaisedException": ModelRefusedError,
    "ImageFetchError": ModelRequestError,
    "InternalServerError": ModelUnavailableError,
    "InvalidRequestError": ModelRequestError,
    "JSONSchemaValidationError": OutputError,
    "LiteLLMUnknownProvider": ModelNotFoundError,
    "MidStreamFallbackError": ModelUnavailableError,
    "MockException": ModelUnavailableError,
    "ModelNotMappedError": ModelNotFoundError,
    "ModifyResponseException": ModelRefusedError,
    "NotFoundError": ModelNotFoundError,
    "OpenAIError": ModelUnavailableError,
    "PaymentRequiredError": ModelAccessError,
    "PermissionDeniedError": ModelAccessError,
    "RateLimitError": RateLimitedError,
    "RejectedRequestError": ModelRefusedError,
    "SensitiveDataRouteException": ModelRefusedError,
    "ServiceUnavailableError": ModelUnavailableError,
    "Timeout": ModelUnavailableError,
    "UnprocessableEntityError": ModelRequestError,
    "UnsupportedParamsError": ModelRequestError,
    "VectorStoreSearchError": ModelRequestError,
}

RESPONSE = httpx.Response(400, request=httpx.Request("POST", "http://127.0.0.1/v1"))

VALUES: dict[str, Any] = {
    "blocked_content": False,
    "current_cost": 1.0,
    "entity_type": "EMAIL",
    "failures": [],
    "guardrail_name": "guard",
    "llm_provider": "openai",
    "max_budget": 1.0,
    "message": "it went wrong",
    "model": "fake",
    "raw_response": "{",
    "request_data": {},
    "response": RESPONSE,
    "route_to_model": "other",
    "schema": "{}",
    "session_id": "s",
    "status_code": 500,
}


def all_names() -> list[str]:
    """The names of all exceptions that litellm defines itself."""
    load_litellm()
    module = importlib.import_module("litellm.exceptions")
    classes = inspect.getmembers(module, inspect.isclass)
    return [n for n, c in classes if issubclass(c, Exception) and c.__module__ == module.__name__]


def make(name: str) -> Exception:
    """An exception of this class, with every argument that it insists on."""
    kind = getattr(load_litellm().exceptions, name)
    parameters = inspect.signature(kind.__init__).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.name in VALUES]
    if name == "OpenAIError":
        bare: Exception = Exception.__new__(kind)  # its own constructor fails without a real response
        return bare
    if name == "ModelNotMappedError":
        needed = []
    made: Exception = kind(**{p: VALUES[p] for p in needed})
    return made


@pytest.fixture(scope="module")
def litellm() -> Any:
    return load_litellm()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_exception_of_litellm_has_one_of_ours(litellm: Any, name: str) -> None:
    if not hasattr(litellm.exceptions, name):
        pytest.skip(f"this litellm has no {name}")
    error = make(name)
    assert isinstance(error, foreign_errors(litellm)), "it would not even be caught"
    ours = translate(error, "a/model")
    assert type(ours) is EXPECTED[name]
    assert ours.model == "a/model"
    assert ours.what and ours.mend


def test_none_is_forgotten() -> None:
    assert set(all_names()) - set(EXPECTED) == set()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ModelRequestError),
        (401, ModelAccessError),
        (402, ModelAccessError),
        (403, ModelAccessError),
        (404, ModelNotFoundError),
        (408, ModelUnavailableError),
        (413, ModelRequestError),
        (429, RateLimitedError),
        (500, ModelUnavailableError),
        (529, ModelUnavailableError),
    ],
)
def test_a_bare_status_is_enough(litellm: Any, status: int, expected: type[ModelError]) -> None:
    error = litellm.exceptions.APIError(status, "no", llm_provider="x", model="m")
    assert type(translate(error, "m")) is expected


def test_a_broken_stream_is_judged_by_what_broke_it(litellm: Any) -> None:
    cause = litellm.exceptions.RateLimitError("slow down", llm_provider="x", model="m")
    broken = litellm.exceptions.MidStreamFallbackError("broken", "m", "x", original_exception=cause)
    assert type(translate(broken, "m")) is RateLimitedError


def test_a_long_message_is_cut_and_class_names_are_left_out(litellm: Any) -> None:
    said = "litellm.BadRequestError: OpenAIException - " + "x" * 2000
    error = litellm.exceptions.BadRequestError(said, model="m", llm_provider="openai")
    what = translate(error, "m").what
    assert what.startswith("xxx")
    assert len(what) < 600


def test_an_error_of_the_connection_is_translated_too() -> None:
    assert type(translate(httpx.ConnectError("no route"), "m")) is ModelUnavailableError


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds_to_wait(headers, NOW) == seconds

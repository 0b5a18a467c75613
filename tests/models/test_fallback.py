"""`FallbackModel`: who is asked next, and what can be counted on."""

import pytest

from agentkit.errors import (
    ModelAccessError,
    ModelError,
    ModelNotFoundError,
    ModelRefusedError,
    ModelUnavailableError,
    OutputError,
    RateLimitedError,
)
from agentkit.messages import ChatRequest, Message
from agentkit.models.fallback import FallbackModel
from agentkit.protocols import Delta, Price
from agentkit.testing.models import ScriptedModel

ASK = ChatRequest(messages=(Message(role="user", content="Hello?"),))


@pytest.mark.parametrize(
    "error",
    [
        ModelUnavailableError("down"),
        RateLimitedError("slow down"),
        ModelAccessError("no key"),
        ModelNotFoundError("no such model"),
    ],
)
async def test_the_next_is_asked_when_one_cannot_be(error: ModelError) -> None:
    model = FallbackModel([ScriptedModel([error]), ScriptedModel(["second"])])
    assert (await model.complete(ASK)).text == "second"


@pytest.mark.parametrize("error", [ModelRefusedError("no"), OutputError("empty")])
async def test_an_error_about_the_answer_is_not_passed_over(error: ModelError) -> None:
    second = ScriptedModel(["second"])
    with pytest.raises(type(error)):
        await FallbackModel([ScriptedModel([error]), second]).complete(ASK)
    assert second.requests == []


async def test_the_first_is_preferred_every_time() -> None:
    first, second = ScriptedModel([ModelUnavailableError("down"), "first"]), ScriptedModel(["second"])
    model = FallbackModel([first, second])
    assert [(await model.complete(ASK)).text for _ in range(2)] == ["second", "first"]


async def test_when_all_fail_the_error_says_what_each_said() -> None:
    first = ModelAccessError("no key", model="a/1", mend="set A_KEY")
    last = RateLimitedError("slow down", model="b/2", retry_after=9)
    with pytest.raises(RateLimitedError) as caught:
        await FallbackModel([ScriptedModel([first]), ScriptedModel([last])]).complete(ASK)
    assert "a/1: no key (set A_KEY)" in str(caught.value)
    assert "b/2: slow down" in str(caught.value)
    assert caught.value.retry_after == 9


async def test_a_single_models_error_is_left_alone() -> None:
    error = ModelAccessError("no key")
    with pytest.raises(ModelAccessError) as caught:
        await FallbackModel([ScriptedModel([error])]).complete(ASK)
    assert caught.value is error


async def test_the_answer_streams_from_whoever_gives_it() -> None:
    pieces: list[Delta] = []
    models = [ScriptedModel([ModelUnavailableError("down")]), ScriptedModel(["second"])]
    await FallbackModel(models).complete(ASK, pieces.append)
    assert "".join(piece.text for piece in pieces) == "second"
    assert not any(piece.restart for piece in pieces)


def test_what_holds_for_all_of_them_is_what_is_known() -> None:
    first = ScriptedModel([], name="a", price=Price(prompt=1, completion=5), native_tools=True)
    second = ScriptedModel(
        [], name="b", price=Price(prompt=2, completion=3), json_schema=False, context_tokens=4096
    )
    info = FallbackModel([first, second]).info
    assert info.name == "a"
    assert info.price == Price(prompt=2, completion=5)
    assert (info.native_tools, info.json_schema, info.context_tokens) == (False, False, 4096)


def test_one_unknown_price_makes_the_whole_unknown() -> None:
    models = [ScriptedModel([], price=Price(prompt=1, completion=1)), ScriptedModel([])]
    assert FallbackModel(models).info.price is None


def test_there_must_be_somebody_to_ask() -> None:
    with pytest.raises(ValueError, match="at least one"):
        FallbackModel([])

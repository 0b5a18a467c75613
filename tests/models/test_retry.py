"""`RetryingModel`: what is asked again, when, and when it is given up."""

import pytest

from agentkit.errors import ModelRequestError, ModelUnavailableError, RateLimitedError
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.models.retry import RetryingModel
from agentkit.protocols import Delta, ModelInfo, OnDelta
from agentkit.testing.models import ScriptedModel

ASK = ChatRequest(messages=(Message(role="user", content="Hello?"),))
DOWN = ModelUnavailableError("down")


class Pauses:
    """Takes the place of sleeping."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class BreakingStream:
    """Says half of its answer the first time, all of it the second."""

    def __init__(self) -> None:
        self.calls = 0

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(name="breaking")

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        self.calls += 1
        assert on_delta is not None
        on_delta(Delta("one "))
        if self.calls == 1:
            raise DOWN
        on_delta(Delta("two"))
        return Completion(text="one two")


async def test_it_asks_until_there_is_an_answer() -> None:
    pauses = Pauses()
    inner = ScriptedModel([DOWN, RateLimitedError("slow down"), "at last"])
    answer = await RetryingModel(inner, sleep=pauses, random=lambda: 1.0).complete(ASK)
    assert answer.text == "at last"
    assert pauses.seconds == [0.5, 1.0]


async def test_the_pause_grows_up_to_a_cap_and_is_random() -> None:
    pauses = Pauses()
    inner = ScriptedModel([DOWN] * 6 + ["at last"])
    await RetryingModel(inner, attempts=7, base=1, cap=10, sleep=pauses, random=lambda: 0.5).complete(ASK)
    assert pauses.seconds == [0.5, 1, 2, 4, 5, 5]


async def test_the_last_error_is_raised_as_it_is() -> None:
    inner = ScriptedModel([DOWN, DOWN, RateLimitedError("slow down")])
    with pytest.raises(RateLimitedError, match="slow down") as caught:
        await RetryingModel(inner, attempts=3, sleep=Pauses()).complete(ASK)
    assert caught.value.__notes__ == ["after 3 tries"]


async def test_a_request_that_cannot_succeed_is_not_repeated() -> None:
    inner = ScriptedModel([ModelRequestError("never"), "unreached"])
    with pytest.raises(ModelRequestError):
        await RetryingModel(inner, sleep=Pauses()).complete(ASK)
    assert inner.left == 1


async def test_it_never_comes_back_sooner_than_the_server_wants() -> None:
    pauses = Pauses()
    inner = ScriptedModel([RateLimitedError("slow down", retry_after=7), "thanks"])
    await RetryingModel(inner, sleep=pauses, random=lambda: 0.0).complete(ASK)
    assert pauses.seconds == [7]


async def test_a_server_that_wants_too_long_a_pause_is_given_up_at_once() -> None:
    pauses = Pauses()
    inner = ScriptedModel([RateLimitedError("tomorrow", retry_after=3600), "unreached"])
    with pytest.raises(RateLimitedError) as caught:
        await RetryingModel(inner, sleep=pauses).complete(ASK)
    assert (pauses.seconds, caught.value.retry_after) == ([], 3600)


async def test_listeners_learn_that_a_broken_answer_begins_anew() -> None:
    pieces: list[Delta] = []
    await RetryingModel(BreakingStream(), sleep=Pauses()).complete(ASK, pieces.append)
    assert pieces == [Delta("one "), Delta("", restart=True), Delta("one "), Delta("two")]


async def test_nothing_begins_anew_when_nothing_was_said() -> None:
    pieces: list[Delta] = []
    await RetryingModel(ScriptedModel([DOWN, "hi"]), sleep=Pauses()).complete(ASK, pieces.append)
    assert pieces == [Delta("hi")]


def test_what_is_known_is_that_of_the_model_inside() -> None:
    assert RetryingModel(ScriptedModel([], name="inside")).info.name == "inside"


def test_there_must_be_at_least_one_try() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        RetryingModel(ScriptedModel([]), attempts=0)

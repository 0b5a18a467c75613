"""Wrappers round wrappers, as `build_model` puts them together."""

import asyncio
from pathlib import Path

import pytest

from agentkit.errors import ModelUnavailableError
from agentkit.messages import ChatRequest, Message
from agentkit.models.cassette import CassetteWriter
from agentkit.models.fallback import FallbackModel
from agentkit.models.limits import LimitedModel, RateLimiter
from agentkit.models.replay import RecordingModel
from agentkit.models.retry import RetryingModel
from agentkit.protocols import ChatModel
from agentkit.testing.models import FunctionModel, ScriptedModel

ASK = ChatRequest(messages=(Message(role="user", content="Hello?"),))


async def at_once(seconds: float) -> None:
    """Sleeps no time at all."""


def wrapped(model: ChatModel, limiter: RateLimiter) -> ChatModel:
    return RetryingModel(LimitedModel(model, limiter), attempts=3, sleep=at_once)


async def test_a_model_is_tried_again_before_the_next_is_asked() -> None:
    down = ModelUnavailableError("down")
    first, second = ScriptedModel([down, down, down]), ScriptedModel([down, "second"])
    model = FallbackModel([wrapped(first, RateLimiter(1)), wrapped(second, RateLimiter(1))])
    assert (await model.complete(ASK)).text == "second"
    assert (len(first.requests), len(second.requests)) == (3, 2)


async def test_waiting_for_another_try_takes_nobodys_place() -> None:
    limiter = RateLimiter(1)
    other = LimitedModel(ScriptedModel(["in between"]), limiter)
    heard: list[str] = []

    async def sleep(seconds: float) -> None:
        heard.append((await other.complete(ASK)).text)

    inner = ScriptedModel([ModelUnavailableError("down"), "at last"])
    model = RetryingModel(LimitedModel(inner, limiter), sleep=sleep)
    answer = await asyncio.wait_for(model.complete(ASK), 1)
    assert (answer.text, heard) == ("at last", ["in between"])


async def test_cancellation_passes_through_all_of_them(tmp_path: Path) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def hang(request: ChatRequest) -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return "never"

    limiter = RateLimiter(1)
    second = ScriptedModel(["unreached"])
    with CassetteWriter(tmp_path / "c.jsonl", second.info, run_id="r") as writer:
        chain = RecordingModel(FallbackModel([wrapped(FunctionModel(hang), limiter), second]), writer)
        asking = asyncio.create_task(chain.complete(ASK))
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert stopped.is_set()
    assert second.requests == [], "to be cancelled is not to be unavailable"
    async with asyncio.timeout(1), limiter.place():
        pass  # the place was given back


async def test_concurrency_stays_below_the_limit_under_retries() -> None:
    busy = most = 0

    async def shaky(request: ChatRequest) -> str:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        busy -= 1
        if int(request.messages[0].content) % 3 == 0 and seen.setdefault(request.messages[0].content, 0) < 2:
            seen[request.messages[0].content] += 1
            raise ModelUnavailableError("shaky")
        return request.messages[0].content

    seen: dict[str, int] = {}
    model = wrapped(FunctionModel(shaky), RateLimiter(4))
    asks = [ChatRequest(messages=(Message(role="user", content=str(n)),)) for n in range(40)]
    answers = await asyncio.gather(*(model.complete(ask) for ask in asks))
    assert [answer.text for answer in answers] == [str(n) for n in range(40)]
    assert most == 4

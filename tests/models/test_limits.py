"""`RateLimiter` and `LimitedModel`: never more than allowed, in order, and safe to cancel."""

import asyncio

import pytest

from agentkit.messages import ChatRequest, Message
from agentkit.models.limits import LimitedModel, RateLimiter, shared_limiter
from agentkit.testing.models import FunctionModel, ScriptedModel

ASK = ChatRequest(messages=(Message(role="user", content="Hello?"),))


class Clock:
    """A clock that goes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Counter:
    """A model function that counts how many questions are under way."""

    def __init__(self) -> None:
        self.busy = 0
        self.most = 0

    async def __call__(self, request: ChatRequest) -> str:
        self.busy += 1
        self.most = max(self.most, self.busy)
        await asyncio.sleep(0.001)
        self.busy -= 1
        return "done"


async def settle_down() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_more_than_allowed_are_under_way() -> None:
    counter = Counter()
    model = LimitedModel(FunctionModel(counter), RateLimiter(3))
    await asyncio.gather(*(model.complete(ASK) for _ in range(20)))
    assert counter.most == 3


async def test_models_that_share_a_limiter_share_its_places() -> None:
    counter = Counter()
    limiter = RateLimiter(2)
    models = [LimitedModel(FunctionModel(counter), limiter) for _ in range(4)]
    await asyncio.gather(*(model.complete(ASK) for model in models for _ in range(5)))
    assert counter.most == 2


async def test_first_come_first_served() -> None:
    limiter, served = RateLimiter(1), list[int]()

    async def ask(number: int) -> None:
        async with limiter.place():
            served.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(ask(number) for number in range(10)))
    assert served == list(range(10))


async def test_no_more_than_allowed_begin_within_any_minute() -> None:
    clock, begun = Clock(), list[float]()
    limiter = RateLimiter(10, per_minute=3, clock=clock, sleep=clock.sleep)
    for _ in range(8):
        async with limiter.place():
            begun.append(clock.now)
            clock.now += 1
    assert all(later - earlier >= 60 for earlier, later in zip(begun, begun[3:], strict=False))
    assert begun[3] == 60


async def test_an_error_gives_the_place_back() -> None:
    model = LimitedModel(ScriptedModel([RuntimeError("broken"), "fine"]), RateLimiter(1))
    with pytest.raises(RuntimeError):
        await model.complete(ASK)
    assert (await model.complete(ASK)).text == "fine"


async def test_cancelling_those_who_wait_and_those_who_work_loses_no_place() -> None:
    limiter, blocked = RateLimiter(1), asyncio.Event()

    async def ask() -> str:
        async with limiter.place():
            await blocked.wait()
            return "done"

    working, waiting, last = (asyncio.create_task(ask()) for _ in range(3))
    await settle_down()
    waiting.cancel()
    working.cancel()
    blocked.set()
    assert await asyncio.wait_for(last, 1) == "done"
    assert working.cancelled() and waiting.cancelled()


async def test_cancelling_one_who_waits_for_the_minute_lets_the_next_go() -> None:
    limiter = RateLimiter(2, per_minute=1, clock=lambda: 0.0, sleep=lambda _: asyncio.sleep(60))

    async def ask() -> None:
        async with limiter.place():
            pass

    await ask()
    waiting = asyncio.create_task(ask())
    await settle_down()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_limiter_serves_one_event_loop_after_the_other() -> None:
    counter = Counter()
    model = LimitedModel(FunctionModel(counter), RateLimiter(2))

    async def ask() -> None:
        await asyncio.gather(*(model.complete(ASK) for _ in range(6)))

    for _ in range(3):
        asyncio.run(ask())
    assert counter.most == 2


def test_a_provider_has_one_limiter() -> None:
    assert shared_limiter("a", 2) is shared_limiter("a", 2)
    assert shared_limiter("a", 2) is not shared_limiter("b", 2)


@pytest.mark.parametrize(("concurrent", "per_minute"), [(0, None), (1, 0)])
def test_a_limit_lets_something_through(concurrent: int, per_minute: int | None) -> None:
    with pytest.raises(ValueError, match="at least one"):
        RateLimiter(concurrent, per_minute)

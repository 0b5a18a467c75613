"""`ScriptedModel` and `FunctionModel`, the stand-ins that others test with."""

import asyncio
import time

import pytest
from pydantic import BaseModel

from agentkit.errors import ModelUnavailableError
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.protocols import ChatModel, Delta, Price
from agentkit.testing import FunctionModel, ScriptedModel


class Point(BaseModel):
    x: int
    y: int


def ask(text: str = "Hello there?") -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content=text),))


async def test_answers_come_in_order_and_requests_are_kept() -> None:
    model = ScriptedModel(["one", Point(x=1, y=2), Completion(text="three", finish="length")])
    answers = [await model.complete(ask(str(n))) for n in range(3)]
    assert [answer.text for answer in answers] == ["one", '{"x":1,"y":2}', "three"]
    assert answers[2].finish == "length"
    assert [request.messages[0].content for request in model.requests] == ["0", "1", "2"]


async def test_an_error_in_the_script_is_raised() -> None:
    model = ScriptedModel([ModelUnavailableError("down"), "up"])
    with pytest.raises(ModelUnavailableError):
        await model.complete(ask())
    assert (await model.complete(ask())).text == "up"


async def test_a_script_that_ran_out_says_what_was_asked_beyond_it() -> None:
    model = ScriptedModel(["only"], name="short")
    await model.complete(ask())
    assert model.left == 0
    with pytest.raises(AssertionError, match=r"short: the script has 1 answers, and call 2 .*what now\?"):
        await model.complete(ask("what now?"))


async def test_usage_is_always_the_same_and_priced_where_there_is_a_price() -> None:
    free = await ScriptedModel(["12345678"]).complete(ask("x" * 40))
    dear = await ScriptedModel(["12345678"], price=Price(prompt=1, completion=2)).complete(ask("x" * 40))
    assert (free.usage.prompt_tokens, free.usage.completion_tokens, free.usage.unpriced_calls) == (10, 2, 1)
    assert (dear.usage.usd, dear.usage.unpriced_calls, dear.usage.calls) == (14, 0, 1)


async def test_both_stream_in_pieces() -> None:
    for model in (ScriptedModel(["a longer answer than one piece"]), FunctionModel(lambda _: "x" * 30)):
        pieces: list[Delta] = []
        answer = await model.complete(ask(), pieces.append)
        assert len(pieces) > 1
        assert "".join(piece.text for piece in pieces) == answer.text


async def test_a_function_may_be_async() -> None:
    async def echo(request: ChatRequest) -> str:
        await asyncio.sleep(0)
        return request.messages[-1].content.upper()

    model = FunctionModel(echo)
    assert (await model.complete(ask("louder"))).text == "LOUDER"
    assert len(model.requests) == 1


async def test_a_delay_takes_time() -> None:
    began = time.monotonic()
    await ScriptedModel(["late"], delay=0.05).complete(ask())
    assert time.monotonic() - began >= 0.04


def test_they_are_what_the_test_says_they_are() -> None:
    model = ScriptedModel([], name="x", native_tools=True, json_schema=False, context_tokens=9)
    assert isinstance(model, ChatModel)
    assert (model.info.name, model.info.native_tools, model.info.json_schema) == ("x", True, False)
    assert model.info.context_tokens == 9

"""`LiteLLMModel` against a real server on loopback."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

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
from agentkit.messages import ChatRequest, Message, OutputSchema, ToolCall, ToolSpec
from agentkit.models.litellm import LiteLLMModel
from agentkit.models.litellm_loading import load_litellm
from agentkit.models.tokens import token_bound
from agentkit.protocols import ChatModel, Delta, OnDelta, Price
from tests.models.fake_openai import FakeServer, Reply, failure, speech, tool_wish

ASK = ChatRequest(messages=(Message(role="user", content="Hello?"),), max_tokens=50)
SCHEMA = OutputSchema(
    name="city",
    json_schema={
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
        "additionalProperties": False,
    },
)
PRICE = Price(prompt=1e-6, completion=2e-6)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def model_at(server: FakeServer, **options: Any) -> LiteLLMModel:
    return LiteLLMModel("openai/fake", api_base=server.url, **options)


def both_ways(pieces: list[Delta]) -> list[OnDelta | None]:
    return [None, pieces.append]


async def test_it_gives_text_usage_and_the_name_that_the_server_goes_by(server: FakeServer) -> None:
    answer = await model_at(server).complete(ASK)
    assert (answer.text, answer.finish, answer.model) == ("hello", "stop", "fake-1")
    assert (answer.usage.calls, answer.usage.prompt_tokens, answer.usage.completion_tokens) == (1, 100, 20)
    assert server.requests[0]["messages"] == [{"role": "user", "content": "Hello?"}]
    assert server.requests[0]["max_tokens"] == 50
    assert "temperature" not in server.requests[0]


async def test_streaming_gives_the_same_answer_in_pieces(server: FakeServer) -> None:
    server.script = [speech("one two three")]
    pieces: list[Delta] = []
    answer = await model_at(server).complete(ASK, pieces.append)
    assert len(pieces) > 2
    assert "".join(piece.text for piece in pieces) == answer.text == "one two three"
    assert answer.usage.prompt_tokens == 100


async def test_the_whole_conversation_is_sent(server: FakeServer) -> None:
    call = ToolCall(id="c7", name="add", arguments={"a": 1, "b": "ü"})
    messages = (
        Message(role="system", content="Be brief."),
        Message(role="user", content="1 + ü?"),
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content="no", tool_call_id="c7"),
    )
    await model_at(server).complete(ChatRequest(messages=messages, temperature=0.5))
    sent = server.requests[0]
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "tool"]
    assert sent["messages"][2]["tool_calls"][0]["id"] == sent["messages"][3]["tool_call_id"] == "c7"
    assert json.loads(sent["messages"][2]["tool_calls"][0]["function"]["arguments"]) == call.arguments
    assert sent["temperature"] == 0.5


@pytest.mark.parametrize("streamed", [False, True])
async def test_tools_are_offered_and_wishes_come_back_parsed(server: FakeServer, streamed: bool) -> None:
    server.script = [tool_wish("add", '{"a": 1, "b": [2]}')]
    tool = ToolSpec(name="add", description="Adds.", parameters={"type": "object", "properties": {}})
    request = ASK.model_copy(update={"tools": (tool,)})
    answer = await model_at(server).complete(request, both_ways([])[streamed])
    assert answer.tool_calls == (ToolCall(id="call_1", name="add", arguments={"a": 1, "b": [2]}),)
    assert answer.finish == "tool_calls"
    assert server.requests[0]["tools"][0]["function"]["name"] == "add"


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("arguments", ['{"a": ', "[1]"])
async def test_malformed_tool_arguments_are_the_models_mistake(
    server: FakeServer, arguments: str, streamed: bool
) -> None:
    server.script = [tool_wish("add", arguments)]
    with pytest.raises(OutputError, match="arguments of the call to add"):
        await model_at(server).complete(ASK, both_ways([])[streamed])


@pytest.mark.parametrize(
    ("said", "finish"), [("length", "length"), ("content_filter", "refused"), ("stop", "stop")]
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_why_an_answer_ended(server: FakeServer, said: str, finish: str, streamed: bool) -> None:
    server.script = [speech("so far", finish=said)]
    assert (await model_at(server).complete(ASK, both_ways([])[streamed])).finish == finish


async def test_a_refusal_in_words_is_a_refusal(server: FakeServer) -> None:
    reply = speech(None)
    reply.body["choices"][0]["message"]["refusal"] = "I must not."
    server.script = [reply]
    answer = await model_at(server).complete(ASK)
    assert (answer.finish, answer.text) == ("refused", "I must not.")


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_empty_text_is_an_answer_but_no_choices_are_none(server: FakeServer, streamed: bool) -> None:
    empty = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": []}
    server.script = [speech(None), Reply(body=empty, stream=[])]
    model = model_at(server)
    assert (await model.complete(ASK, both_ways([])[streamed])).text == ""
    with pytest.raises(OutputError, match="no answer"):
        await model.complete(ASK, both_ways([])[streamed])


class TestPrices:
    async def test_a_server_of_ones_own_has_no_known_price(self, server: FakeServer) -> None:
        model = model_at(server)
        assert model.info.price is None
        assert (await model.complete(ASK)).usage.unpriced_calls == 1

    async def test_a_given_price_is_used(self, server: FakeServer) -> None:
        answer = await model_at(server, price=PRICE).complete(ASK)
        assert answer.usage.usd == pytest.approx(100 * 1e-6 + 20 * 2e-6)
        assert answer.usage.unpriced_calls == 0

    async def test_cached_tokens_are_reported(self, server: FakeServer) -> None:
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        server.script = [speech("hi", usage={**usage, "prompt_tokens_details": {"cached_tokens": 60}})]
        assert (await model_at(server).complete(ASK)).usage.cached_tokens == 60

    async def test_thoughts_that_are_only_in_the_total_count(self, server: FakeServer) -> None:
        server.script = [
            speech("hi", usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 65})
        ]
        assert (await model_at(server).complete(ASK)).usage.completion_tokens == 55

    async def test_a_server_that_does_not_count_is_counted_by_the_bound(self, server: FakeServer) -> None:
        server.script = [speech("some words", usage=None)]
        usage = (await model_at(server).complete(ASK)).usage
        assert usage.prompt_tokens == token_bound(ASK)
        assert usage.completion_tokens > 0


class TestInfo:
    def test_a_server_of_ones_own_is_not_counted_on_for_tools(self) -> None:
        info = LiteLLMModel("openai/x", api_base="http://127.0.0.1:9/v1").info
        assert (info.name, info.native_tools, info.json_schema) == ("openai/x", False, True)

    def test_what_one_says_holds(self) -> None:
        model = LiteLLMModel("x", api_base="http://127.0.0.1:9/v1", native_tools=True, json_schema=False)
        assert (model.info.native_tools, model.info.json_schema) == (True, False)

    def test_a_hosted_model_is_looked_up(self) -> None:
        info = LiteLLMModel("openai/gpt-4.1-mini").info
        assert info.price == Price(prompt=4e-7, completion=1.6e-6)
        assert info.native_tools and info.json_schema
        assert info.context_tokens is not None and info.context_tokens > 100_000

    def test_an_unknown_model_has_no_price(self) -> None:
        assert LiteLLMModel("openrouter/nobody/knows").info.price is None


class TestErrors:
    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (failure(429, "slow down"), RateLimitedError),
            (failure(429, "You exceeded your current quota", "insufficient_quota"), ModelAccessError),
            (failure(500, "oops"), ModelUnavailableError),
            (failure(502, "bad gateway"), ModelUnavailableError),
            (failure(503, "overloaded"), ModelUnavailableError),
            (failure(529, "overloaded"), ModelUnavailableError),
            (failure(408, "too slow"), ModelUnavailableError),
            (failure(401, "bad key"), ModelAccessError),
            (failure(402, "pay first"), ModelAccessError),
            (failure(403, "not you"), ModelAccessError),
            (failure(404, "no model fake"), ModelNotFoundError),
            (failure(400, "odd parameter"), ModelRequestError),
            (failure(418, "teapot"), ModelRequestError),
            (failure(422, "unprocessable"), ModelRequestError),
            (
                failure(400, "maximum context length is 4096 tokens", "context_length_exceeded"),
                ContextLengthError,
            ),
            (failure(400, "exceeds the available context size (128 tokens)"), ContextLengthError),
            (failure(400, "prompt is too long: 5 tokens"), ContextLengthError),
            (failure(400, "rejected by our content policy"), ModelRefusedError),
            (Reply(body="<html>"), ModelUnavailableError),
        ],
    )
    async def test_what_the_server_says_becomes_an_error_of_ours(
        self, server: FakeServer, reply: Reply, error: type[ModelError]
    ) -> None:
        server.script = [reply]
        with pytest.raises(error) as caught:
            await model_at(server).complete(ASK)
        assert type(caught.value) is error
        assert caught.value.model == "openai/fake"
        assert caught.value.mend
        assert "litellm" not in caught.value.what
        assert len(server.requests) == 1, "litellm must not try again by itself"

    @pytest.mark.parametrize("streamed", [False, True])
    @pytest.mark.parametrize(
        ("headers", "seconds"), [({"Retry_After": "7"}, 7.0), ({"retry_after_ms": "250"}, 0.25), ({}, None)]
    )
    async def test_how_long_to_wait_is_read_from_the_headers(
        self, server: FakeServer, headers: dict[str, str], seconds: float | None, streamed: bool
    ) -> None:
        server.script = [failure(429, "slow down", None, **headers)]
        with pytest.raises(RateLimitedError) as caught:
            await model_at(server).complete(ASK, both_ways([])[streamed])
        assert caught.value.retry_after == seconds
        assert caught.value.what == "slow down"

    async def test_nobody_listens(self) -> None:
        with FakeServer() as server:
            url = server.url
        with pytest.raises(ModelUnavailableError):
            await LiteLLMModel("fake", api_base=url).complete(ASK)

    async def test_a_broken_stream_is_worth_another_try(self, server: FakeServer) -> None:
        whole = speech("one two three")
        server.script = [Reply(stream=(whole.stream or ())[:3], cut=True)]
        pieces: list[Delta] = []
        with pytest.raises(ModelUnavailableError):
            await model_at(server).complete(ASK, pieces.append)
        assert pieces

    async def test_a_hosted_model_without_a_key_is_refused_before_anything_is_sent(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        with pytest.raises(ModelAccessError, match="OPENAI_API_KEY"):
            await LiteLLMModel("openai/gpt-4.1-mini").complete(ASK)

    async def test_an_unknown_provider_is_an_unknown_model(self) -> None:
        with pytest.raises(ModelNotFoundError):
            await LiteLLMModel("nobody/knows").complete(ASK)


class TestTime:
    @pytest.mark.parametrize("streamed", [False, True])
    async def test_a_server_that_hangs_is_given_up(self, server: FakeServer, streamed: bool) -> None:
        never = threading.Event()
        server.script = [Reply(hang=never)]
        with pytest.raises(ModelUnavailableError):
            await model_at(server, timeout=0.2).complete(ASK, both_ways([])[streamed])
        never.set()

    @pytest.mark.parametrize("streamed", [False, True])
    async def test_cancellation_passes_through(self, server: FakeServer, streamed: bool) -> None:
        never = threading.Event()
        server.script = [Reply(hang=never)]
        asking = asyncio.create_task(model_at(server).complete(ASK, both_ways([])[streamed]))
        while not server.requests:
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        never.set()

    async def test_many_questions_at_once(self, server: FakeServer) -> None:
        model = model_at(server)
        answers = await asyncio.gather(*(model.complete(ASK) for _ in range(20)))
        assert [answer.text for answer in answers] == ["hello"] * 20

    def test_one_model_serves_several_event_loops(self, server: FakeServer) -> None:
        model = model_at(server)
        said = [asyncio.run(model.complete(ASK)).text for _ in range(3)]
        assert said == ["hello"] * 3


class TestForms:
    async def test_a_schema_is_sent_and_strict_where_it_can_be(self, server: FakeServer) -> None:
        model = model_at(server)
        loose = OutputSchema(name="any", json_schema={"type": "object"})
        for schema in (SCHEMA, loose):
            await model.complete(ASK.model_copy(update={"output": schema}))
        forms = [request["response_format"]["json_schema"] for request in server.requests]
        assert [(form["name"], form["strict"]) for form in forms] == [("city", True), ("any", False)]
        assert forms[0]["schema"] == SCHEMA.json_schema

    async def test_a_server_that_takes_no_schema_is_remembered(self, server: FakeServer) -> None:
        server.script = [failure(400, "response_format is not supported")]
        model = model_at(server)
        with pytest.raises(ModelRequestError, match="response_format"):
            await model.complete(ASK.model_copy(update={"output": SCHEMA}))
        assert model.info.json_schema is False

    async def test_a_server_that_dislikes_one_schema_may_take_another(self, server: FakeServer) -> None:
        server.script = [failure(400, "Invalid schema for response_format 'city'")]
        model = model_at(server)
        with pytest.raises(ModelRequestError):
            await model.complete(ASK.model_copy(update={"output": SCHEMA}))
        assert model.info.json_schema is True


class TestNames:
    @pytest.mark.parametrize(
        ("name", "sent"),
        [
            ("qwen", "qwen"),
            ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B"),
            ("openai/openai/gpt-oss-20b", "openai/gpt-oss-20b"),
            ("hosted_vllm/x", "x"),
        ],
    )
    async def test_any_servers_model_can_be_named(self, server: FakeServer, name: str, sent: str) -> None:
        await LiteLLMModel(name, api_base=server.url, api_key="secret").complete(ASK)
        assert server.requests[0]["model"] == sent

    async def test_a_temperature_that_a_model_does_not_take_is_left_out(self, server: FakeServer) -> None:
        model = LiteLLMModel("openai/gpt-5-mini", api_base=server.url)
        for _ in range(2):
            await model.complete(ASK.model_copy(update={"temperature": 0.2}))
        assert ["temperature" in request for request in server.requests] == [False, False]


def test_it_is_a_chat_model() -> None:
    assert isinstance(LiteLLMModel("x", api_base="http://127.0.0.1:9/v1"), ChatModel)


def test_the_price_list_is_the_one_that_came_with_it() -> None:
    assert len(load_litellm().model_cost) > 1000

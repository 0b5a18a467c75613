"""`ScriptedModel` and `FunctionModel`: language models whose words a test writes down."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence

from pydantic import BaseModel

from agentkit.budget import Usage
from agentkit.messages import ChatRequest, Completion
from agentkit.protocols import Delta, ModelInfo, OnDelta, Price

__all__ = ["FunctionModel", "ScriptedModel"]

_PIECE = 8


class ScriptedModel:
    """Gives the answers of a script, one a call, in order; errors in it are raised.

    A text or a pydantic object (as JSON) is an answer whose usage is estimated, always the same for
    the same request; a `Completion` is given as it stands. `requests` holds what was asked. When the
    script has run out an `AssertionError` says what was asked beyond it. `delay` is in seconds.

    >>> from agentkit.messages import Message
    >>> model = ScriptedModel(["4"])
    >>> question = ChatRequest(messages=(Message(role="user", content="what is 2 + 2?"),))
    >>> asyncio.run(model.complete(question)).text, len(model.requests)
    ('4', 1)
    """

    def __init__(
        self,
        answers: Sequence[str | BaseModel | Exception],
        *,
        name: str = "scripted",
        price: Price | None = None,
        native_tools: bool = False,
        json_schema: bool = True,
        context_tokens: int | None = None,
        delay: float = 0.0,
    ) -> None:
        self._answers = list(answers)
        self._info = ModelInfo(
            name=name,
            price=price,
            native_tools=native_tools,
            json_schema=json_schema,
            context_tokens=context_tokens,
        )
        self._delay = delay
        self.requests: list[ChatRequest] = []

    @property
    def info(self) -> ModelInfo:
        """What the test says of it."""
        return self._info

    @property
    def left(self) -> int:
        """How many answers are still to be given."""
        return max(0, len(self._answers) - len(self.requests))

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The next answer of the script."""
        self.requests.append(request)
        number = len(self.requests)
        if number > len(self._answers):
            last = request.messages[-1].content if request.messages else ""
            raise AssertionError(
                f"{self._info.name}: the script has {len(self._answers)} answers, and call {number} "
                f"(stage {request.stage}) wants another one. It asks: {last[-200:]!r}"
            )
        if self._delay:
            await asyncio.sleep(self._delay)
        answer = self._answers[number - 1]
        if isinstance(answer, Exception):
            raise answer
        return _speak(answer, request, self._info, on_delta)


class FunctionModel:
    """Answers with what a function (sync or async) makes of the request; `requests` holds what was asked."""

    def __init__(
        self,
        function: Callable[[ChatRequest], str | BaseModel | Awaitable[str | BaseModel]],
        *,
        name: str = "function",
        price: Price | None = None,
        native_tools: bool = False,
        json_schema: bool = True,
        context_tokens: int | None = None,
    ) -> None:
        self._function = function
        self._info = ModelInfo(
            name=name,
            price=price,
            native_tools=native_tools,
            json_schema=json_schema,
            context_tokens=context_tokens,
        )
        self.requests: list[ChatRequest] = []

    @property
    def info(self) -> ModelInfo:
        """What the test says of it."""
        return self._info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """What the function says; its exceptions pass through."""
        self.requests.append(request)
        answer = self._function(request)
        if inspect.isawaitable(answer):
            answer = await answer
        return _speak(answer, request, self._info, on_delta)


def _speak(
    answer: str | BaseModel, request: ChatRequest, info: ModelInfo, on_delta: OnDelta | None
) -> Completion:
    completion = answer if isinstance(answer, Completion) else _estimated(answer, request, info)
    if on_delta is not None:
        for piece in _pieces(completion.text):
            on_delta(Delta(piece))
    return completion


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def _estimated(answer: str | BaseModel, request: ChatRequest, info: ModelInfo) -> Completion:
    """An answer with the usage of a tokenizer that makes a token of every four letters."""
    text = answer if isinstance(answer, str) else answer.model_dump_json()
    sent = sum(len(message.content) for message in request.messages) // 4
    received = -(-len(text) // 4)
    usage = Usage(calls=1, prompt_tokens=sent, completion_tokens=received)
    if info.price is None:
        priced = usage.model_copy(update={"unpriced_calls": 1})
    else:
        usd = sent * info.price.prompt + received * info.price.completion
        priced = usage.model_copy(update={"usd": usd})
    return Completion(text=text, usage=priced, model=info.name)

"""How a worker and a model take turns: by native tool calls, or by JSON where the model has none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from agentkit.errors import ModelRefusedError, OutputError
from agentkit.messages import ChatRequest, Message, ToolCall, ToolSpec
from agentkit.models.structured import structured
from agentkit.prompts import load_prompt
from agentkit.protocols import ChatModel, ToolOutcome, WorkerContext

__all__ = ["Turn", "TurnTaker", "turn_taker"]

_LAST = "This was the last call. Answer now with what you have, or give up."
_GIVE_UP = ToolSpec(
    name="give_up",
    description="Say that the work cannot be done with what there is.",
    parameters={
        "type": "object",
        "properties": {"why": {"type": "string", "description": "What is missing."}},
        "required": ["why"],
    },
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model wants in one turn: an answer, to give up, or tools."""

    message: Message
    answer: str = ""
    give_up: str = ""
    calls: tuple[ToolCall, ...] = ()


class TurnTaker(Protocol):
    """One way of taking turns."""

    system: str
    """The system prompt that goes with it; the same for every subtask."""

    async def take(self, messages: Sequence[Message], *, last: bool) -> Turn:
        """The model's next turn; on the `last` one it must answer."""

    def show(self, outcomes: Sequence[ToolOutcome], hint: str) -> list[Message]:
        """Tool outcomes as messages, with a hint to the model behind the last."""


def turn_taker(context: WorkerContext, max_tokens: int, extra: tuple[ToolSpec, ...] = ()) -> TurnTaker:
    """The way that suits the model. `extra` are calls beside the tools, which the worker answers itself."""
    tools = (*context.tools, *extra)
    if not tools or context.model.info.native_tools:
        return _Native(context.model, tools, max_tokens)
    return _Json(context.model, tools, max_tokens)


class _Native:
    def __init__(self, model: ChatModel, tools: tuple[ToolSpec, ...], max_tokens: int) -> None:
        self._model = model
        self._tools = (*tools, _GIVE_UP) if model.info.native_tools else ()
        self._max_tokens = max_tokens
        self.system = load_prompt(__file__, "reasoning")

    async def take(self, messages: Sequence[Message], *, last: bool) -> Turn:
        closing = (Message(role="user", content=_LAST),) if last and len(messages) > 2 else ()
        request = ChatRequest(
            messages=(*messages, *closing),
            tools=(_GIVE_UP,) if last and self._tools else self._tools,
            max_tokens=self._max_tokens,
            stage="work",
        )
        completion = await self._model.complete(request)
        if completion.finish == "refused":
            raise ModelRefusedError("the model declined", model=completion.model)
        said = Message(role="assistant", content=completion.text, tool_calls=completion.tool_calls)
        for call in completion.tool_calls:
            if call.name == _GIVE_UP.name:
                return Turn(said, give_up=str(call.arguments.get("why") or "it gave no reason"))
        if completion.tool_calls:
            return Turn(said, calls=completion.tool_calls)
        if not completion.text.strip():
            raise OutputError("the model said nothing", model=completion.model)
        if completion.finish == "length":
            what = "the answer was cut off at the most tokens that it may have; be shorter"
            raise OutputError(what, model=completion.model, text=completion.text)
        return Turn(said, answer=completion.text.strip())

    def show(self, outcomes: Sequence[ToolOutcome], hint: str) -> list[Message]:
        found = [
            Message(role="tool", tool_call_id=o.call.id, content=f"Error: {o.text}" if o.is_error else o.text)
            for o in outcomes
        ]
        if hint:
            found[-1] = found[-1].model_copy(update={"content": f"{found[-1].content}\n\n{hint}"})
        return found


class _JsonCall(BaseModel):
    """What `turn_type` narrows to the tools that there are."""

    model_config = ConfigDict(extra="forbid")

    tool: str
    arguments: dict[str, Any]


class _JsonTurn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    thought: str
    calls: list[_JsonCall] = Field(default_factory=list)
    answer: str
    give_up: str

    @model_validator(mode="after")
    def _says_something(self) -> _JsonTurn:
        if not (self.calls or self.answer.strip() or self.give_up.strip()):
            raise ValueError("give calls, an answer, or a reason to give up")
        return self


@cache
def _turn_type(names: tuple[str, ...]) -> type[_JsonTurn]:
    tool: Any = (Literal[names], ...)
    call = create_model("Call", __base__=_JsonCall, tool=tool)
    # `call` is a class made a line above, which a type checker does not take for a type.
    return create_model("Turn", __base__=_JsonTurn, calls=(list[call], ...))  # type: ignore[valid-type]


class _Json:
    def __init__(self, model: ChatModel, tools: tuple[ToolSpec, ...], max_tokens: int) -> None:
        self._model = model
        self._type = _turn_type(tuple(t.name for t in tools))
        self._max_tokens = max_tokens
        listing = "\n".join(_line(t) for t in tools)
        form = load_prompt(__file__, "json_turn").replace("{tools}", listing)
        self.system = f"{load_prompt(__file__, 'reasoning')}\n\n{form}"

    async def take(self, messages: Sequence[Message], *, last: bool) -> Turn:
        closing = (Message(role="user", content=_LAST),) if last and len(messages) > 2 else ()
        request = ChatRequest(messages=(*messages, *closing), max_tokens=self._max_tokens, stage="work")
        found = await structured(self._model, request, self._type, name="turn")
        turn = found.value
        said = Message(role="assistant", content=found.text)
        if turn.calls and not last:
            calls = tuple(
                ToolCall(id=f"{len(messages)}.{n}", name=c.tool, arguments=c.arguments)
                for n, c in enumerate(turn.calls)
            )
            return Turn(said, calls=calls)
        return Turn(said, answer=turn.answer.strip(), give_up=turn.give_up.strip())

    def show(self, outcomes: Sequence[ToolOutcome], hint: str) -> list[Message]:
        blocks = [
            f"[{n}. {o.call.name}] {'Error: ' if o.is_error else ''}{o.text}"
            for n, o in enumerate(outcomes, start=1)
        ]
        return [Message(role="user", content="\n\n".join([*blocks, hint] if hint else blocks))]


def _line(tool: ToolSpec) -> str:
    """A tool in one line: what a model must know to call it."""
    return f"- {tool.name}({_fields(tool.parameters)}): {' '.join(tool.description.split())}"


def _fields(schema: dict[str, Any]) -> str:
    """An object's fields with their types and what they mean."""
    needed, fields = schema.get("required", ()), []
    for name, field in schema.get("properties", {}).items():
        default = "" if name in needed else f" = {json.dumps(field.get('default'))}"
        text = f" ({field['description']})" if field.get("description") else ""
        fields.append(f"{name}: {_kind(field)}{default}{text}")
    return ", ".join(fields)


def _kind(schema: dict[str, Any]) -> str:
    """A parameter's type in a word."""
    if "enum" in schema:
        return "|".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return "|".join(_kind(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if schema.get("properties"):
        return f"{{{_fields(schema)}}}"
    return str(schema.get("type", "any"))

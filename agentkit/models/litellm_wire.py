"""Between our messages and those that litellm takes and gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit.budget import Usage
from agentkit.errors import OutputError
from agentkit.messages import ChatRequest, Completion, Finish, Message, ToolCall
from agentkit.models.tokens import text_bound, token_bound
from agentkit.protocols import Delta, OnDelta

__all__ = ["Answer", "arguments_for", "read_answer", "read_stream"]

_FINISH: dict[str | None, Finish] = {
    "length": "length",
    "content_filter": "refused",
    "refusal": "refused",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


def arguments_for(request: ChatRequest) -> dict[str, Any]:
    """The request as keyword arguments of `litellm.acompletion`."""
    arguments: dict[str, Any] = {
        "messages": [_message(message) for message in request.messages],
        "max_tokens": request.max_tokens,
    }
    if request.temperature is not None:
        arguments["temperature"] = request.temperature
    if request.tools:
        arguments["tools"] = [{"type": "function", "function": tool.model_dump()} for tool in request.tools]
    if request.output is not None:
        schema = request.output.json_schema
        form = {"name": request.output.name, "schema": schema, "strict": _is_strict(schema)}
        arguments["response_format"] = {"type": "json_schema", "json_schema": form}
    return arguments


def _message(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        plain["content"] = message.content or None
        plain["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        plain["tool_call_id"] = message.tool_call_id
    return plain


def _is_strict(schema: Any) -> bool:
    """Whether strict servers take the schema as it is: every object closed, all its properties required."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(properties):
            return False
    return all(_is_strict(value) for value in schema.values())


@dataclass
class _WishedCall:
    """A tool call as it comes in, piece by piece."""

    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class Answer:
    """What a server said, before it is judged."""

    text: str = ""
    calls: dict[int, _WishedCall] = field(default_factory=dict)
    finish: Finish = "stop"
    usage: Any = None
    model: str = ""

    def completion(self, request: ChatRequest, model: str) -> Completion:
        """The answer in our form, without its price. Raises `OutputError` for malformed tool arguments."""
        calls = tuple(self._tool_call(number, call, model) for number, call in self.calls.items())
        wants_tools = bool(calls) and self.finish == "stop"
        return Completion(
            text=self.text,
            tool_calls=calls,
            finish="tool_calls" if wants_tools else self.finish,
            usage=_usage(self.usage, request, self),
            model=self.model or model,
        )

    def _tool_call(self, number: int, call: _WishedCall, model: str) -> ToolCall:
        try:
            arguments = json.loads(call.arguments or "{}")
        except ValueError:
            cut = self.finish == "length"
            what = f"the arguments of the call to {call.name} {'are cut off' if cut else 'are not JSON'}"
            mend = "raise max_tokens" if cut else "ask again"
            raise OutputError(what, model=model, mend=mend, text=call.arguments) from None
        if not isinstance(arguments, dict):
            what = f"the arguments of the call to {call.name} are not a JSON object"
            raise OutputError(what, model=model, mend="ask again", text=call.arguments)
        return ToolCall(id=call.id or f"call_{number}", name=call.name, arguments=arguments)


def read_answer(response: Any, model: str) -> Answer:
    """A whole answer. Raises `OutputError` where there is none in it."""
    if not response.choices:
        raise OutputError("the server sent no answer", model=model, mend="try again, or ask another model")
    choice = response.choices[0]
    answer = Answer(usage=getattr(response, "usage", None), model=response.model or "")
    _take_piece(answer, choice.message)
    answer.finish = _finish(choice.finish_reason, answer.finish)
    return answer


async def read_stream(stream: Any, on_delta: OnDelta, model: str) -> Answer:
    """A streamed answer; `on_delta` gets the text as it comes. Raises `OutputError` where none comes."""
    answer = Answer()
    try:
        async for chunk in stream:
            answer.model = answer.model or chunk.model or ""
            answer.usage = getattr(chunk, "usage", None) or answer.usage
            for choice in chunk.choices[:1]:
                if piece := _take_piece(answer, choice.delta):
                    on_delta(Delta(piece))
                answer.finish = _finish(choice.finish_reason, answer.finish)
    finally:
        await stream.aclose()
    if not (answer.text or answer.calls or answer.usage):
        raise OutputError("the server sent no answer", model=model, mend="try again, or ask another model")
    return answer


def _take_piece(answer: Answer, piece: Any) -> str:
    """Add a message, or a part of one, to the answer; returns the text in it."""
    refusal = (getattr(piece, "provider_specific_fields", None) or {}).get("refusal") or ""
    if refusal:
        answer.finish = "refused"
    text: str = (getattr(piece, "content", None) or "") + refusal
    answer.text += text
    for place, part in enumerate(getattr(piece, "tool_calls", None) or ()):
        number = getattr(part, "index", None)
        call = answer.calls.setdefault(place if number is None else number, _WishedCall())
        call.id = call.id or part.id or ""
        call.name = call.name or part.function.name or ""
        call.arguments += part.function.arguments or ""
    return text


def _finish(reason: str | None, before: Finish) -> Finish:
    return _FINISH.get(reason, before) if before == "stop" else before


def _usage(raw: Any, request: ChatRequest, answer: Answer) -> Usage:
    prompt, completion = _count(raw, "prompt_tokens"), _count(raw, "completion_tokens")
    if not prompt:
        # A server that does not count must not make a budget of tokens worthless: the bound stands in.
        said = answer.text + "".join(call.name + call.arguments for call in answer.calls.values())
        prompt, completion = token_bound(request), completion or text_bound(said)
    # Some providers leave out of the completion what was thought, but not out of the total.
    completion = max(completion, _count(raw, "total_tokens") - prompt)
    cached = _count(getattr(raw, "prompt_tokens_details", None), "cached_tokens")
    return Usage(
        calls=1, prompt_tokens=prompt, completion_tokens=completion, cached_tokens=min(cached, prompt)
    )


def _count(holder: Any, name: str) -> int:
    value = holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)
    return int(value or 0)

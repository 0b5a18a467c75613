"""An agent of openai-agents whose model answers at once, shared by the benchmarks of openai-agents."""

# mypy: disable-error-code="import-not-found,misc,untyped-decorator"
# (openai-agents is installed only in its own environment.)

from __future__ import annotations

from typing import Any

from agents import Agent, ModelResponse, Usage, function_tool, set_tracing_disabled
from agents.models.interface import Model
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

__all__ = ["agent"]

set_tracing_disabled(True)


class Scripted(Model):
    """Calls the tool `turns` times, then answers."""

    def __init__(self, turns: int) -> None:
        self.turns = turns

    async def get_response(
        self, system_instructions: str | None, input: Any, *args: Any, **options: Any
    ) -> ModelResponse:
        # Each turn adds a call and its output to the question.
        turn = 0 if isinstance(input, str) else len(input) // 2
        said = _call(turn) if turn < self.turns else _text("done")
        return ModelResponse(output=[said], usage=Usage(requests=1), response_id=None)

    def stream_response(self, *args: Any, **options: Any) -> Any:
        raise NotImplementedError


def agent(turns: int = 0) -> Agent[None]:
    """An agent with one tool, which it calls `turns` times."""
    return Agent(name="bench", model=Scripted(turns), tools=[successor] if turns else [])


@function_tool
def successor(x: int) -> int:
    """The next number."""
    return x + 1


def _call(turn: int) -> ResponseFunctionToolCall:
    arguments = f'{{"x": {turn}}}'
    return ResponseFunctionToolCall(
        id=f"f{turn}", call_id=f"c{turn}", type="function_call", name="successor", arguments=arguments
    )


def _text(words: str) -> ResponseOutputMessage:
    part = ResponseOutputText(text=words, type="output_text", annotations=[], logprobs=[])
    return ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=[part])

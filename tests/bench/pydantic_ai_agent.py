"""A pydantic-ai agent whose model answers at once, shared by the benchmarks of pydantic-ai."""

# mypy: disable-error-code="import-not-found,misc"
# (pydantic-ai is installed only in its own environment.)

from __future__ import annotations

from typing import Any

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import Model

__all__ = ["agent"]


class Scripted(Model):
    """Calls the tool `turns` times, then answers.

    Leaner than the library's own FunctionModel, which estimates tokens over the whole history each turn.
    """

    model_name = "scripted"
    system = "scripted"

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = turns

    async def request(
        self, messages: list[ModelMessage], model_settings: Any, model_request_parameters: Any
    ) -> ModelResponse:
        turn = len(messages) // 2  # question and answer take turns
        if turn < self.turns:
            return ModelResponse(parts=[ToolCallPart("successor", {"x": turn}, tool_call_id=str(turn))])
        return ModelResponse(parts=[TextPart("done")])


def agent(turns: int = 0) -> Agent[None, str]:
    """An agent with one tool, which it calls `turns` times."""
    made = Agent(Scripted(turns))
    if turns:
        made.tool_plain(successor)
    return made


def successor(x: int) -> int:
    """The next number."""
    return x + 1

"""What is said to a language model and what it says back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agentkit.budget import Usage
from agentkit.frozen import Frozen

__all__ = [
    "ChatRequest",
    "Completion",
    "Finish",
    "Message",
    "OutputSchema",
    "Role",
    "Stage",
    "ToolCall",
    "ToolSpec",
]

Role = Literal["system", "user", "assistant", "tool"]

Stage = str
"""What a model call is for. The core uses: plan, assign, work, verify, recover, compose, ask."""

Finish = Literal["stop", "length", "tool_calls", "refused"]
"""Why a completion ended: said all; cut off at max_tokens; wants tools; declined."""


class ToolCall(Frozen):
    """A model's wish to have a tool run."""

    id: str
    """Names the call, so that its result can be told from others'."""
    name: str
    """The tool's name."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """The arguments by parameter name, as parsed from JSON."""


class ToolSpec(Frozen):
    """What a model is told of a tool."""

    name: str
    """The name to call it by."""
    description: str
    """What it does and when to use it."""
    parameters: dict[str, Any]
    """JSON schema of the arguments (an object)."""


class Message(Frozen):
    """One turn of a conversation."""

    role: Role
    """Who speaks."""
    content: str = ""
    """The text."""
    tool_calls: tuple[ToolCall, ...] = ()
    """For an assistant: the tools that it wants run."""
    tool_call_id: str | None = None
    """For a tool: which call this answers."""


class OutputSchema(Frozen):
    """The form that an answer must have."""

    name: str
    """A short identifier, as some servers want one."""
    json_schema: dict[str, Any]
    """The JSON schema."""


class ChatRequest(Frozen):
    """One question to a language model."""

    messages: tuple[Message, ...]
    """The conversation so far, oldest first."""
    tools: tuple[ToolSpec, ...] = ()
    """Tools that the model may call natively."""
    output: OutputSchema | None = None
    """The form of the answer, where the server is to enforce one."""
    max_tokens: int = Field(default=4096, gt=0)
    """Most tokens to generate."""
    temperature: float | None = None
    """Sampling temperature; None leaves it to the server."""
    stage: Stage = "work"
    """What the call is for; costs are reported and budgets allotted by it."""


class Completion(Frozen):
    """A language model's answer."""

    text: str = ""
    """What it said."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The tools that it wants run."""
    finish: Finish = "stop"
    """Why it ended."""
    usage: Usage = Usage(calls=1)
    """What it cost."""
    model: str = ""
    """Which model answered, as the server names it."""

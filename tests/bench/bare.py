"""The bare model: asked once, with everything in its prompt. Orchestration is measured beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentkit.messages import ChatRequest, Completion, Message
from agentkit.protocols import ChatModel

__all__ = ["ask_bare"]

_SYSTEM = "Do the task. Give the answer alone, in exactly the form that the task asks for."


async def ask_bare(model: ChatModel, goal: str, files: Sequence[Path]) -> Completion:
    """One call, the files' contents before the task."""
    contents = "".join(f"{path.name}:\n{path.read_text(encoding='utf-8')}\n\n" for path in files)
    messages = (
        Message(role="system", content=_SYSTEM),
        Message(role="user", content=f"{contents}Task: {goal}"),
    )
    return await model.complete(ChatRequest(messages=messages, stage="bare", max_tokens=16_000))

"""A worker's context without an engine, and formulations that a model might give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.messages import ToolCall, ToolSpec
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, ChatModel, ToolOutcome
from agentkit.task import Attachment

__all__ = ["PRINTERS", "Desk", "assignment"]

PRINTERS: dict[str, Any] = {
    "sets": {"kinds": ["color", "plain"]},
    "parameters": {
        "profit": {"over": "kinds", "values": [200, 70]},
        "most": {"over": "kinds", "values": [20, 30]},
    },
    "variables": {"make": {"over": "k in kinds", "type": "integer", "upper": "most[k]"}},
    "constraints": [{"name": "trays", "rule": "sum(make[k] for k in kinds) <= 35", "source": 2}],
    "objective": {"maximize": "sum(profit[k] * make[k] for k in kinds)"},
    "answer": ["{make['color']} color, {make['plain']} plain", "ANSWER: {objective}"],
}
"""Proven optimum 5050: 20 color and 15 plain printers."""


@dataclass
class Desk:
    """What a worker gets."""

    model: ChatModel
    seconds_left: float | None = None
    tools: tuple[ToolSpec, ...] = ()

    async def call_tools(self, calls: Sequence[ToolCall]) -> list[ToolOutcome]:
        raise AssertionError("it needs no tools")

    async def ask_person(self, prompt: str, detail: str = "") -> str:
        raise AssertionError("it has nobody to ask")


def assignment(goal: str, *files: Attachment) -> Assignment:
    """A whole task."""
    return Assignment(goal=goal, subtask=Subtask(id="task", goal=goal), attachments=files, final=True)

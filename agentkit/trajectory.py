"""The record of one worker's way through a subtask: what it saw, what it did."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agentkit.frozen import Frozen

__all__ = ["Action", "Observation", "Step", "Trajectory"]


class Observation(Frozen):
    """What a worker got to see."""

    text: str
    """In words, as the model saw it."""
    is_error: bool = False
    """Whether it reports that an action failed."""


class Action(Frozen):
    """What a worker did."""

    name: str
    """A tool's or an environment's verb; `answer` ends the trajectory."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Its arguments."""


class Step(Frozen):
    """One turn: thought, actions side by side, and what each showed."""

    thought: str = ""
    """What the model said beside its actions."""
    actions: tuple[Action, ...] = ()
    """What it did."""
    observations: tuple[Observation, ...] = ()
    """What it saw, one for each action, in the same order."""


class Trajectory(Frozen):
    """All steps of one attempt at a subtask."""

    run_id: str
    """The run it belongs to."""
    subtask: str
    """The subtask."""
    attempt: int = Field(default=1, ge=1)
    """Which attempt."""
    goal: str = ""
    """What was wanted."""
    steps: tuple[Step, ...] = ()
    """The steps, oldest first."""
    answer: str = ""
    """What came out."""
    success: bool = False
    """Whether it counted as done."""

"""One question of a benchmark (`Sample`) and how good an answer to it is (`Score`)."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Annotated, Any

from pydantic import Field, field_validator

from agentkit.frozen import Frozen
from agentkit.task import Task

__all__ = ["Sample", "Score"]


class Sample(Frozen):
    """One question of a benchmark.

    >>> Sample(id="1", task="What is 2 + 2?", target="4").task.goal
    'What is 2 + 2?'
    """

    id: str = Field(min_length=1)
    """Unique within the benchmark."""
    task: Task
    """What is asked; a text stands for a task without files."""
    target: Any = None
    """The right answer, in the benchmark's own form."""
    group: str = ""
    """The template or family that it came from: errors are clustered by it."""
    tags: dict[str, str] = Field(default_factory=dict)
    """What results are broken down by, such as `{"level": "1"}`."""
    fault: str = ""
    """Why it cannot be asked (a file is missing, say). It counts as not answered, and its record says why."""

    @field_validator("task", mode="before")
    @classmethod
    def _a_text_is_a_task(cls, task: Any) -> Any:
        return Task(goal=task) if isinstance(task, str) else task

    @property
    def digest(self) -> str:
        """Changes when what is asked, or what is right, changes; not with where its files lie."""
        files = [(a.name, a.sha256) for a in self.task.attachments]
        asked = [self.id, self.task.goal, files, self.target, self.fault]
        return blake2b(json.dumps(asked, sort_keys=True, default=_plain).encode(), digest_size=8).hexdigest()


def _plain(value: object) -> Any:
    """What JSON cannot say, the same way in every process: a set has no order of its own."""
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)


class Score(Frozen):
    """How good an answer is."""

    value: float | None = Field(ge=0, le=1)
    """1 is right, 0 is wrong, what lies between is partly right; None where nobody knows the answer."""
    label: str = ""
    """What kind of mistake it is, where the benchmark can tell; empty leaves that to the general rules."""
    others: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    """Further scores by name, such as that against a second set of labels. They are shown beside the score
    and decide nothing. A benchmark gives the same ones for every sample: a missing one counts as 0."""

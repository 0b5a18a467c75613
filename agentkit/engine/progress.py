"""How far a team has come with a task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agentkit.plan import Plan
from agentkit.protocols import FailedSubtask, FinishedSubtask
from agentkit.result import Failure, WorkerResult
from agentkit.task import Task

__all__ = ["Progress"]


@dataclass(slots=True)
class Progress:
    """The plan as it stands, and what became of its subtasks."""

    task: Task
    plan: Plan
    done: dict[str, WorkerResult] = field(default_factory=dict)
    failed: dict[str, FailedSubtask] = field(default_factory=dict)
    replans: int = 0
    failure: Failure | None = None
    """What is to blame where no subtask is."""
    stopped: str = ""
    """Why nothing more is tried."""

    @property
    def last(self) -> str | None:
        """The subtask that combines all others, or is the only one; None where several come last."""
        ends = self.plan.terminals
        return ends[0] if len(ends) == 1 else None

    def finished(self, ids: Iterable[str] | None = None) -> tuple[FinishedSubtask, ...]:
        """What is done of these subtasks (of all of them, in the plan's order)."""
        return tuple(
            FinishedSubtask(id=i, goal=self.plan.by_id[i].goal, answer=self.done[i].answer)
            for i in (self.plan.order if ids is None else ids)
            if i in self.done
        )

    @property
    def causes(self) -> tuple[FailedSubtask, ...]:
        """The failures that no other failure explains, in the plan's order, which is always the same."""
        found = (self.failed[i] for i in self.plan.order if i in self.failed)
        return tuple(f for f in found if f.failure.kind != "blocked")

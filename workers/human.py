"""The worker that is a person."""

from __future__ import annotations

from agentkit.protocols import Assignment, WorkerContext
from agentkit.result import Evidence, Failure, WorkerResult

__all__ = ["HumanWorker"]


class HumanWorker:
    """Puts a subtask to a person and waits, durably and at no cost, for their answer.

    An answer that begins with `cannot:` is taken as a failure, with the reason behind it.
    """

    tools: tuple[str, ...] = ()

    def __init__(
        self,
        name: str = "human",
        description: str = "A person: for what only people know, decide or do. Slow to answer.",
    ) -> None:
        self.name = name
        self.description = description

    async def run(self, assignment: Assignment, context: WorkerContext) -> WorkerResult:
        """Ask, and wait."""
        subtask = assignment.subtask
        known = "\n".join(f"[{i.id}] {i.answer}" for i in assignment.inputs)
        detail = "\n\n".join(
            text
            for text in (
                f"It is a part of: {assignment.goal}" if subtask.goal != assignment.goal else "",
                f"Wanted: {subtask.expects}" if subtask.expects else "",
                f"Known so far:\n{known}" if known else "",
                assignment.feedback,
            )
            if text
        )
        answer = (await context.ask_person(subtask.goal, detail)).strip()
        if not answer:
            return WorkerResult(failure=Failure(kind="bad_output", message="the answer is empty"), steps=1)
        if answer.lower().startswith("cannot:"):
            why = answer.partition(":")[2].strip() or "no reason given"
            return WorkerResult(failure=Failure(kind="gave_up", message=why), steps=1)
        evidence = (Evidence(source="a person", quote=answer[:200]),)
        return WorkerResult(answer=answer, steps=1, evidence=evidence)

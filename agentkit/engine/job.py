"""One attempt of one worker at one subtask: scoped, timed, verified, and its errors turned into failures."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from agentkit.allocation.ledger import Scope
from agentkit.budget import Budget
from agentkit.engine.session import Session
from agentkit.errors import (
    AgentkitError,
    BudgetExceededError,
    ContextLengthError,
    ModelAccessError,
    ModelNotFoundError,
    ModelRefusedError,
    ModelUnavailableError,
    OutputError,
    UsageError,
)
from agentkit.events import SubtaskFinished, SubtaskStarted
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, FinishedSubtask, Verifier, Worker
from agentkit.result import Failure, FailureKind, WorkerResult

__all__ = ["Job", "failure_of"]

_FOR_THE_USER = (UsageError, ModelAccessError, ModelNotFoundError)
"""Errors that no other attempt, worker or plan can mend: they end the run, which can be resumed."""


@dataclass(frozen=True, slots=True)
class Job:
    """An attempt to be made."""

    worker: Worker
    subtask: Subtask
    key: str
    """Names the attempt; no other of the run has it."""
    goal: str
    """The whole task's goal."""
    final: bool
    feedback: str
    attempt: int
    budget: Budget | None
    """Of the subtask, all attempts together."""
    verifier: Verifier | None
    may_split: bool = False

    async def run(self, session: Session, given: tuple[FinishedSubtask, ...]) -> WorkerResult:
        """Make the attempt."""
        # The clock of a subtask's budget begins here: it does not run while the subtask waits.
        whole = session.ledger.root.child(self.subtask.id, self.budget)
        session.tape.rewind(whole.path)  # its calls that must not be repeated, those of all attempts
        scope = session.scope(self.key, within=whole, worker=self.worker)
        about = {"subtask": self.subtask.id, "worker": self.worker.name, "attempt": self.attempt}
        session.emitter.emit(SubtaskStarted, **about)
        began = time.monotonic()
        result = await self._attempt(session, given, scope)
        result = result.model_copy(
            update={
                "worker": self.worker.name,
                "attempts": self.attempt,
                "usage": whole.spent,
                "seconds": round(time.monotonic() - began, 3),
            }
        )
        session.emitter.emit(SubtaskFinished, subtask=self.subtask.id, result=result)
        return result

    async def _attempt(
        self, session: Session, given: tuple[FinishedSubtask, ...], scope: Scope
    ) -> WorkerResult:
        assignment = Assignment(
            goal=self.goal,
            subtask=self.subtask,
            inputs=given,
            attachments=session.equipment.attachments,
            final=self.final,
            feedback=self.feedback,
            may_split=self.may_split,
        )
        try:
            return await self._in_time(session, assignment, scope)
        except _FOR_THE_USER:
            raise
        except AgentkitError as error:
            return WorkerResult(failure=failure_of(error))

    async def _in_time(self, session: Session, assignment: Assignment, scope: Scope) -> WorkerResult:
        left = scope.seconds_left()
        if left is None:
            return await self._work(session, assignment, scope)
        limit = asyncio.timeout(left)
        try:
            async with limit:
                return await self._work(session, assignment, scope)
        except TimeoutError:
            if limit.expired():
                raise scope.out_of_time() from None
            raise

    async def _work(self, session: Session, assignment: Assignment, scope: Scope) -> WorkerResult:
        context = session.context(self.worker, scope, self.subtask.id)
        result = await self.worker.run(assignment, context)
        if self.verifier is None or not result.ok:
            return result
        verdict = await self.verifier.verify(assignment, result, context.model)
        if verdict.accepted:
            return result
        return result.model_copy(update={"failure": Failure(kind="rejected", message=verdict.reason)})


def failure_of(error: AgentkitError) -> Failure:
    """An error as a failure, by whose kind recovery is decided.

    >>> failure_of(OutputError("it said nothing")).kind
    'bad_output'
    """
    return Failure(kind=_kind_of(error), message=str(error))


def _kind_of(error: AgentkitError) -> FailureKind:
    if isinstance(error, BudgetExceededError):
        return "budget"
    if isinstance(error, ModelUnavailableError):
        return "unavailable"
    if isinstance(error, ContextLengthError):
        return "step_limit"  # as after too many turns, smaller pieces may help
    if isinstance(error, ModelRefusedError):
        return "refused"
    return "bad_output" if isinstance(error, OutputError) else "error"

"""Does all that can be done of a plan: a subtask begins when what it needs is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from agentkit.engine.context import WorkflowContext
from agentkit.engine.deliberation import assign, judge_failure
from agentkit.engine.progress import Progress
from agentkit.engine.recovery import Attempt, Recovery, decide
from agentkit.errors import BudgetExceededError, ModelError, PlanError
from agentkit.events import PlanRevised, RecoveryChosen, SubtaskAssigned
from agentkit.plan import Plan, Subtask
from agentkit.protocols import FailedSubtask, Planner, PlanRequest, Verifier, Worker, WorkerCard
from agentkit.result import Failure, WorkerResult
from agentkit.task import Task
from agentkit.tools.digest import describe_files

__all__ = ["Dispatch"]


BATCH = 8
"""So many subtasks begin in one turn of the event loop, the most urgent first: begun all at once, the
most urgent would wait until the last is set up, which takes a millisecond for each."""


class Dispatch:
    """One pass over a plan. What cannot be recovered by trying again or splitting is left as failed."""

    def __init__(
        self,
        ctx: WorkflowContext,
        progress: Progress,
        team: Mapping[str, Worker],
        planner: Planner,
        verifier: Verifier | None,
        *,
        on_demand: bool = False,
    ) -> None:
        self._ctx = ctx
        self._progress = progress
        self._team = team
        self._planner = planner
        self._verifier = verifier
        self._on_demand = on_demand
        self._workers: dict[str, str] = {}
        self._begun: set[str] = set()

    async def run(self) -> None:
        """Return when nothing more can be done. Raises what ends the run (a wrong setting, say)."""
        progress = self._progress
        progress.failed.clear()
        pending = [progress.plan.by_id[i] for i in progress.plan.by_urgency if i not in progress.done]
        await self._assign(pending)
        try:
            async with asyncio.TaskGroup() as group:
                for first in range(0, len(pending), BATCH):
                    self._begin(group, (s.id for s in pending[first : first + BATCH]))
                    await asyncio.sleep(0)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        self._mark_blocked()

    async def _assign(self, subtasks: list[Subtask]) -> None:
        self._workers |= await assign(self._ctx, self._progress.plan, subtasks, self._team)
        if len(self._team) > 1:
            for subtask in subtasks:
                worker = self._workers[subtask.id]
                self._ctx.emit(SubtaskAssigned, subtask=subtask.id, worker=worker)

    def _begin(self, group: asyncio.TaskGroup, ids: Iterable[str]) -> None:
        """Begin those of the subtasks that can."""
        progress = self._progress
        for key in ids:
            subtask = progress.plan.by_id[key]
            if key not in self._begun and all(need in progress.done for need in subtask.needs):
                self._begun.add(key)
                group.create_task(self._carry_out(group, subtask))

    async def _carry_out(self, group: asyncio.TaskGroup, subtask: Subtask) -> None:
        """See a subtask through, and begin what waited for it."""
        progress = self._progress
        result = await self._work(subtask, attempt=1)
        attempts: list[Attempt] = []
        seconds = result.seconds
        while result.failure is not None:
            attempts.append(Attempt(result.worker, result.failure))
            recovery = await self._recover(subtask, attempts)
            if recovery.kind == "split" and await self._split(group, subtask, result):
                return
            if recovery.kind not in ("retry", "reassign"):
                failed = FailedSubtask(subtask=subtask, failure=result.failure, worker=result.worker)
                progress.failed[subtask.id] = failed
                return
            self._workers[subtask.id] = recovery.worker
            result = await self._work(subtask, attempt=len(attempts) + 1, feedback=recovery.advice)
            seconds += result.seconds
        progress.done[subtask.id] = result.model_copy(update={"seconds": round(seconds, 3)})
        self._begin(group, progress.plan.dependents[subtask.id])

    async def _work(self, subtask: Subtask, *, attempt: int, feedback: str = "") -> WorkerResult:
        progress = self._progress
        return await self._ctx.work(
            self._workers[subtask.id],
            subtask,
            inputs={f.id: f for f in progress.finished(subtask.needs)},
            overall=progress.task.goal,
            final=subtask.id == progress.last,
            feedback=feedback,
            attempt=attempt,
            verifier=self._verifier,
            may_split=self._on_demand and len(progress.plan.subtasks) == 1 and not _is_piece(subtask),
        )

    async def _recover(self, subtask: Subtask, attempts: list[Attempt]) -> Recovery:
        failure = attempts[-1].failure
        can_split = not _is_piece(subtask)
        recovery = decide(attempts, team=tuple(self._team), can_split=can_split)
        if recovery is None:
            try:
                recovery = await judge_failure(self._ctx, subtask, attempts, self._team)
            except (BudgetExceededError, ModelError):
                recovery = Recovery("stop")
        if recovery.kind == "split" and not can_split:
            recovery = Recovery("replan")
        if recovery.kind == "stop":
            self._progress.stopped = self._progress.stopped or failure.message
        self._ctx.emit(RecoveryChosen, subtask=subtask.id, recovery=recovery.kind, failure=failure)
        return recovery

    async def _split(self, group: asyncio.TaskGroup, subtask: Subtask, result: WorkerResult) -> bool:
        """Put smaller pieces in a subtask's place and begin them; whether that could be done."""
        progress = self._progress
        try:
            pieces = Plan(subtasks=result.parts) if result.parts else await self._pieces(subtask, result)
            if pieces is None or len(pieces.subtasks) < 2:
                return False
            grafted = progress.plan.graft(subtask.id, pieces)
        except (BudgetExceededError, ModelError, PlanError):
            return False
        fresh = [s for s in grafted.subtasks if s.id not in progress.plan.by_id]
        progress.plan = grafted
        self._ctx.emit(PlanRevised, plan=grafted, reason=f"{subtask.id} was split")
        await self._assign(fresh)
        self._begin(group, (s.id for s in fresh))
        return True

    async def _pieces(self, subtask: Subtask, result: WorkerResult) -> Plan | None:
        """Smaller pieces, by the planner."""
        files, why = self._progress.task.attachments, result.failure.message if result.failure else ""
        goal = f"{subtask.goal}\n\nExpected: {subtask.expects}" if subtask.expects else subtask.goal
        request = PlanRequest(
            task=Task(goal=goal, attachments=files),
            workers=tuple(WorkerCard(name=w.name, description=w.description) for w in self._team.values()),
            files=await asyncio.to_thread(describe_files, files),
            feedback=f"One worker could not do it in one go ({why}): split it.",
        )
        return await self._ctx.plan(request, self._planner)

    def _mark_blocked(self) -> None:
        """Say of what could not begin that something which it needs failed."""
        progress = self._progress
        for key in progress.plan.order:
            if key in progress.done or key in progress.failed:
                continue
            subtask = progress.plan.by_id[key]
            missing = ", ".join(n for n in subtask.needs if n not in progress.done)
            failure = Failure(kind="blocked", message=f"{missing}, which it needs, failed")
            progress.failed[key] = FailedSubtask(subtask=subtask, failure=failure)


def _is_piece(subtask: Subtask) -> bool:
    """Whether it came of a split: pieces are not divided again."""
    return "." in subtask.id

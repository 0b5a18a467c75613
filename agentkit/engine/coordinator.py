"""The coordinator: plan, assign, dispatch by readiness, recover, compose. Itself a durable workflow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.engine.context import WorkflowContext
from agentkit.engine.deliberation import compose, read_output
from agentkit.engine.dispatch import Dispatch
from agentkit.engine.job import failure_of
from agentkit.engine.people import is_yes
from agentkit.engine.progress import Progress
from agentkit.errors import BudgetExceededError, ModelError, PlanError
from agentkit.events import PlanMade, PlanRevised
from agentkit.protocols import (
    Planner,
    PlanRequest,
    Verifier,
    Worker,
    WorkerCard,
)
from agentkit.result import RunResult, WorkerResult
from agentkit.task import Task
from agentkit.tools.digest import describe_files

__all__ = ["Coordinator"]


@dataclass(frozen=True)
class Coordinator:
    """Carries a task through a team. `Workforce` makes a workflow of it."""

    planner: Planner
    team: Mapping[str, Worker]
    verifier: Verifier | None = None
    max_replans: int = 2
    approve_plan: bool = False
    output_type: Any = str

    @property
    def _on_demand(self) -> bool:
        """Whether splitting is left to the worker: there is only one, it can tell, and nobody wants to see
        a plan first."""
        if self.approve_plan or len(self.team) > 1:
            return False
        can_tell = all(getattr(worker, "splits", False) for worker in self.team.values())
        return can_tell and getattr(self.planner, "leaves_splitting", False)

    async def __call__(self, ctx: WorkflowContext, task: Task) -> RunResult:
        request = PlanRequest(
            task=task,
            workers=tuple(WorkerCard(name=w.name, description=w.description) for w in self.team.values()),
            files=await asyncio.to_thread(describe_files, task.attachments),
            on_demand=self._on_demand,
        )
        try:
            plan = await ctx.plan(request, self.planner)
        except ModelError as error:
            reason = f"no plan could be made: {error}"
            return RunResult(run_id=ctx.run_id, status="failed", reason=reason, failure=failure_of(error))
        if plan is None:
            raise PlanError("the planner made no plan", where=self.planner.name)
        ctx.emit(PlanMade, plan=plan)
        progress = Progress(task, plan)
        if self.approve_plan and not await self._approved(ctx, progress, request):
            return self._result(ctx, progress, "", None)
        while True:
            dispatch = Dispatch(
                ctx, progress, self.team, self.planner, self.verifier, on_demand=self._on_demand
            )
            await dispatch.run()
            if not progress.failed or progress.stopped or not await self._replan(ctx, progress, request):
                return await self._conclude(ctx, progress)

    async def _approved(self, ctx: WorkflowContext, progress: Progress, request: PlanRequest) -> bool:
        """Let a person agree to the plan, refuse it, or say what they want otherwise."""
        while True:
            listing = "\n".join(
                f"[{s.id}] {s.goal}" + (f" (after {', '.join(s.needs)})" if s.needs else "")
                for s in progress.plan.subtasks
            )
            prompt = "Carry out this plan? Answer yes, no, or say what to change."
            answer = await ctx.ask_person(prompt, listing, kind="plan")
            if is_yes(answer):
                return True
            if answer.strip().lower().rstrip(".!") in ("no", "n"):
                progress.stopped = "a person refused the plan"
                return False
            wish = request.model_copy(update={"plan": progress.plan, "feedback": answer})
            try:
                revised = await ctx.plan(wish, self.planner)
            except ModelError as error:
                progress.stopped = f"no other plan could be made: {error}"
                return False
            if revised is None:
                progress.stopped = f"the planner {self.planner.name} cannot change its plan"
                return False
            progress.plan = revised
            ctx.emit(PlanRevised, plan=revised, reason=answer)

    async def _replan(self, ctx: WorkflowContext, progress: Progress, request: PlanRequest) -> bool:
        """Make another plan for what is left; whether there is one."""
        if progress.replans >= self.max_replans:
            progress.stopped = f"still failing after {progress.replans} replans"
            return False
        roots = progress.causes
        again = request.model_copy(
            update={"plan": progress.plan, "finished": progress.finished(), "failed": roots}
        )
        try:
            plan = await ctx.plan(again, self.planner)
        except (BudgetExceededError, ModelError, PlanError) as error:
            progress.stopped = f"no other plan could be made: {error}"
            return False
        if plan is None:
            return False
        progress.replans += 1
        progress.plan = plan
        why = "; ".join(f"{f.subtask.id}: {f.failure.message}" for f in roots)
        ctx.emit(PlanRevised, plan=plan, reason=why)
        return True

    async def _conclude(self, ctx: WorkflowContext, progress: Progress) -> RunResult:
        """The answer: that of the subtask that gave it, or else one composed of the parts."""
        if progress.last is not None and progress.last in progress.done and not progress.failed:
            ending = progress.done[progress.last]
            output = read_output(ending, self.output_type)
            if output is not None:
                return self._result(ctx, progress, ending.answer, output)
        if not progress.done:
            return self._result(ctx, progress, "", None)
        missing = [f"{f.subtask.goal} ({f.failure.message})" for f in progress.failed.values()]
        try:
            output = await compose(ctx, progress.task, progress.finished(), missing, self.output_type)
        except (BudgetExceededError, ModelError) as error:
            progress.stopped = progress.stopped or str(error)
            progress.failure = progress.failure or failure_of(error)
            return self._result(ctx, progress, _best_of(progress), None)
        answer = output if isinstance(output, str) else _json(output)
        return self._result(ctx, progress, answer, output)

    def _result(self, ctx: WorkflowContext, progress: Progress, answer: str, output: Any) -> RunResult:
        failed = {i: WorkerResult(failure=f.failure, worker=f.worker) for i, f in progress.failed.items()}
        complete = not progress.failed and not progress.stopped
        causes = progress.causes
        reasons = [f"{f.subtask.id}: {f.failure.message}" for f in causes]
        return RunResult(
            run_id=ctx.run_id,
            status="answered" if complete else "partial" if answer else "failed",
            answer=answer,
            output=output,
            plan=progress.plan,
            results={**failed, **progress.done},
            replans=progress.replans,
            failure=None if complete else progress.failure or (causes[0].failure if causes else None),
            reason="" if complete else "; ".join(filter(None, [progress.stopped, *reasons])),
        )


def _best_of(progress: Progress) -> str:
    """Without a last call: the end results if they are there, else all that was found."""
    ends = [progress.done[i].answer for i in progress.plan.terminals if i in progress.done]
    return "\n".join(ends or [f"{r.goal}: {r.answer}" for r in progress.finished()])


def _json(value: Any) -> str:
    from pydantic import TypeAdapter

    return TypeAdapter(Any).dump_json(value).decode()

"""The coordinator: plan, assign, dispatch by readiness, recover, compose. Itself a durable workflow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit.engine.context import WorkflowContext
from agentkit.engine.deliberation import assign, compose, judge_failure, read_output
from agentkit.engine.people import is_yes
from agentkit.engine.recovery import Attempt, Recovery, decide
from agentkit.errors import BudgetExceededError, ModelError, PlanError
from agentkit.events import PlanMade, PlanRevised, RecoveryChosen, SubtaskAssigned
from agentkit.plan import Plan, Subtask
from agentkit.protocols import (
    FailedSubtask,
    FinishedSubtask,
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


@dataclass(slots=True)
class _State:
    """Where one run of the coordinator stands."""

    task: Task
    plan: Plan
    done: dict[str, WorkerResult] = field(default_factory=dict)
    failed: dict[str, FailedSubtask] = field(default_factory=dict)
    replans: int = 0
    stopped: str = ""
    """Why nothing more is tried."""

    @property
    def last(self) -> str | None:
        """The subtask that combines all others, or is the only one; None where several come last."""
        ends = self.plan.terminals
        return ends[0] if len(ends) == 1 else None

    def finished(self, ids: tuple[str, ...] | None = None) -> tuple[FinishedSubtask, ...]:
        chosen = self.plan.order if ids is None else ids
        return tuple(
            FinishedSubtask(id=i, goal=self.plan.by_id[i].goal, answer=self.done[i].answer)
            for i in chosen
            if i in self.done
        )


@dataclass(frozen=True)
class Coordinator:
    """Carries a task through a team. `Workforce` makes a workflow of it."""

    planner: Planner
    team: Mapping[str, Worker]
    verifier: Verifier | None = None
    max_replans: int = 2
    approve_plan: bool = False
    output_type: Any = str

    async def __call__(self, ctx: WorkflowContext, task: Task) -> RunResult:
        request = PlanRequest(
            task=task,
            workers=tuple(WorkerCard(name=w.name, description=w.description) for w in self.team.values()),
            files=await asyncio.to_thread(describe_files, task.attachments),
        )
        try:
            plan = await ctx.plan(request, self.planner)
        except ModelError as error:
            reason = f"no plan could be made: {error}"
            return RunResult(run_id=ctx.run_id, status="failed", reason=reason)
        if plan is None:
            raise PlanError("the planner made no plan", where=self.planner.name)
        ctx.emit(PlanMade, plan=plan)
        state = _State(task, plan)
        if self.approve_plan and not await self._approved(ctx, state, request):
            return self._result(ctx, state, "", None)
        while True:
            await self._dispatch(ctx, state)
            if not state.failed or state.stopped or not await self._replan(ctx, state, request):
                return await self._conclude(ctx, state)

    async def _approved(self, ctx: WorkflowContext, state: _State, request: PlanRequest) -> bool:
        """Let a person agree to the plan, refuse it, or say what they want otherwise."""
        while True:
            listing = "\n".join(
                f"[{s.id}] {s.goal}" + (f" (after {', '.join(s.needs)})" if s.needs else "")
                for s in state.plan.subtasks
            )
            prompt = "Carry out this plan? Answer yes, no, or say what to change."
            answer = await ctx.ask_person(prompt, listing, kind="plan")
            if is_yes(answer):
                return True
            if answer.strip().lower().rstrip(".!") in ("no", "n"):
                state.stopped = "a person refused the plan"
                return False
            wish = request.model_copy(update={"plan": state.plan, "feedback": answer})
            try:
                revised = await ctx.plan(wish, self.planner)
            except ModelError as error:
                state.stopped = f"no other plan could be made: {error}"
                return False
            if revised is None:
                state.stopped = f"the planner {self.planner.name} cannot change its plan"
                return False
            state.plan = revised
            ctx.emit(PlanRevised, plan=revised, reason=answer)

    async def _dispatch(self, ctx: WorkflowContext, state: _State) -> None:
        """Do all that can be done of the plan: every subtask at once, each waiting for what it needs."""
        state.failed.clear()
        pending = [state.plan.by_id[i] for i in state.plan.by_urgency if i not in state.done]
        workers = await assign(ctx, state.plan, pending, self.team)
        under_way: dict[str, asyncio.Future[WorkerResult]] = {}
        for subtask in pending:
            if len(self.team) > 1:
                ctx.emit(SubtaskAssigned, subtask=subtask.id, worker=workers[subtask.id])
            inputs = self._inputs(state, subtask, under_way)
            first = ctx.work(
                workers[subtask.id],
                subtask,
                inputs=inputs,
                overall=state.task.goal,
                final=subtask.id == state.last,
                verifier=self.verifier,
            )
            settling = self._settle(ctx, state, subtask, first, inputs)
            under_way[subtask.id] = asyncio.ensure_future(settling)
        try:
            await asyncio.gather(*under_way.values())
        finally:
            for future in under_way.values():
                future.cancel()

    def _inputs(
        self, state: _State, subtask: Subtask, under_way: Mapping[str, asyncio.Future[WorkerResult]]
    ) -> dict[str, Any]:
        """What a subtask builds on: results that are there, and futures of those that will be."""

        async def later(need: str) -> FinishedSubtask | WorkerResult:
            result = await under_way[need]
            if not result.ok:
                return result
            return FinishedSubtask(id=need, goal=goals[need], answer=result.answer)

        goals = {n: state.plan.by_id[n].goal for n in subtask.needs}  # now: the plan may change meanwhile
        return {
            need: _Later(later, need) if need in under_way else state.finished((need,))[0]
            for need in subtask.needs
        }

    async def _settle(
        self, ctx: WorkflowContext, state: _State, subtask: Subtask, first: Any, inputs: Mapping[str, Any]
    ) -> WorkerResult:
        """See a subtask through: its first attempt and whatever recovery follows."""
        result: WorkerResult = await first
        attempts: list[Attempt] = []
        earlier = 0.0
        while result.failure is not None:
            attempts.append(Attempt(result.worker, result.failure))
            recovery = await self._recover(ctx, state, subtask, attempts)
            if recovery.kind == "split":
                pieces = await self._split(ctx, state, subtask, inputs, result)
                if pieces is not None:
                    # What the pieces cost is in their own results.
                    result = pieces.model_copy(update={"usage": result.usage, "seconds": result.seconds})
                break
            if recovery.kind not in ("retry", "reassign"):
                break
            earlier += result.seconds
            result = await ctx.work(
                recovery.worker,
                subtask,
                inputs=inputs,
                overall=state.task.goal,
                final=subtask.id == state.last,
                feedback=recovery.advice,
                attempt=len(attempts) + 1,
                verifier=self.verifier,
            )
        result = result.model_copy(update={"seconds": round(earlier + result.seconds, 3)})
        if result.failure is None:
            state.done[subtask.id] = result
        elif subtask.id in state.plan.by_id:  # one that was split has failed pieces in its place
            state.failed[subtask.id] = FailedSubtask(
                subtask=subtask, failure=result.failure, worker=result.worker
            )
        return result

    async def _recover(
        self, ctx: WorkflowContext, state: _State, subtask: Subtask, attempts: list[Attempt]
    ) -> Recovery:
        failure = attempts[-1].failure
        can_split = "." not in subtask.id
        recovery = decide(attempts, team=tuple(self.team), can_split=can_split)
        if recovery is None:
            try:
                recovery = await judge_failure(ctx, subtask, attempts, self.team)
            except (BudgetExceededError, ModelError):
                recovery = Recovery("stop")
        if recovery.kind == "split" and not can_split:
            recovery = Recovery("replan")
        if recovery.kind == "stop" and failure.kind != "blocked":
            state.stopped = state.stopped or failure.message
        if failure.kind != "blocked":
            ctx.emit(RecoveryChosen, subtask=subtask.id, recovery=recovery.kind, failure=failure)
        return recovery

    async def _split(
        self,
        ctx: WorkflowContext,
        state: _State,
        subtask: Subtask,
        inputs: Mapping[str, Any],
        failed: WorkerResult,
    ) -> WorkerResult | None:
        """Have a subtask divided, and do the pieces; None where it cannot be divided."""
        part = Task(goal=f"{subtask.goal}\n\nExpected: {subtask.expects}", attachments=state.task.attachments)
        cards = tuple(WorkerCard(name=w.name, description=w.description) for w in self.team.values())
        assert failed.failure is not None
        reason = f"One worker could not do it in one go ({failed.failure.message}): split it."
        request = PlanRequest(
            task=part,
            workers=cards,
            files=describe_files(state.task.attachments),
            feedback=reason,
        )
        try:
            pieces = await ctx.plan(request, self.planner)
            if pieces is None or len(pieces.subtasks) < 2:
                return None
            state.plan = state.plan.graft(subtask.id, pieces)
        except (BudgetExceededError, ModelError, PlanError):
            return None
        ctx.emit(PlanRevised, plan=state.plan, reason=f"{subtask.id} was split")
        return await self._do_pieces(ctx, state, subtask, pieces, inputs)

    async def _do_pieces(
        self, ctx: WorkflowContext, state: _State, subtask: Subtask, pieces: Plan, inputs: Mapping[str, Any]
    ) -> WorkerResult:
        workers = await assign(ctx, pieces, pieces.subtasks, self.team)
        under_way: dict[str, asyncio.Future[WorkerResult]] = {}
        for key in pieces.order:
            piece = pieces.by_id[key].model_copy(update={"id": f"{subtask.id}.{key}", "needs": ()})
            given = dict(inputs) | {n: _Later(_awaited, under_way[n]) for n in pieces.by_id[key].needs}
            first = ctx.work(
                workers[key],
                piece,
                inputs=given,
                overall=state.task.goal,
                final=piece.id == state.last,
                verifier=self.verifier,
            )
            under_way[key] = asyncio.ensure_future(self._settle(ctx, state, piece, first, given))
        await asyncio.gather(*under_way.values())
        ends = [under_way[i].result() for i in pieces.terminals]
        if failures := [e for e in ends if not e.ok]:
            return failures[0]
        return ends[-1].model_copy(update={"answer": "\n".join(e.answer for e in ends)})

    async def _replan(self, ctx: WorkflowContext, state: _State, request: PlanRequest) -> bool:
        """Make another plan for what is left; whether there is one."""
        if state.replans >= self.max_replans:
            state.stopped = f"still failing after {state.replans} replans"
            return False
        # In the plan's order: that of failing may be another when the run is resumed.
        failed = [state.failed[i] for i in state.plan.order if i in state.failed]
        roots = [f for f in failed if f.failure.kind != "blocked"]
        again = request.model_copy(
            update={"plan": state.plan, "finished": state.finished(), "failed": tuple(roots)}
        )
        try:
            plan = await ctx.plan(again, self.planner)
        except (BudgetExceededError, ModelError, PlanError) as error:
            state.stopped = f"no other plan could be made: {error}"
            return False
        if plan is None:
            return False
        state.replans += 1
        state.plan = plan
        why = "; ".join(f"{f.subtask.id}: {f.failure.message}" for f in roots)
        ctx.emit(PlanRevised, plan=plan, reason=why)
        return True

    async def _conclude(self, ctx: WorkflowContext, state: _State) -> RunResult:
        """The answer: that of the subtask that gave it, or else one composed of the parts."""
        if state.last is not None and state.last in state.done and not state.failed:
            ending = state.done[state.last]
            output = read_output(ending, self.output_type)
            if output is not None:
                return self._result(ctx, state, ending.answer, output)
        if not state.done:
            return self._result(ctx, state, "", None)
        missing = [f"{f.subtask.goal} ({f.failure.message})" for f in state.failed.values()]
        try:
            output = await compose(ctx, state.task, state.finished(), missing, self.output_type)
        except (BudgetExceededError, ModelError) as error:
            state.stopped = state.stopped or str(error)
            return self._result(ctx, state, _best_of(state), None)
        answer = output if isinstance(output, str) else _json(output)
        return self._result(ctx, state, answer, output)

    def _result(self, ctx: WorkflowContext, state: _State, answer: str, output: Any) -> RunResult:
        failed = {i: WorkerResult(failure=f.failure, worker=f.worker) for i, f in state.failed.items()}
        complete = not state.failed and not state.stopped
        reasons = [
            f"{i}: {f.failure.message}" for i, f in state.failed.items() if f.failure.kind != "blocked"
        ]
        return RunResult(
            run_id=ctx.run_id,
            status="answered" if complete else "partial" if answer else "failed",
            answer=answer,
            output=output,
            plan=state.plan,
            results={**failed, **state.done},
            replans=state.replans,
            reason="" if complete else "; ".join(filter(None, [state.stopped, *reasons])),
        )


class _Later:
    """An awaitable that makes its coroutine anew each time, so that several attempts may wait for it."""

    def __init__(self, function: Any, argument: Any) -> None:
        self._function = function
        self._argument = argument

    def __await__(self) -> Any:
        return self._function(self._argument).__await__()


async def _awaited(future: asyncio.Future[WorkerResult]) -> WorkerResult:
    return await future


def _best_of(state: _State) -> str:
    """Without a last call: the end results if they are there, else all that was found."""
    ends = [state.done[i].answer for i in state.plan.terminals if i in state.done]
    return "\n".join(ends or [f"{r.goal}: {r.answer}" for r in state.finished()])


def _json(value: Any) -> str:
    from pydantic import TypeAdapter

    return TypeAdapter(Any).dump_json(value).decode()

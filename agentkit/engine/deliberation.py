"""The coordinator's own questions to the model: who does what, what to do about a failure, the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from agentkit.engine.context import WorkflowContext
from agentkit.engine.recovery import Attempt, Recovery
from agentkit.errors import BudgetExceededError, ModelError, PlanError
from agentkit.frozen import Frozen
from agentkit.plan import Plan, Subtask
from agentkit.prompts import load_prompt
from agentkit.protocols import FinishedSubtask, Worker
from agentkit.result import WorkerResult
from agentkit.task import Task

__all__ = ["assign", "compose", "judge_failure", "read_output"]


class _Choice(Frozen):
    subtask: str
    """The subtask's id."""
    worker: str
    """The worker's name."""


class _Assignments(Frozen):
    assignments: tuple[_Choice, ...]
    """A worker for every subtask."""


class _Judgement(Frozen):
    action: Literal["retry", "reassign", "split", "replan", "stop"]
    """What to do."""
    worker: str
    """Who, for reassign; otherwise empty."""
    advice: str
    """What to do differently, in a sentence."""


async def assign(
    ctx: WorkflowContext, plan: Plan, pending: Sequence[Subtask], team: Mapping[str, Worker]
) -> dict[str, str]:
    """A worker's name for each pending subtask: one call for all, none where there is no choice.

    Raises `PlanError` where the plan itself names somebody who is not there.
    """
    for subtask in pending:
        if subtask.worker is not None and subtask.worker not in team:
            raise PlanError(
                f"subtask {subtask.id} is for {subtask.worker!r}, who is not in the team",
                subtasks=(subtask.id,),
                mend=f"the team: {', '.join(team)}",
            )
    first = next(iter(team))
    chosen = {s.id: s.worker or first for s in pending}
    undecided = [s for s in pending if s.worker is None]
    if len(team) == 1 or not undecided:
        return chosen
    listing = "\n".join(f"[{s.id}] {s.goal}" for s in undecided)
    try:
        found = await ctx.ask(
            f"Subtasks:\n{listing}",
            _Assignments,
            system=load_prompt(__file__, "assign").replace("{workers}", _cards(team)),
            stage="assign",
            max_tokens=256 + 64 * len(undecided),
        )
    except (BudgetExceededError, ModelError):
        return chosen  # what hinders the work itself will show there, with what is done kept
    open_ids = {s.id for s in undecided}
    chosen |= {c.subtask: c.worker for c in found.assignments if c.subtask in open_ids and c.worker in team}
    return chosen


async def judge_failure(
    ctx: WorkflowContext, subtask: Subtask, attempts: Sequence[Attempt], team: Mapping[str, Worker]
) -> Recovery:
    """What the model would do about a failure that no rule decides."""
    tried = "\n".join(f"- {a.worker}: {a.failure.kind}: {a.failure.message}" for a in attempts)
    found = await ctx.ask(
        f"Subtask: {subtask.goal}\nAttempts so far:\n{tried}",
        _Judgement,
        system=load_prompt(__file__, "recover").replace("{workers}", _cards(team)),
        stage="recover",
        max_tokens=512,
    )
    last = attempts[-1].worker
    if found.action == "reassign" and found.worker in team and found.worker != last:
        return Recovery("reassign", found.worker, found.advice)
    if found.action in ("retry", "reassign"):
        return Recovery("retry", last, found.advice)
    return Recovery(found.action, advice=found.advice)


async def compose(
    ctx: WorkflowContext,
    task: Task,
    results: Sequence[FinishedSubtask],
    missing: Sequence[str],
    output_type: Any,
) -> Any:
    """The final answer, from the subtasks' results, in the form asked for."""
    parts = "\n\n".join(f"[{r.id}] {r.goal}\n{r.answer}" for r in results)
    gaps = f"\n\nMissing: {'; '.join(missing)}" if missing else ""
    return await ctx.ask(
        f"Task: {task.goal}\n\nResults:\n{parts}{gaps}",
        output_type,
        system=load_prompt(__file__, "compose"),
        stage="compose",
    )


def read_output(result: WorkerResult, output_type: Any) -> Any:
    """A worker's answer as the wanted type, or None where it has another form."""
    if output_type is str:
        return result.answer
    adapter: TypeAdapter[Any] = TypeAdapter(output_type)
    try:
        return adapter.validate_python(json.loads(result.answer))
    except (ValidationError, ValueError):
        return None


def _cards(team: Mapping[str, Worker]) -> str:
    return "\n".join(f"- {w.name}: {w.description}" for w in team.values())

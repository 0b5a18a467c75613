"""The all-round worker: a loop of thought and tools until there is an answer."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentkit.budget import Budget
from agentkit.messages import Message
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, ToolOutcome, WorkerContext
from agentkit.result import Evidence, Failure, FailureKind, WorkerResult
from agentkit.tools.digest import WHOLE_IN_ALL, describe_files
from agentkit.tools.tool import Tool
from agentkit.workers.splitting import proposal_in, split_task
from agentkit.workers.turns import TurnTaker, turn_taker

__all__ = ["ReasoningWorker"]

_DESCRIPTION = (
    "Reasons step by step, reads the task's files, queries tables with SQL, "
    "and calculates exactly, with dates and units."
)
REPEATS_NOTED = 2
REPEATS_LOOP = 4
"""The same call with the same outcome: the model is told at the first figure and stopped at the second."""


@dataclass(slots=True)
class _Progress:
    """Where one assignment stands."""

    messages: list[Message]
    steps: int = 0
    refused: int = 0
    """Proposals to split that were none."""
    seen: Counter[str] = field(default_factory=Counter)
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def note(self, outcomes: Sequence[ToolOutcome]) -> int:
        """Remember what was called; how often the most repeated of these calls was made so far."""
        most = 0
        for outcome in outcomes:
            made = [outcome.call.name, outcome.call.arguments, outcome.text]
            key = json.dumps(made, sort_keys=True, default=str)
            self.seen[key] += 1
            most = max(most, self.seen[key])
            if not outcome.is_error:
                source = f"{outcome.call.name}({json.dumps(outcome.call.arguments, ensure_ascii=False)})"
                self.evidence.setdefault(source, Evidence(source=source[:300], quote=outcome.text[:200]))
        return most


class ReasoningWorker:
    """Carries out a subtask by thinking and calling tools (ReAct: Yao et al. 2023, arXiv 2210.03629).

    Models that call tools natively do so; others answer in JSON. Tool calls of one turn run side by
    side. After `max_steps` turns, or when it goes round in circles, it fails and says so. Where it may,
    it can begin by proposing to have the work done in parts.
    """

    splits = True

    def __init__(
        self,
        name: str = "reasoning",
        description: str = _DESCRIPTION,
        *,
        tools: Sequence[str | Tool] | None = None,
        max_steps: int = 20,
        max_tokens: int = 4096,
        budget: Budget | None = None,
    ) -> None:
        self.name = name
        self.description = description
        self.tools = tools
        """What it may use; None stands for the usual tools."""
        self.max_steps = max_steps
        self.max_tokens = max_tokens
        self.budget = budget
        """What it may spend in one run at most, all its subtasks together."""

    async def run(self, assignment: Assignment, context: WorkerContext) -> WorkerResult:
        """Do it."""
        extra = (split_task(),) if assignment.may_split else ()
        taker = turn_taker(context, self.max_tokens, extra)
        files = ""
        if assignment.attachments:  # reading large ones takes its time
            files = await asyncio.to_thread(_files, assignment, _room(context.model.info.context_tokens))
        opening = Message(role="user", content=_brief(assignment, files))
        progress = _Progress([Message(role="system", content=taker.system), opening])
        while progress.steps < self.max_steps:
            progress.steps += 1
            last = progress.steps == self.max_steps
            turn = await taker.take(progress.messages, last=last)
            progress.messages.append(turn.message)
            if turn.answer:
                return _done(turn.answer, progress)
            if turn.give_up:
                return _failed("gave_up", turn.give_up, progress)
            if not turn.calls or last:
                break
            # A first turn, and the one after it where that mends a proposal.
            first = progress.steps == 1 + progress.refused <= 2
            proposal = proposal_in(turn.calls, first=first) if extra else None
            if proposal and proposal.parts:
                return _divided(proposal.parts, progress)
            progress.refused += proposal is not None
            outcomes = proposal.outcomes if proposal else await context.call_tools(turn.calls)
            if self._show(outcomes, taker, progress) >= REPEATS_LOOP:
                names = ", ".join(sorted({c.name for c in turn.calls}))
                return _failed("loop", f"it made the same call of {names} {REPEATS_LOOP} times", progress)
        return _failed("step_limit", f"no answer within {self.max_steps} turns", progress)

    def _show(self, outcomes: Sequence[ToolOutcome], taker: TurnTaker, progress: _Progress) -> int:
        """Show the model what came of a turn's calls; how repetitive it has become."""
        repeats = progress.note(outcomes)
        hint = "You have made this call before, with the same result." if repeats >= REPEATS_NOTED else ""
        progress.messages.extend(taker.show(outcomes, hint))
        return repeats


def _brief(assignment: Assignment, files: str) -> str:
    """What the worker is told, what stays the same for all of a task's subtasks first."""
    subtask = assignment.subtask
    parts = []
    if files:
        parts.append(
            f"Files (columns with their types and the first row's values; small files in full):\n{files}"
        )
    if assignment.final:
        parts.append(f"Task: {assignment.goal}")
        if subtask.goal != assignment.goal:
            parts.append(f"Of the task, this last step is left: {subtask.goal}")
    else:
        # Of the whole task only the beginning, for orientation: the form of its answer is not the part's.
        parts.append(f"You do one part of a larger task: {_in_short(assignment.goal)}")
        parts.append(f"Your part: {subtask.goal}")
        if subtask.expects:
            parts.append(f"Your result must contain: {subtask.expects}")
    for given in assignment.inputs:
        parts.append(f"Result [{given.id}] {_in_short(given.goal)}\n{given.answer}")
    if assignment.feedback:
        parts.append(assignment.feedback)
    return "\n\n".join(parts)


def _files(assignment: Assignment, room: int) -> str:
    """The files in short; in more detail those that matter here.

    Who only puts results together hardly needs them, and a part hardly those that it does not name.
    """
    if assignment.final and assignment.inputs:
        return describe_files(assignment.attachments)
    named = assignment.attachments
    if not assignment.final:
        goal = assignment.subtask.goal
        named = tuple(a for a in named if a.name in goal) or named
    others = tuple(a for a in assignment.attachments if a not in named)
    told = [describe_files(named, examples=True, room=room), describe_files(others)]
    return "\n".join(filter(None, told))


def _room(context_tokens: int | None) -> int:
    """Characters of files that may stand in a prompt: a fifth of a small context at most."""
    return WHOLE_IN_ALL if context_tokens is None else min(WHOLE_IN_ALL, context_tokens * 4 // 5)


def _in_short(goal: str) -> str:
    """Enough of a goal to know what it is about."""
    line = goal.strip().partition("\n")[0]
    return line if len(line) <= 300 else f"{line[:299]}…"


def _done(answer: str, progress: _Progress) -> WorkerResult:
    evidence = tuple(list(progress.evidence.values())[:10])
    return WorkerResult(answer=answer, steps=progress.steps, evidence=evidence)


def _divided(parts: tuple[Subtask, ...], progress: _Progress) -> WorkerResult:
    failure = Failure(kind="divided", message=f"better done in {len(parts)} parts")
    return WorkerResult(failure=failure, parts=parts, steps=progress.steps)


def _failed(kind: FailureKind, message: str, progress: _Progress) -> WorkerResult:
    evidence = tuple(list(progress.evidence.values())[:10])
    return WorkerResult(failure=Failure(kind=kind, message=message), steps=progress.steps, evidence=evidence)

"""Events as plain lines, for logs and pipes."""

from __future__ import annotations

from agentkit.cli.figures import cost_line, duration_text, first_line
from agentkit.events import (
    Event,
    ModelCalled,
    PlanMade,
    PlanRevised,
    QuestionAsked,
    RecoveryChosen,
    RunFinished,
    RunStarted,
    SubtaskAssigned,
    SubtaskFinished,
    SubtaskStarted,
    ToolCalled,
)
from agentkit.plan import Plan
from agentkit.result import WorkerResult

__all__ = ["line_of"]

_LONGEST = 160


def line_of(event: Event) -> str | None:
    """The event on a line; None for those that would only make noise.

    >>> line_of(SubtaskStarted(run_id="r", at=0, subtask="a", worker="reasoning", attempt=2))
    'a: reasoning begins, try 2'
    """
    text = _tell(event)
    if text is None:
        return None
    line = first_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _tell(event: Event) -> str | None:
    match event:
        case RunStarted():
            return f"run {event.run_id} {'goes on' if event.resumed else 'begins'}: {event.goal}"
        case PlanMade():
            return f"plan: {_plan_text(event.plan)}"
        case PlanRevised():
            return f"new plan ({event.reason}): {_plan_text(event.plan)}"
        case QuestionAsked():
            return f"question {event.question.id}: {event.question.prompt}"
        case RunFinished():
            reason = f" ({event.reason})" if event.reason else ""
            return f"run {event.run_id}: {event.status}{reason}"
        case ModelCalled() | ToolCalled():
            return _tell_call(event)
        case _:
            return _tell_subtask(event)


def _tell_subtask(event: Event) -> str | None:
    match event:
        case SubtaskAssigned():
            return f"{event.subtask}: goes to {event.worker}"
        case SubtaskStarted():
            again = f", try {event.attempt}" if event.attempt > 1 else ""
            return f"{event.subtask}: {event.worker} begins{again}"
        case SubtaskFinished():
            return f"{event.subtask}: {_result_text(event.result)}"
        case RecoveryChosen():
            return f"{event.subtask}: {event.recovery} after {event.failure.message}"
    return None


def _tell_call(event: ModelCalled | ToolCalled) -> str:
    where = f"{event.subtask}: " if event.subtask else ""
    again = " (from the journal)" if event.replayed else ""
    if isinstance(event, ModelCalled):
        return f"{where}model for {event.stage}: {cost_line(event.usage)}{again}"
    outcome = f"{'failed: ' if event.is_error else ''}{event.preview}"
    return f"{where}tool {event.tool} in {duration_text(event.seconds)}{again}: {outcome}"


def _plan_text(plan: Plan) -> str:
    if len(plan.subtasks) == 1:
        return "the task as one piece"
    named = (f"{s.id} (after {', '.join(s.needs)})" if s.needs else s.id for s in plan.subtasks)
    return f"{len(plan.subtasks)} subtasks: {', '.join(named)}"


def _result_text(result: WorkerResult) -> str:
    figures = f"{duration_text(result.seconds)}, {result.usage.tokens:,} tokens"
    if result.failure is not None and result.failure.kind == "divided":
        return f"to be split ({figures}): {result.failure.message}"
    if result.failure is not None:
        return f"failed ({figures}): {result.failure.message}"
    return f"done ({figures}): {result.answer}"

"""What is known of a run, as its events tell it: for the live display, and for `show` afterwards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from agentkit.budget import Usage
from agentkit.events import (
    AnyEvent,
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
    TokenDelta,
    ToolCalled,
)
from agentkit.plan import Plan, SubtaskState
from agentkit.result import Question, RunStatus, WorkerResult

__all__ = ["RunView", "SubtaskView", "read_events"]

_TAIL = 400
"""Characters kept of a text that is being written."""

_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


@dataclass(slots=True)
class SubtaskView:
    """How one subtask stands."""

    id: str
    goal: str = ""
    needs: tuple[str, ...] = ()
    state: SubtaskState = "pending"
    worker: str = ""
    attempt: int = 0
    """The current or last try; 0 before the first."""
    began: float | None = None
    """When the current try began, in seconds since 1970."""
    note: str = ""
    """What it does just now, or why it failed."""
    tail: str = ""
    """The end of what is being written."""
    finished: dict[int, WorkerResult] = field(default_factory=dict)
    """What each finished try gave."""
    current: Usage = field(default_factory=Usage)
    """What the current try cost so far."""

    @property
    def usage(self) -> Usage:
        """What it cost, all tries together."""
        return sum((r.usage for r in self.finished.values()), self.current)

    @property
    def result(self) -> WorkerResult | None:
        """What its last finished try gave."""
        return self.finished[max(self.finished)] if self.finished else None

    def seconds(self, now: float) -> float:
        """How long it was worked on, all tries together."""
        running = max(0.0, now - self.began) if self.began is not None else 0.0
        return sum(r.seconds for r in self.finished.values()) + running


@dataclass(slots=True)
class RunView:
    """How a run stands. `apply` takes its events in order, also those of several sessions."""

    run_id: str = ""
    goal: str = ""
    began: float | None = None
    """When this session began, in seconds since 1970."""
    plan: Plan | None = None
    subtasks: dict[str, SubtaskView] = field(default_factory=dict)
    """By id: those of the plan in its order; without a plan, whatever was worked on."""
    usage: Usage = field(default_factory=Usage)
    questions: dict[str, Question] = field(default_factory=dict)
    status: RunStatus | None = None
    reason: str = ""
    activity: str = ""
    """What is done for no subtask in particular (planning, say)."""
    revisions: int = 0
    """How often the plan was changed: made anew, or a subtask split."""
    recoveries: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    """Model calls by stage."""
    tools: Counter[str] = field(default_factory=Counter)
    """Tool calls by tool."""
    models: Counter[str] = field(default_factory=Counter)
    """Model calls by model."""
    most_at_once: int = 0
    """Most subtasks that were under way at a time."""
    known: dict[str, SubtaskView] = field(default_factory=dict)
    """All subtasks that there ever were: a resumed run goes through its plans again, first to last."""

    @classmethod
    def of(cls, events: Iterable[Event], usage: Usage | None = None) -> RunView:
        """The view after these events; `usage` is what the journal says was spent."""
        view = cls()
        for event in events:
            view.apply(event)
        if usage is not None:
            view.usage = usage
        return view

    def apply(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case RunStarted():
                self._start(event)
            case PlanMade() | PlanRevised():
                self._take_plan(event)
            case SubtaskAssigned() | SubtaskStarted() | SubtaskFinished() | RecoveryChosen():
                self._follow_subtask(event)
            case ModelCalled() | ToolCalled() | TokenDelta():
                self._follow_call(event)
            case QuestionAsked():
                self._ask(event.question)
            case RunFinished():
                self.status, self.reason, self.usage = event.status, event.reason, event.usage
                self.stop()

    def stop(self) -> None:
        """Nothing is under way any more: settle what the events leave open."""
        self.activity = ""
        for subtask in self.subtasks.values():
            if subtask.state == "running":
                subtask.state, subtask.note = "pending", "stopped"
            subtask.began, subtask.tail = None, ""
        for key in self.plan.order if self.plan else ():
            needs = [self.subtasks[n].state for n in self.subtasks[key].needs]
            if self.subtasks[key].state == "pending" and {"failed", "blocked"} & set(needs):
                self.subtasks[key].state = "blocked"

    def in_state(self, *states: SubtaskState) -> Sequence[SubtaskView]:
        """The subtasks that stand so."""
        return [s for s in self.subtasks.values() if s.state in states]

    def _start(self, event: RunStarted) -> None:
        self.stop()
        self.run_id, self.goal, self.began = event.run_id, event.goal, event.at
        self.status, self.reason, self.activity = None, "", "planning" if self.plan is None else ""
        self.revisions = 0  # what the coordinator decided before is told once more
        self.recoveries.clear()
        for subtask in self.subtasks.values():
            if subtask.state in ("waiting", "blocked"):
                subtask.state = "pending"
            subtask.note = "" if subtask.state == "pending" else subtask.note

    def _take_plan(self, event: PlanMade | PlanRevised) -> None:
        self.plan, self.activity = event.plan, ""
        self.subtasks = {}
        for key in event.plan.order:
            subtask = self.known.setdefault(key, SubtaskView(key))
            subtask.goal, subtask.needs = event.plan.by_id[key].goal, event.plan.by_id[key].needs
            subtask.worker = subtask.worker or event.plan.by_id[key].worker or ""
            if subtask.state == "blocked":
                subtask.state = "pending"
            self.subtasks[key] = subtask
        self.revisions += isinstance(event, PlanRevised)

    def _follow_subtask(
        self, event: SubtaskAssigned | SubtaskStarted | SubtaskFinished | RecoveryChosen
    ) -> None:
        subtask = self.known.setdefault(event.subtask, SubtaskView(event.subtask))
        if self.plan is None:
            self.subtasks[event.subtask] = subtask
        self.activity = ""
        match event:
            case SubtaskAssigned():
                subtask.worker = event.worker
            case SubtaskStarted():
                subtask.state, subtask.worker, subtask.began = "running", event.worker, event.at
                subtask.attempt, subtask.note, subtask.tail = event.attempt, "", ""
                subtask.finished.pop(event.attempt, None)
                self.most_at_once = max(self.most_at_once, len(self.in_state("running")))
            case SubtaskFinished():
                subtask.state = "done" if event.result.ok else "failed"
                subtask.note = event.result.failure.message if event.result.failure else ""
                subtask.finished[event.result.attempts] = event.result
                subtask.worker = event.result.worker or subtask.worker
                subtask.attempt = max(subtask.attempt, event.result.attempts)
                subtask.began, subtask.tail, subtask.current = None, "", Usage()
            case RecoveryChosen():
                self.recoveries[event.recovery] += 1
                subtask.note = f"{event.failure.message} → {event.recovery}"

    def _follow_call(self, event: ModelCalled | ToolCalled | TokenDelta) -> None:
        subtask = self.subtasks.get(event.subtask)
        if subtask is not None and subtask.state == "waiting":
            subtask.state = "running"  # somebody was there to answer
        match event:
            case TokenDelta():
                if subtask is None:
                    self.activity = event.stage
                else:
                    kept = "" if event.restart else subtask.tail
                    subtask.tail = f"{kept}{event.text}"[-_TAIL:]
            case ModelCalled():
                self._count(event, subtask)
            case ToolCalled():
                self.tools[event.tool] += 1
                if subtask is not None:
                    subtask.note = f"{event.tool}({_brief(event.arguments)})"
                    subtask.tail = ""

    def _count(self, event: ModelCalled, subtask: SubtaskView | None) -> None:
        self.stages[event.stage] += 1
        self.models[event.model] += 1
        if not event.replayed:
            self.usage += event.usage
        if subtask is not None:
            subtask.current += event.usage
            subtask.tail = ""

    def _ask(self, question: Question) -> None:
        self.questions[question.id] = question
        if question.subtask in self.subtasks:
            subtask = self.subtasks[question.subtask]
            subtask.state, subtask.note, subtask.tail = "waiting", question.prompt, ""


def read_events(bodies: Iterable[str]) -> list[Event]:
    """Events as the journal keeps them (JSON)."""
    return [_EVENT.validate_json(body) for body in bodies]


def _brief(arguments: dict[str, object]) -> str:
    """A tool call's arguments on a line.

    >>> _brief({"sql": "select 1"}), _brief({"a": 1, "b": [2]})
    ('select 1', 'a=1, b=[2]')
    """
    if len(arguments) == 1:
        (only,) = arguments.values()
        return only if isinstance(only, str) else json.dumps(only, default=str)
    return ", ".join(f"{k}={json.dumps(v, ensure_ascii=False, default=str)}" for k, v in arguments.items())

"""What happens in a run, as typed events; `Workflow.stream` yields them and `on_event` gets them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from agentkit.budget import Usage
from agentkit.frozen import Frozen
from agentkit.plan import Plan
from agentkit.result import Failure, Question, RunStatus, WorkerResult

__all__ = [
    "AnyEvent",
    "Event",
    "ModelCalled",
    "PlanMade",
    "PlanRevised",
    "QuestionAsked",
    "RecoveryChosen",
    "RecoveryKind",
    "RunFinished",
    "RunStarted",
    "SubtaskAssigned",
    "SubtaskFinished",
    "SubtaskStarted",
    "TokenDelta",
    "ToolCalled",
]

RecoveryKind = Literal["retry", "reassign", "split", "replan", "stop"]
"""What is done about a failed subtask: again; another worker; smaller pieces; a new plan; nothing."""


class Event(Frozen):
    """What all events have."""

    run_id: str
    """The run it happened in."""
    at: float
    """Seconds since 1970."""


class RunStarted(Event):
    """A run began, or went on after an interruption."""

    kind: Literal["run_started"] = "run_started"
    goal: str
    """What is wanted."""
    resumed: bool = False
    """Whether an earlier session of this run did part of the work."""


class PlanMade(Event):
    """The first plan is there."""

    kind: Literal["plan_made"] = "plan_made"
    plan: Plan
    """The plan."""


class PlanRevised(Event):
    """Another plan took the place of the last."""

    kind: Literal["plan_revised"] = "plan_revised"
    plan: Plan
    """The new plan."""
    reason: str
    """Why."""


class SubtaskAssigned(Event):
    """The coordinator chose a worker."""

    kind: Literal["subtask_assigned"] = "subtask_assigned"
    subtask: str
    """The subtask's id."""
    worker: str
    """The worker's name."""


class SubtaskStarted(Event):
    """A worker began."""

    kind: Literal["subtask_started"] = "subtask_started"
    subtask: str
    """The subtask's id."""
    worker: str
    """The worker's name."""
    attempt: int = 1
    """Which try this is."""


class SubtaskFinished(Event):
    """A worker ended, well or not."""

    kind: Literal["subtask_finished"] = "subtask_finished"
    subtask: str
    """The subtask's id."""
    result: WorkerResult
    """What it made of it."""


class RecoveryChosen(Event):
    """It was decided what to do about a failure."""

    kind: Literal["recovery_chosen"] = "recovery_chosen"
    subtask: str
    """The subtask that failed."""
    recovery: RecoveryKind
    """What is done."""
    failure: Failure
    """What went wrong."""


class ModelCalled(Event):
    """A model answered."""

    kind: Literal["model_called"] = "model_called"
    stage: str
    """What it was asked for."""
    subtask: str = ""
    """For which subtask, if for one."""
    model: str
    """Who answered."""
    usage: Usage
    """What it cost; nothing if it was replayed."""
    replayed: bool = False
    """Whether the answer came out of the journal."""


class ToolCalled(Event):
    """A tool ran."""

    kind: Literal["tool_called"] = "tool_called"
    tool: str
    """Its name."""
    arguments: dict[str, Any]
    """What it was given."""
    subtask: str = ""
    """For which subtask, if for one."""
    is_error: bool = False
    """Whether it failed."""
    preview: str = ""
    """The beginning of what it returned."""
    seconds: float = 0.0
    """How long it took."""
    replayed: bool = False
    """Whether the result came out of the journal."""


class TokenDelta(Event):
    """A piece of an answer that is still being written."""

    kind: Literal["token_delta"] = "token_delta"
    stage: str
    """What the model was asked for."""
    subtask: str = ""
    """For which subtask, if for one."""
    text: str
    """The piece."""
    restart: bool = False
    """Whether the answer begins anew, because an earlier try broke off."""


class QuestionAsked(Event):
    """A person must answer something."""

    kind: Literal["question_asked"] = "question_asked"
    question: Question
    """What they are asked."""


class RunFinished(Event):
    """The run ended or paused."""

    kind: Literal["run_finished"] = "run_finished"
    status: RunStatus
    """How."""
    answer: str = ""
    """The answer, where there is one."""
    usage: Usage
    """What the run cost."""
    reason: str = ""
    """Why it did not simply answer."""


AnyEvent = Annotated[
    RunStarted
    | PlanMade
    | PlanRevised
    | SubtaskAssigned
    | SubtaskStarted
    | SubtaskFinished
    | RecoveryChosen
    | ModelCalled
    | ToolCalled
    | TokenDelta
    | QuestionAsked
    | RunFinished,
    Field(discriminator="kind"),
]
"""Any of them, told apart by `kind`."""
